"""Suite files: the schema, the loader that reports every fault at once, the plan."""

from harness.suite.load import load, parse
from harness.suite.model import Choice, EncoderSpec, Suite, TaskEntry

__all__ = ["Choice", "EncoderSpec", "Suite", "TaskEntry", "load", "parse"]
