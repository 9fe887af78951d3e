"""Sizes that fit the data: samples that run in minutes, classes large enough, a margin that the gate can see."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

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
#: The share of items whose correctness a change of the encoder turns round.
DISCORDANCE = 0.1
_ALPHA, _POWER = 0.05, 0.8
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


def n_independent(groups: Iterable[int]) -> float:
    """How many texts of their own say as much as groups of these sizes, each of which changes as a whole."""
    sizes = list(groups)
    return sum(sizes) ** 2 / max(1, sum(size**2 for size in sizes))


def visible_loss(n_test: float, n_checks: int) -> float:
    """The smallest loss of accuracy that a one-sided paired test on so many items sees in 80 % of cases.

    At level .05 under the first step of Holm's procedure over `n_checks`, where a tenth of the items change.
    """
    normal = NormalDist()
    error = math.sqrt(DISCORDANCE / n_test)
    return error * (normal.inv_cdf(1 - _ALPHA / n_checks) + normal.inv_cdf(_POWER))


def margin(n_test: int, n_checks: int) -> float:
    """The visible loss, rounded up to half a point; from one point to fifty."""
    rounded = round(math.ceil(visible_loss(n_test, n_checks) / _STEP - 1e-9) * _STEP, 3)
    return min(_LARGEST, max(_SMALLEST, rounded))
