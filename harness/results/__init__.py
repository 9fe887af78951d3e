"""The run folder on disk: what a run leaves, and how it is read back."""

from harness.results.comparisons import Comparisons
from harness.results.environment import environment
from harness.results.folder import RunFolder
from harness.results.records import Build, RunCell
from harness.results.run import AnyRun, Run, Stored

__all__ = ["AnyRun", "Build", "Comparisons", "Run", "RunCell", "RunFolder", "Stored", "environment"]
