"""Learning curves: the score of a row by the number of texts that it learnt from, and what the last step gained."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from harness.report.insights_model import Learning
from harness.report.model import Names, Row
from harness.report.scorer import Scorer
from harness.report.source import Group, Source
from harness.stats import Interval
from harness.suite.curves import KIND


def build(
    source: Source, scorer: Scorer, task: str, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]]
) -> Iterator[Learning]:
    """Of the rows that have cells of smaller samples."""
    n_train = source.manifest.tasks[task].n_train
    for row in rows:
        sizes = {int(r.severity): r for r in row.results if r.kind == KIND and r.severity and r.score}
        if not sizes or row.clean is None or row.score is None or not n_train:
            continue
        points = sorted([*((size, r.score) for size, r in sizes.items() if r.score), (n_train, row.score)])
        keys = {g.address.condition: [str(c.key) for c in g.done] for g in groups[row.names] if g.kind == KIND}
        before = keys[sizes[points[-2][0]].condition]
        clean = [str(c.key) for g in groups[row.names] if g.kind == "clean" for c in g.done]
        yield Learning(row.names, tuple(points), _gained(source, scorer, row.names, before, clean))


def _gained(
    source: Source, scorer: Scorer, names: Names, before: Sequence[str], after: Sequence[str]
) -> Interval | None:
    """How much better a row is with the most texts than with the next fewer, on the same test items."""
    seed = ("report", "learning", *names)

    def compute() -> tuple[Any, bool]:
        sides = [[one for one in map(source.outcomes, keys) if one is not None] for keys in (after, before)]
        if not all(sides):
            return None, False
        found = scorer.loss(sides[0], sides[1], *seed)
        whole = len(sides[0]) == len(after) and len(sides[1]) == len(before)
        return list(vars(found).values()), whole

    found = source.compared("learning", [list(before), list(after)], scorer, seed, compute)
    return Interval(*found) if found and np.isfinite(found[0]) else None
