"""What a run is held to in CI: a small committed file of an accepted run, and the verdict against it.

`baseline_of` makes that file's contents from a run, `judge` holds another run to it; the renderers only read.
"""

from harness.gate.accept import baseline_of, dump
from harness.gate.baseline import Baseline, read
from harness.gate.judge import judge
from harness.gate.model import Check, Judgement

__all__ = ["Baseline", "Check", "Judgement", "baseline_of", "dump", "judge", "read"]
