"""Linear probes: a head on frozen, standardised embeddings."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from harness.modes import LinearHead, Predictor, head, mode

#: Inverse strengths of the L2 penalty that inner folds choose from, for standardised features.
C_GRID = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
#: Where the training texts are too few for inner folds.
FALLBACK_C = 1e-2
N_FOLDS = 3
MAX_ITER = 1000
#: A dimension whose deviation is this share of the largest, or less, is dead: minilm has three, the smallest at 1e-32.
DEAD = 1e-6
#: Tight, so that the last bits of the vectors decide neither C nor a prediction (1e-4 leaves logits off by .1).
TOLERANCE = 1e-8
GRID_TOLERANCE = 1e-6


@mode("probe", applies_to=("classification",), needs_train=True)
def probe(*, head: Literal["logistic"] = "logistic") -> None:
    """A linear head fitted on frozen embeddings."""


@head("logistic", version=2)
def logistic(vectors: Any, labels: Any, rng: np.random.Generator, held_out: tuple[Any, Any] | None = None) -> Predictor:
    """Multinomial logistic regression with an L2 penalty, C chosen by 3 stratified inner folds over a grid of 5.

    vectors (n, d), standardised by their own mean and deviation; labels (n,) strings. Dimensions that hold nothing
    but the rounding of float32 are left out. Ties in accuracy go to the stronger penalty. `converged` tells whether
    the last fit did. `held_out`: vectors and labels of a validation side, which then chooses C in place of the folds.
    """
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(np.asarray(vectors, dtype=np.float64))
    deviations = np.sqrt(scaler.var_)
    scaler.scale_[deviations < DEAD * deviations.max()] = np.inf
    features = scaler.transform(np.asarray(vectors, dtype=np.float64))
    if held_out is None:
        chosen = _choose_c(features, labels, rng)
    else:
        judged = scaler.transform(np.asarray(held_out[0], dtype=np.float64)), held_out[1]
        chosen = _best_c([((features, labels), judged)])
    model, converged = _fit(features, labels, chosen, TOLERANCE)

    def predict(new: Any) -> tuple[Any, Any]:
        probabilities = model.predict_proba(scaler.transform(np.asarray(new, dtype=np.float64)))
        best = probabilities.argmax(axis=1)
        return model.classes_[best], probabilities[np.arange(len(best)), best]

    return Predictor(predict, {"C": chosen, "converged": converged}, _linear(model, scaler))


def _linear(model: Any, scaler: Any) -> LinearHead:
    """The same head on vectors as they are, its standardisation folded in; two classes as two opposite halves."""
    weight, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weight, bias = np.vstack([-weight, weight]) / 2, np.array([-bias[0], bias[0]]) / 2
    weight = weight / scaler.scale_
    return LinearHead(weight, bias - weight @ scaler.mean_, tuple(map(str, model.classes_)))


def _choose_c(features: Any, labels: Any, rng: np.random.Generator) -> float:
    """The C with the most right answers over the inner folds, which leave out classes of fewer texts than folds."""
    from sklearn.model_selection import StratifiedKFold

    names, counts = np.unique(labels, return_counts=True)
    common = names[counts >= N_FOLDS]
    if len(common) < 2:
        return FALLBACK_C
    kept = np.isin(labels, common)
    features, labels = features[kept], labels[kept]
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=int(rng.integers(2**31)))
    return _best_c([[(features[p], labels[p]) for p in parts] for parts in folds.split(features, labels)])


def _best_c(pairs: Sequence[Sequence[tuple[Any, Any]]]) -> float:
    """The C with the most right answers over pairs of what is fitted and what is judged; of a tie the smallest."""
    right = dict.fromkeys(C_GRID, 0)
    for train, (features, labels) in pairs:
        for c in C_GRID:
            model, _ = _fit(*train, c, GRID_TOLERANCE)
            right[c] += int((model.predict(features) == labels).sum())
    return max(C_GRID, key=lambda c: (right[c], -c))


def _fit(features: Any, labels: Any, c: float, tolerance: float) -> tuple[Any, bool]:
    """The model, and whether its solver reached the tolerance."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, max_iter=MAX_ITER, tol=tolerance)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit(features, labels)
    return model, not any(issubclass(warning.category, ConvergenceWarning) for warning in said)
