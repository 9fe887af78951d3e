"""Which C has the most right answers over inner folds, fitted no further than that question needs.

Along the grid a fit begins where that for the stronger penalty ended. It is taken on until most answers on the fold
are settled; open are those whose margin is smaller than what further steps may still move. Then only the rivals for the
first place go on, where most is open, until no open answer can change which it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.modes.softmax import Axes, Point, Rows, Softmax

#: Share of a fold's answers that may be open when the next C is begun.
_MANY = 0.4
#: A fit whose mean loss has no larger slope is at its end: its answers are what they are.
_FLAT = 1e-9
_MOST_STEPS = 100


@dataclass(frozen=True)
class Fitting:
    """One C on one fold: how far it is, and the logit of each text's own class over the best of the others.

    `doubt` is how far a margin may still move.
    """

    point: Point
    margins: Any
    moved: float = 0.0
    doubt: float = np.inf
    n_steps: int = 0

    @property
    def is_open(self) -> Any:
        """(m,) which answers may still turn."""
        return np.abs(self.margins) <= self.doubt if self.doubt else np.zeros(len(self.margins), dtype=bool)

    @property
    def right(self) -> tuple[int, int]:
        """The fewest and the most right answers."""
        surely = int(((self.margins > 0) & ~self.is_open).sum())
        return surely, surely + int(self.is_open.sum())


class Fold:
    """Texts to fit on, as rows of `axes`, texts (m, r) on the axes to answer, and their classes below `n_classes`."""

    def __init__(self, axes: Axes, train: Any, classes: Any, test: Any, answers: Any, n_classes: int) -> None:
        self._softmax = Softmax(axes, train, classes, n_classes)
        self._test, self._answers, self._each = Rows.of(test), answers, np.arange(len(test))
        self.fits: dict[float, Fitting] = {}

    def begin(self, c: float) -> None:
        """Start the fit for a larger C than those before, and take it on until most answers are settled."""
        point = self._first(c)
        self.fits[c] = Fitting(point, self._margins(point))
        while self.fits[c].is_open.mean() > _MANY:
            self.step(c)

    def _first(self, c: float) -> Point:
        """Where the fit before is, or as far again beyond it as it is from that before it, if that is lower."""
        before = [fitting.point for fitting in self.fits.values()][-2:]
        if not before:
            return self._softmax.start()
        if len(before) == 2:
            weights, bias = (2 * new - old for old, new in zip(before[0].place, before[1].place, strict=True))
            before.append(self._softmax.at(weights, bias))
        return min(before[-2:], key=lambda point: self._softmax.cost(point, c))

    def step(self, c: float) -> None:
        """Take the fit for C one step on.

        Steps shrink fast near the end. Once one moves margins half as much as the last, or less, those that follow
        move them by more than it did in 15 of 1,000 cases, by three times as much in 1 of 1,000 (by 3.4 times at most).
        """
        old = self.fits[c]
        point = self._softmax.step(old.point, c)
        margins, n_steps = self._margins(point), old.n_steps + 1
        moved = float(np.abs(margins - old.margins).max())
        is_over = point is old.point or n_steps >= _MOST_STEPS or self._softmax.slope(point, c) <= _FLAT
        doubt = 3 * moved if moved <= old.moved / 2 else np.inf
        self.fits[c] = Fitting(point, margins, moved, 0.0 if is_over else doubt, n_steps)

    def _margins(self, point: Point) -> Any:
        logits = point.logits(self._test)
        own = logits[self._each, self._answers]
        logits[self._each, self._answers] = -np.inf
        return own - logits.max(axis=1)


def best_c(folds: Sequence[Fold], grid: Sequence[float]) -> float:
    """The C of an ascending grid with the most right answers over all folds; of equals the smallest."""
    for c in grid:
        for fold in folds:
            fold.begin(c)
    while True:
        right = {c: np.sum([fold.fits[c].right for fold in folds], axis=0) for c in grid}
        rivals = [c for c in grid if not any(_beats(right, other, c) for other in grid)]
        unsettled = [(fold, c) for fold in folds for c in rivals if fold.fits[c].is_open.any()]
        if len(rivals) == 1 or not unsettled:
            return min(rivals, key=lambda c: (-right[c][1], c))
        fold, c = max(unsettled, key=lambda fit: fit[0].fits[fit[1]].is_open.sum())
        fold.step(c)


def _beats(right: dict[float, Any], c: float, other: float) -> bool:
    """Whether one C is better than another for certain, or as good with a stronger penalty."""
    (least, _), (_, most) = right[c], right[other]
    return bool(least > most or (least == most and c < other))
