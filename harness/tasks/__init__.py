"""Tasks: built in, a user's files, the hub. What they hold, and the items of their splits."""

from harness.tasks.builtin import builtin
from harness.tasks.describe import describe, make_split
from harness.tasks.fields import DEFAULT_METRICS
from harness.tasks.load import load
from harness.tasks.resolve import faults, resolve
from harness.tasks.task import Task, TaskInfo

__all__ = [
    "DEFAULT_METRICS",
    "Task",
    "TaskInfo",
    "builtin",
    "describe",
    "faults",
    "load",
    "make_split",
    "resolve",
]
