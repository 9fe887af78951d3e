"""The run folder on disk: what a run leaves, and how it is read back."""

from harness.results.comparisons import Comparisons
from harness.results.environment import environment
from harness.results.folder import RunFolder
from harness.results.run import Run, Stored

__all__ = ["Comparisons", "Run", "RunFolder", "Stored", "environment"]
