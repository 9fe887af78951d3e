"""Sizes that fit the data: samples that run in minutes, classes large enough, a margin that decides what fails."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness import stats

#: Seconds of encoding that a run may take, on two cores, with minilm and its three-layer cut (half the cost).
BUDGET_S = 200
_ENCODERS = 1.5
#: Seconds a text on two cores: 160 texts/s at 25 tokens, 22 texts/s at 256.
_TEXT_S, _TOKEN_S = 0.002, 0.00017
#: How often train and test texts are read, as if in full: as they are, misspelt twice; long texts cut four ways.
_PASSES, _LONG_PASSES = (1.0, 3.0), (1.75, 4.5)
_MOST = 2000
#: Rows that a class should have: what is tried, and the share of all rows that may go with smaller ones.
_CLASS_ROWS, _MAY_GO = (20, 10, 5), 0.1
_STEP, _SMALLEST, _LARGEST = 0.005, 0.01, 0.5


@dataclass(frozen=True)
class Samples:
    """At most so many texts a side, and the minutes that encoding those there are takes on two cores."""

    train: int
    test: int
    minutes: float


def samples(n_train: int, n_test: int, mean_tokens: float, *, long: bool) -> Samples:
    """As many texts as the budget allows, the test side first: it decides what can be told apart."""
    per_text = _ENCODERS * (_TEXT_S + _TOKEN_S * mean_tokens)
    a_train, a_test = _LONG_PASSES if long else _PASSES
    n_passes = BUDGET_S / per_text
    test = min(_MOST, _rounded(n_passes / (a_train + a_test)))
    train = min(_MOST, _rounded((n_passes - a_test * min(test, n_test)) / a_train))
    n_texts = a_train * min(train, n_train) + a_test * min(test, n_test)
    return Samples(train, test, per_text * n_texts / 60)


def _rounded(size: float) -> int:
    return max(50, int(size) // 50 * 50)


def min_class(sizes: Mapping[str, int]) -> int | None:
    """How many rows a class must have to be kept; None where all have enough, or too much would go."""
    for rows in _CLASS_ROWS:
        small = [n for n in sizes.values() if n < rows]
        if not small:
            return None
        if sum(small) <= _MAY_GO * sum(sizes.values()) and len(sizes) - len(small) >= 2:
            return rows
    return None


def visible_loss(groups: Sequence[int], n_checks: int, margin: float) -> float:
    """The smallest loss of accuracy that fails four of five builds, by one of the gate's checks alone; at most 1.

    Of test texts in groups of these sizes, each of one text where they are on their own. As the gate says it of a run
    in which no prediction changed: a tenth of the groups would, as wholes.
    """
    return min(1.0, stats.visible_loss(stats.assumed(groups), margin=margin, alpha=stats.ALPHA / n_checks))


def margin(groups: Sequence[int], n_checks: int) -> float:
    """The largest loss that the gate may take for chance, rounded up to half a point; 1 to 50 points.

    So any loss that is measured beyond it fails. Test items in a group are right or wrong together; `groups` are sizes.
    """
    limit = stats.chance_limit(stats.assumed(groups), stats.ALPHA / n_checks)
    rounded = round(math.ceil(limit / _STEP - 1e-9) * _STEP, 3)
    return min(_LARGEST, max(_SMALLEST, rounded))
