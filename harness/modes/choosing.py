"""Which value of a head's parameter has the most right answers, over inner folds or on a validation side."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

Value = TypeVar("Value")
N_FOLDS = 3


@dataclass(frozen=True)
class Material:
    """What a head is fitted on, and what its parameters are chosen by.

    vectors (n, d), labels (n,), clusters (n,) names of what stays in one fold, or None; `held_out`: vectors and labels
    of a validation side, which then chooses in place of folds.
    """

    vectors: Any
    labels: Any
    rng: np.random.Generator
    clusters: Any = None
    held_out: tuple[Any, Any] | None = None

    def splits(self) -> Iterator[tuple[Any, Any, Any, Any]]:
        """(vectors, labels) to fit on and (vectors, labels) to answer; none where there is too little to choose by."""
        if self.held_out is not None:
            yield self.vectors, self.labels, np.asarray(self.held_out[0]), np.asarray(self.held_out[1])
            return
        for train, test in inner_folds(self.labels, self.clusters, self.rng):
            yield self.vectors[train], self.labels[train], self.vectors[test], self.labels[test]


def inner_folds(labels: Any, clusters: Any, rng: np.random.Generator) -> Iterator[tuple[Any, Any]]:
    """Places to fit on and places to answer, 3 times: labels in proportion, clusters whole.

    labels (n,), clusters (n,) or None. Classes that stand in fewer clusters than there are folds are left out; with
    fewer than two others there are no folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    labels = np.asarray(labels)
    groups = np.arange(len(labels)) if clusters is None else np.unique(clusters, return_inverse=True)[1].reshape(-1)
    names, classes = np.unique(labels, return_inverse=True)
    pairs = np.unique(np.column_stack([classes, groups]), axis=0)
    common = np.flatnonzero(np.bincount(pairs[:, 0], minlength=len(names)) >= N_FOLDS)
    seed = int(rng.integers(2**31))
    if len(common) < 2:
        return
    kept = np.flatnonzero(np.isin(classes, common))
    is_grouped = len(np.unique(groups[kept])) < len(kept)
    folds = (StratifiedGroupKFold if is_grouped else StratifiedKFold)(N_FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(kept, classes[kept], groups[kept] if is_grouped else None):
        if len(test) and len(np.unique(classes[kept[train]])) > 1:
            yield kept[train], kept[test]


def best(
    values: Sequence[Value], material: Material, answers: Callable[[Sequence[Value], Any, Any, Any], Sequence[Any]]
) -> Value:
    """The value with the most right answers, of equals the first; the middle one where there is nothing to choose by.

    `answers`: (values, vectors and labels to fit on, vectors to answer) -> the labels predicted under each value.
    """
    if len(values) == 1:
        return values[0]
    right, n_seen = np.zeros(len(values)), 0
    for vectors, labels, asked, gold in material.splits():
        right += [np.sum(np.asarray(predicted) == gold) for predicted in answers(values, vectors, labels, asked)]
        n_seen += len(gold)
    return values[int(right.argmax())] if n_seen else values[(len(values) - 1) // 2]
