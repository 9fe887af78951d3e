"""`harness init`: what a person's own data is like, and a suite for it."""

from pathlib import Path

from harness.audit import by_name
from harness.audit.audit import audit_texts
from harness.audit.column import Columns
from harness.audit.files import name_of, targets, write
from harness.audit.found import Found
from harness.audit.guess import guess
from harness.audit.search import audit_search
from harness.audit.section import plain
from harness.audit.sections import sections
from harness.audit.sides import read_all
from harness.audit.source import Source, read

__all__ = [
    "Source",
    "audit",
    "by_name",
    "guess",
    "name_of",
    "plain",
    "read",
    "read_all",
    "sections",
    "targets",
    "write",
]


def audit(source: Source, columns: Columns, name: str, folder: Path) -> Found:
    """Look at the data as the task `name` of a suite in `folder`. DataError where it cannot be a task."""
    look = audit_texts if columns.query is None else audit_search
    return look(source, columns, name, folder)
