"""Tasks: built in, a user's files, the hub. What they hold, and the items of their splits."""

from harness.tasks.describe import describe, make_split
from harness.tasks.kinds import kind_of
from harness.tasks.pool import load
from harness.tasks.resolve import faults, resolve
from harness.tasks.sources import builtin, domains_of
from harness.tasks.task import Task, TaskInfo

__all__ = [
    "Task",
    "TaskInfo",
    "builtin",
    "describe",
    "domains_of",
    "faults",
    "kind_of",
    "load",
    "make_split",
    "resolve",
]
