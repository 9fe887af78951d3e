"""Metrics of several labels an item: each label is a question of its own, yes or no."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.metrics.classification import average_precision, macro_f1
from harness.metrics.declare import Floats, metric, ratio

#: Stands before the name of a label in the columns of outcomes that hold how sure a row is of it.
SCORE = "score "
_FACTS: dict[str, Any] = {"targets": ("labels",)}


def written(labels: Sequence[str]) -> str:
    """Labels as outcomes have them: a JSON list, in order."""
    return json.dumps(sorted(labels), ensure_ascii=False)


def labels_of(text: str) -> list[str]:
    """What `written` wrote."""
    found: list[str] = json.loads(text)
    return found


def vocabulary(*columns: Any) -> list[str]:
    """Every label of gold or predicted labels, in order."""
    return sorted({label for column in columns for text in np.unique(column).tolist() for label in labels_of(text)})


def _members(names: Sequence[str], column: Any) -> Any:
    """(n_items, L): which of these labels an item has."""
    texts, codes = np.unique(np.asarray(column, dtype=str), return_inverse=True)
    known = [set(labels_of(text)) for text in texts.tolist()]
    each = np.array([[name in own for name in names] for own in known], dtype=bool).reshape(len(known), len(names))
    return each[codes.reshape(-1)]


def _counts(outcomes: Outcomes) -> Any:
    """(n_items, 3, L): true positive, false positive, false negative for each label."""
    names = vocabulary(outcomes.gold, outcomes.prediction)
    gold, predicted = (_members(names, column) for column in (outcomes.gold, outcomes.prediction))
    return np.stack([gold & predicted, ~gold & predicted, gold & ~predicted], axis=1).astype(np.float64)


def _all_labels(outcomes: Outcomes) -> Floats:
    """(n_items, 3): how many labels of an item are found, wrong, and missed."""
    return np.asarray(_counts(outcomes).sum(axis=2))


def _each_label(outcomes: Outcomes) -> Floats:
    """(n_items, 3 L): the same for each label, as the confusion of classes."""
    counts = _counts(outcomes)
    return np.asarray(counts.reshape(len(counts), 3 * counts.shape[2]))


def best_constant(shares: Any) -> tuple[Any, float]:
    """Which labels to say of every item, (L,), for the best micro F1, and what it is. `shares` (L,) of items have them.

    The commonest, as many as pay: k of them score 2 (sum of their shares) / (k + sum of all shares).
    """
    order = np.argsort(-shares, kind="stable")
    f1 = 2 * np.cumsum(shares[order]) / (np.arange(1, len(shares) + 1) + shares.sum())
    n = int(f1.argmax()) + 1
    said = np.zeros(len(shares), dtype=bool)
    said[order[:n]] = True
    return said, float(f1[n - 1])


def _shares(outcomes: Outcomes) -> Any:
    """(L,) the share of items that have each label."""
    return _members(vocabulary(outcomes.gold), outcomes.gold).mean(axis=0)


def _constant_micro_f1(outcomes: Outcomes) -> float:
    """Micro F1 of the commonest labels for all items, as many as score best."""
    shares = _shares(outcomes)
    return best_constant(shares)[1] if len(shares) else float("nan")


@metric(
    "micro-f1",
    label="micro F1",
    columns=_all_labels,
    unit="F1 over all labels of all items",
    chance=_constant_micro_f1,
    **_FACTS,
)
def micro_f1(sums: Floats) -> Floats:
    """F1 over all labels of all items, so that common labels count for more.

    Sums: labels found, wrong, missed. NaN where no item has a label and none is predicted. Equal to scikit-learn's
    `f1_score(average="micro")`.
    """
    found, wrong, missed = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    return ratio(2 * found, 2 * found + wrong + missed)


def _constant_macro_f1(outcomes: Outcomes) -> float:
    """Macro F1 of the same labels for all items: 2 s / (1 + s) for a label of a share s that is said, else 0."""
    shares = _shares(outcomes)
    if not len(shares):
        return float("nan")
    said, _ = best_constant(shares)
    return float(np.where(said, 2 * shares / (1 + shares), 0.0).mean())


@metric(
    "macro-f1-labels",
    label="macro F1 over labels",
    columns=_each_label,
    unit="mean of F1 over labels",
    chance=_constant_macro_f1,
    **_FACTS,
)
def macro_f1_labels(sums: Floats) -> Floats:
    """The mean over labels of F1, so that rare labels count for as much as common ones.

    A label that no item of a resample has, nor is given, is left out of its mean. Equal to scikit-learn's
    `f1_score(average="macro", zero_division=nan)`.
    """
    return macro_f1(sums)


def _scored(outcomes: Outcomes) -> Floats:
    """(n_items, 2 L): whether an item has each label; how sure the row is of each.

    Labels that no item has are left out. Of a label that it does not know a row is not sure at all.
    """
    names = vocabulary(outcomes.gold)
    nothing = np.full(len(outcomes), -np.inf)
    scores = [np.asarray(outcomes.sums.get(SCORE + name, nothing), dtype=np.float64) for name in names]
    gold = _members(names, outcomes.gold).astype(np.float64)
    return np.concatenate([gold, np.stack(scores, axis=1) if scores else np.zeros((len(outcomes), 0))], axis=1)


def _mean_share(outcomes: Outcomes) -> float:
    """What scores that tell nothing get: the mean over labels of the share of items that have one."""
    shares = _shares(outcomes)
    return float(shares.mean()) if len(shares) else float("nan")


@metric(
    "macro-average-precision",
    label="macro average precision",
    columns=_scored,
    form="items",
    unit="mean over labels of the area under precision and recall",
    chance=_mean_share,
    by_score=True,
    **_FACTS,
)
def macro_average_precision(columns: Floats, weights: Floats) -> Floats:
    """The mean over labels of average precision: how well scores of a label tell the items that have it from others.

    Labels that no item of a resample has are left out. Equal to the mean of scikit-learn's
    `average_precision_score(average=None)` over the others.
    """
    n_labels = columns.shape[1] // 2
    each = np.array([average_precision(columns[:, [i, n_labels + i]], weights) for i in range(n_labels)])
    each = each.reshape(n_labels, len(weights))
    known = np.isfinite(each)
    return ratio(np.where(known, each, 0.0).sum(axis=0), known.sum(axis=0))
