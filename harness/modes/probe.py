"""Linear probes: a head on frozen, standardised embeddings."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import numpy as np

from harness.core.registry import Named, Parameter
from harness.modes import LinearHead, Predictor, head, mode, several
from harness.modes.choosing import inner_folds
from harness.modes.folds import Fold, best_c
from harness.modes.softmax import Axes, Softmax

#: Inverse strengths of the L2 penalty that inner folds choose from, for standardised features.
C_GRID = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
#: Where the training texts are too few for inner folds.
FALLBACK_C = 1e-2
#: Steps of Newton's method in the last fit; ten are usual.
MAX_ITER = 100
#: A dimension whose deviation is this share of the largest, or less, is dead: minilm has three, the smallest at 1e-32.
DEAD = 1e-6
#: Largest slope of the mean loss. Tight, so that the last bits of the vectors decide no prediction.
TOLERANCE = 1e-9
#: What a head can learn.
_TARGETS = ("class", "labels", "number", "value", "tags")


#: What a probe is fitted on; in no key while it is all there is.
_PROTOCOL = {"protocol": Parameter(Annotated[str, Named("protocol")], "standard")}


@mode(
    "probe",
    targets=_TARGETS,
    needs_train=_TARGETS,
    resources=("heads",),
    options=_PROTOCOL,
    beside=("protocol",),
)
def probe(
    features: Any,
    target: Any,
    rng: np.random.Generator,
    *,
    head: Annotated[str | None, Named("head")] = None,
    heads: Callable[[Any], Callable[..., Predictor]],
) -> Predictor:
    """A head fitted on frozen embeddings; by default `logistic` for classes, `ridge` for numbers."""
    return heads(head)(features, target, rng)


@head("logistic", version=3, targets=("class", "labels", "tags"), resources=("held_out", "clusters"), probability=True)
def logistic(
    vectors: Any,
    labels: Any,
    rng: np.random.Generator,
    *,
    held_out: tuple[Any, Any] | None = None,
    clusters: Any = None,
) -> Predictor:
    """Multinomial logistic regression with an L2 penalty, C chosen among 5 by 3 folds that keep clusters together.

    vectors (n, d), standardised by their own mean and deviation; labels (n,) strings, or tuples of several labels, of
    which each is fitted against the rest. Dimensions that hold nothing
    but the rounding of float32 are left out. Ties in accuracy go to the stronger penalty. `converged` tells whether
    the last fit did. `held_out`: vectors and labels of a validation side, which then chooses C in place of the folds.
    """
    if several.are(labels):
        return several.one_vs_rest(logistic, vectors, labels, rng, held_out, clusters)
    scaler = standardiser(vectors)
    axes = Axes.of(scaler.transform(np.asarray(vectors, dtype=np.float64)))
    names, classes = np.unique(labels, return_inverse=True)
    if held_out is None:
        chosen, weights, bias = _choose_c(axes, classes, clusters, rng)
    else:
        rows = scaler.transform(np.asarray(held_out[0], dtype=np.float64)) @ axes.turn
        chosen, weights, bias = _best_for(axes, classes, names, rows, np.asarray(held_out[1]))
    fit = Softmax(axes, np.arange(len(classes)), classes, len(names))
    point, n_steps = fit.at(weights, bias), 0
    while not (converged := fit.slope(point, chosen) <= TOLERANCE) and n_steps < MAX_ITER:
        point, n_steps = fit.step(point, chosen), n_steps + 1
    weight = (axes.turn @ point.weights).T / scaler.scale_
    linear = LinearHead(weight, point.bias - weight @ scaler.mean_, tuple(map(str, names)))
    return replace(linear.predictor(), facts={"C": chosen, "converged": converged})


def standardiser(vectors: Any) -> Any:
    """A scaler by mean and deviation of vectors (n, d), in which dimensions of nothing but rounding are 0."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(np.asarray(vectors, dtype=np.float64))
    deviations = np.sqrt(scaler.var_)
    scaler.scale_[deviations < DEAD * deviations.max()] = np.inf
    return scaler


def _choose_c(axes: Axes, classes: Any, clusters: Any, rng: np.random.Generator) -> tuple[float, Any, Any]:
    """The C with the most right answers over the inner folds, and weights and bias to begin the last fit with.

    The folds leave out classes of fewer clusters than folds.
    """
    splits, n_classes = list(inner_folds(classes, clusters, rng)), int(classes.max()) + 1
    weights, bias = np.zeros((axes.rows.shape[1], n_classes)), np.zeros(n_classes)
    if not splits:
        return FALLBACK_C, weights, bias
    common = np.unique(classes[np.concatenate(splits[0])])
    numbers = partial(np.searchsorted, common)
    folds = [
        Fold(axes, train, numbers(classes[train]), axes.rows[test], numbers(classes[test]), len(common))
        for train, test in splits
    ]
    chosen = best_c(folds, C_GRID)
    weights[:, common] = np.mean([fold.fits[chosen].point.weights for fold in folds], axis=0)
    bias[common] = np.mean([fold.fits[chosen].point.bias for fold in folds], axis=0)
    return chosen, weights, bias


def _best_for(axes: Axes, classes: Any, names: Any, rows: Any, labels: Any) -> tuple[float, Any, Any]:
    """The same by a validation side (m, r) on the axes; no C gets its labels right that are not learnt."""
    known = np.isin(labels, names)
    answers = np.searchsorted(names, labels[known])
    fold = Fold(axes, np.arange(len(classes)), classes, rows[known], answers, len(names))
    if not known.any():
        return C_GRID[0], np.zeros((axes.rows.shape[1], len(names))), np.zeros(len(names))
    chosen = best_c([fold], C_GRID)
    return chosen, *fold.fits[chosen].point.place
