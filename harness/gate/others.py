"""The cells beside the primary ones: every changed prediction is a fact, and none of them fails the build."""

from collections.abc import Container, Iterator

from harness.gate.baseline import Baseline
from harness.gate.cells import Cells, Names, named
from harness.gate.compare import pair
from harness.gate.model import Other
from harness.report.scorer import scorer_of
from harness.results import RunCell


def others(cells: Cells, baseline: Baseline, gated: Container[Names]) -> Iterator[Other]:
    """Every cell that is not `gated`, of the run or of the baseline."""
    for planned in cells:
        if planned.address.names not in gated:
            yield _other(cells, baseline, planned)
    for address in baseline.cells:
        if address not in gated and address not in cells.by_address:
            yield Other(named(address), None, None, None, 0, 0, cells.absent(address))


def _other(cells: Cells, baseline: Baseline, planned: RunCell) -> Other:
    name, line = named(planned.address.names), baseline.cells.get(planned.address.names)
    if planned.status != "done":
        why = f"failed: {planned.why}" if planned.status == "failed" else "has not been run"
        return Other(name, None, None, None, 0, 0, why)
    scorer = scorer_of(planned.metric)
    if line is None:
        return Other(name, scorer.measure, None, None, 0, 0, "not in the baseline")
    found = pair(cells, baseline, line, planned)
    if isinstance(found, str):
        return Other(name, scorer.measure, None, None, 0, 0, f"not comparable: {found}")
    then, now = scorer.value(found.then), scorer.value(found.now)
    return Other(name, scorer.measure, then, now, len(found.now), found.n_changed)
