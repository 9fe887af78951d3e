"""Metrics of one label an item."""

import numpy as np

from harness.core.data import Outcomes
from harness.core.errors import DataError
from harness.metrics.declare import Floats, metric, ratio


def _right(outcomes: Outcomes) -> Floats:
    """(n_items, 2): 1 where the prediction is right; 1."""
    right = np.asarray(np.asarray(outcomes.gold) == np.asarray(outcomes.prediction), dtype=np.float64)
    return np.stack([right, np.ones(len(right))], axis=1)


def _commonest_share(outcomes: Outcomes) -> float:
    """The share of the commonest class among the gold labels."""
    _, counts = np.unique(np.asarray(outcomes.gold, dtype=str), return_counts=True)
    return float(counts.max() / counts.sum())


@metric(
    "accuracy",
    label="accuracy",
    columns=_right,
    unit="share of items",
    chance=_commonest_share,
    test="sign-flip",
    targets=("class",),
)
def accuracy(sums: Floats) -> Floats:
    """The share of items whose label is predicted. Sums: right, items."""
    return ratio(sums[..., 0], sums[..., 1])


def _confusion(outcomes: Outcomes) -> Floats:
    """(n_items, 3 C): true positive, false positive, false negative for each of the C classes, C by C."""
    gold, predicted = (np.asarray(x, dtype=str) for x in (outcomes.gold, outcomes.prediction))
    classes = np.unique(np.concatenate([gold, predicted]))
    is_gold, is_predicted = gold[:, None] == classes, predicted[:, None] == classes
    parts = [is_gold & is_predicted, ~is_gold & is_predicted, is_gold & ~is_predicted]
    return np.concatenate(parts, axis=1).astype(np.float64)


def _commonest_macro_f1(outcomes: Outcomes) -> float:
    """Macro F1 of the commonest class for all: its F1 (recall 1, precision its share) over all classes."""
    share = _commonest_share(outcomes)
    return 2 * share / (1 + share) / len(np.unique(np.asarray(outcomes.gold, dtype=str)))


@metric(
    "macro-f1",
    label="macro F1",
    columns=_confusion,
    unit="mean of F1 over classes",
    chance=_commonest_macro_f1,
    targets=("class",),
)
def macro_f1(sums: Floats) -> Floats:
    """The mean over classes of F1, the harmonic mean of precision and recall.

    Sums: true positives of each class, then false positives, then false negatives. A class that is neither
    in gold nor in the predictions of a resample is left out of its mean. Equal to scikit-learn's
    `f1_score(average="macro")`.
    """
    true_positive, false_positive, false_negative = np.split(sums, 3, axis=-1)
    occurs = 2 * true_positive + false_positive + false_negative
    f1 = np.divide(2 * true_positive, occurs, out=np.zeros_like(occurs), where=occurs > 0)
    return ratio(f1.sum(axis=-1), (occurs > 0).sum(axis=-1))


def _by_score_of_rarer(outcomes: Outcomes) -> Floats:
    """(n_items, 2): whether an item is of the rarer class; the score of that class, up to what keeps the order.

    Outcomes hold the score of the class that was predicted: the surer the prediction of the other class, the lower.
    """
    gold, predicted = (np.asarray(x, dtype=str) for x in (outcomes.gold, outcomes.prediction))
    if len(classes := np.unique(np.concatenate([gold, predicted]))) > 2:
        named = ", ".join(classes[:5].tolist())
        raise DataError(f"average-precision takes two classes, not {len(classes)} ({named} …). Take macro-f1.")
    names, counts = np.unique(gold, return_counts=True)
    rarer = names[::-1][counts[::-1].argmin()] if len(names) else ""
    score = np.asarray(outcomes.score, dtype=np.float64)
    return np.stack([gold == rarer, np.where(predicted == rarer, score, -score)], axis=1).astype(np.float64)


def _rarer_share(outcomes: Outcomes) -> float:
    """What scores that tell nothing get: the share of the rarer class."""
    return float(_by_score_of_rarer(outcomes)[:, 0].mean())


@metric(
    "average-precision",
    label="average precision",
    columns=_by_score_of_rarer,
    form="items",
    unit="area under precision and recall",
    chance=_rarer_share,
    targets=("class",),
    n_classes=2,
)
def average_precision(columns: Floats, weights: Floats) -> Floats:
    """How well the scores of the rarer of two classes tell it from the other: its precision, mean over recall.

    Of two classes that are as rare the last in the order of their names counts. Items of one score are taken together.
    Equal to scikit-learn's `average_precision_score`.
    """
    order = np.argsort(-columns[:, 1], kind="stable")
    scores, drawn = columns[order, 1], np.ascontiguousarray(weights.T)[order]
    last = np.flatnonzero(np.r_[scores[1:] != scores[:-1], True]) if len(scores) else np.array([], dtype=int)
    found, seen = (np.cumsum(w, axis=0)[last] for w in (drawn * columns[order, :1], drawn))
    gained = np.diff(found, axis=0, prepend=0.0)
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    return ratio((gained * precision).sum(axis=0), gained.sum(axis=0))
