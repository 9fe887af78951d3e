"""The logistic probe against scikit-learn's fit of the same: the same C and predictions, in what share of the time.

The reference fits each C of each fold from zero with LogisticRegression to 1e-6, and the last fit to 1e-8. Vectors are
made by chance: texts of a class around its centre, with the falling spectrum that embeddings have. `--quick` leaves out
what takes minutes.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from tabulate import tabulate
from threadpoolctl import threadpool_limits

from harness.modes import probe
from harness.modes.choosing import N_FOLDS
from harness.modes.probe import C_GRID, DEAD, FALLBACK_C

#: Classes, train texts, dimensions, and how far apart the classes are.
CASES = (
    (2, 100, 64, 0.5),
    (2, 800, 384, 0.3),
    (2, 800, 384, 0.05),
    (2, 5000, 768, 0.1),
    (5, 100, 384, 0.5),
    (5, 600, 384, 0.3),
    (5, 5000, 384, 0.2),
    (20, 300, 768, 0.6),
    (20, 2000, 384, 0.3),
    (77, 2000, 384, 0.3),
    (77, 2000, 384, 1.0),
    (77, 700, 768, 0.5),
    (150, 2000, 384, 0.5),
    (150, 5000, 384, 0.3),
)
N_TEST = 1000
#: A prediction whose two best logits are so near is a tie.
TIE = 1e-4


def vectors_of(n_classes: int, n: int, d: int, apart: float, seed: int = 0) -> tuple[Any, Any]:
    """(n, d) float32 of length 1, and labels; every class has a text."""
    rng = np.random.default_rng(seed)
    spectrum = np.arange(1, d + 1) ** -0.5
    turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
    centres = rng.normal(size=(n_classes, d)) * spectrum * apart
    labels = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)])
    vectors = (centres[labels] + rng.normal(size=(n, d)) * spectrum) @ turn
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels.astype(str)


def reference(vectors: Any, labels: Any, rng: np.random.Generator) -> tuple[float, Callable[[Any], Any]]:
    """C, and vectors -> logits (n, k), as scikit-learn fits them."""
    scaler = StandardScaler().fit(vectors.astype(np.float64))
    deviations = np.sqrt(scaler.var_)
    scaler.scale_[deviations < DEAD * deviations.max()] = np.inf
    features = scaler.transform(vectors.astype(np.float64))
    model = _fit(features, labels, c := _choose(features, labels, rng), 1e-8)

    def logits(new: Any) -> Any:
        found = model.decision_function(scaler.transform(new.astype(np.float64)))
        return np.stack([-found / 2, found / 2], axis=1) if found.ndim == 1 else found

    return c, logits


def _choose(features: Any, labels: Any, rng: np.random.Generator) -> float:
    names, counts = np.unique(labels, return_counts=True)
    common = names[counts >= N_FOLDS]
    if len(common) < 2:
        return FALLBACK_C
    kept = np.isin(labels, common)
    features, labels = features[kept], labels[kept]
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=int(rng.integers(2**31)))
    right = dict.fromkeys(C_GRID, 0)
    for train, test in folds.split(features, labels):
        for c in C_GRID:
            model = _fit(features[train], labels[train], c, 1e-6)
            right[c] += int((model.predict(features[test]) == labels[test]).sum())
    return max(C_GRID, key=lambda c: (right[c], -c))


def _fit(features: Any, labels: Any, c: float, tolerance: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LogisticRegression(C=c, max_iter=1000, tol=tolerance).fit(features, labels)


def compared(vectors: Any, labels: Any, new: Any) -> dict[str, Any]:
    """Both on the same vectors: C, processor seconds, predictions that differ without being tied, largest |Δ logit|."""
    start = time.process_time()
    c, logits = reference(vectors, labels, np.random.default_rng(0))
    middle = time.process_time()
    head = probe.logistic(vectors, labels, np.random.default_rng(0))
    end = time.process_time()
    assert head.linear is not None
    theirs, ours = logits(new), new.astype(np.float64) @ head.linear.weight.T + head.linear.bias
    theirs, ours = (x - x.mean(axis=1, keepdims=True) for x in (theirs, ours))
    best = np.sort(theirs, axis=1)
    tied = best[:, -1] - best[:, -2] < TIE
    return {
        "C": c,
        "C now": head.facts["C"],
        "differ": int(((ours.argmax(axis=1) != theirs.argmax(axis=1)) & ~tied).sum()),
        "logit": float(np.abs(ours - theirs).max()),
        "before": middle - start,
        "now": end - middle,
    }


def main() -> None:
    rows, figures = [], []
    for n_classes, n, d, apart in CASES:
        if "--quick" in sys.argv and n * d * n_classes > 2000 * 384 * 20:
            continue
        vectors, labels = vectors_of(n_classes, n + N_TEST, d, apart)
        with threadpool_limits(limits=1):
            found = compared(vectors[:n], labels[:n], vectors[n:])
        ratio = found["before"] / found["now"]
        figures.append({"classes": n_classes, "texts": n, "dims": d, "apart": apart, **found, "ratio": ratio})
        rows.append([n_classes, n, d, apart, *found.values(), ratio])
        print(json.dumps(figures[-1]), file=sys.stderr, flush=True)
    names = ["classes", "texts", "dims", "apart", *found, "ratio"]
    print(tabulate(rows, headers=names, floatfmt=("",) * 7 + (".1e", ".2f", ".2f", ".1f"), tablefmt="github"))
    print(json.dumps({"benchmark": "heads", "cases": figures}))


if __name__ == "__main__":
    main()
