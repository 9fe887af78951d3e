"""`harness init`: what a person's own data is like, and a suite for it."""

from harness.audit.audit import Audit, audit
from harness.audit.files import check_free, name_of, targets, write
from harness.audit.guess import Columns, guess
from harness.audit.render import plain
from harness.audit.sections import sections
from harness.audit.source import Source, read

__all__ = [
    "Audit",
    "Columns",
    "Source",
    "audit",
    "check_free",
    "guess",
    "name_of",
    "plain",
    "read",
    "sections",
    "targets",
    "write",
]
