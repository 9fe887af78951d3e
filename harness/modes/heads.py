"""Further heads of a probe for classes: a support vector machine, neighbours, centroids, one hidden layer.

Each asks `choosing` which of the values of its parameter is best; a list of one is taken as it is.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Interval, Len

from harness.modes import Predictor, Written, head
from harness.modes.choosing import Material, best
from harness.modes.probe import standardiser

Metric = Literal["cosine", "euclidean"]
Positives = Annotated[tuple[Annotated[float, Interval(gt=0)], ...], Len(min_length=1)]
Counts = Annotated[tuple[Annotated[int, Interval(ge=1)], ...], Len(min_length=1)]
_RESOURCES = ("held_out", "clusters")
#: Neighbours are sought for so many texts at a time.
_CHUNK = 1024
#: What to do with the arrays of a head that was exported.
_MARGINS = 'says = classes[(vectors @ head["weight"].T + head["bias"]).argmax(axis=1)]'
_LAYERS = """hidden = np.maximum(vectors @ head["hidden_weight"].T + head["hidden_bias"], 0)
says = classes[(hidden @ head["weight"].T + head["bias"]).argmax(axis=1)]"""
_NEIGHBOURS = """known = head["vectors"].astype(np.float64)
{alike}
nearest = np.argsort(-alike, axis=1, kind="stable")[:, :{k}]
votes = np.stack([(head["classes"][nearest] == i).sum(axis=1) for i in range(len(classes))], axis=1)
says = classes[votes.argmax(axis=1)]"""
_CENTROIDS = """known = head["centroids"]
{alike}
says = classes[alike.argmax(axis=1)]"""
#: How alike texts and what is known are, up to what is the same for all that is known.
_ALIKE = {
    "cosine": """known = known / np.maximum(np.linalg.norm(known, axis=1, keepdims=True), 1e-300)
alike = vectors @ known.T""",
    "euclidean": "alike = 2 * vectors @ known.T - (known**2).sum(axis=1)",
}


def _svm_work(n: int, d: int, n_classes: int, given: Any) -> float:
    """Billions of operations, about: passes over the texts for each class, C and fold."""
    n_fits = 1 + 2 * len(given.get("C", range(5)))
    return n_fits * 120 * n * d * (n_classes if n_classes > 2 else 1) / 1e9


@head("linear-svm", version=2, targets=("class",), resources=_RESOURCES, work=_svm_work)
def linear_svm(
    vectors: Any,
    labels: Any,
    rng: np.random.Generator,
    *,
    C: Positives = (1e-4, 1e-3, 1e-2, 1e-1, 1.0),
    held_out: tuple[Any, Any] | None = None,
    clusters: Any = None,
) -> Predictor:
    """Linear support vector machine on standardised vectors, one class against the rest, C chosen from a list.

    vectors (n, d), labels (n,) strings. Squared hinge loss with an L2 penalty (Fan et al. 2008, LIBLINEAR). C: chosen
    by 3 inner folds that keep clusters together, or by a validation side; ties go to the stronger penalty. A text is
    ranked by its distance from the border, which is no probability. `converged` tells whether the last fit did.
    """
    from sklearn.svm import LinearSVC

    scaler, seed, n_steps = standardiser(vectors), int(rng.integers(2**31)), 2000
    scaled = _scaled(scaler.transform, vectors, labels, rng, held_out, clusters)

    def fitted(c: float, features: Any, known: Any) -> Any:
        return _quietly(LinearSVC(C=c, dual=False, max_iter=n_steps, random_state=seed), features, known)

    def answers(values: Sequence[float], features: Any, known: Any, asked: Any) -> list[Any]:
        return [fitted(c, features, known).predict(asked) for c in values]

    chosen = best(sorted(C), scaled, answers)
    model = fitted(chosen, scaled.vectors, labels)

    def predict(new: Any) -> tuple[Any, Any]:
        margins = model.decision_function(scaler.transform(np.asarray(new, dtype=np.float64)))
        if margins.ndim == 1:
            return model.classes_[(margins > 0).astype(int)], np.abs(margins)
        return model.classes_[margins.argmax(axis=1)], margins.max(axis=1)

    weight, bias = _unscaled(*for_each(model.coef_, model.intercept_), scaler)
    written = Written({"weight": weight, "bias": bias}, _names(model.classes_), _MARGINS)
    return Predictor(predict, facts={"C": chosen, "converged": bool(np.max(model.n_iter_) < n_steps)}, written=written)


def _knn_work(n: int, d: int, n_classes: int, given: Any) -> float:
    """Billions of operations: every text with every other."""
    return 2 * n * n * d / 1e9


@head("knn", version=2, targets=("class",), resources=_RESOURCES, work=_knn_work, probability=True)
def knn(
    vectors: Any,
    labels: Any,
    rng: np.random.Generator,
    *,
    k: Counts = (1, 3, 5, 10, 20),
    metric: Metric = "cosine",
    held_out: tuple[Any, Any] | None = None,
    clusters: Any = None,
) -> Predictor:
    """The commonest label among the k nearest training texts, k chosen from a list; vectors are taken as they are.

    vectors (n, d), labels (n,) strings. k: chosen by 3 inner folds that keep clusters together, or by a validation
    side; ties go to the smaller. Labels with as many neighbours: the first in order. A text is ranked by the share of
    its neighbours. With fewer training texts than k all of them are neighbours.
    """
    as_they_are, names = np.asarray(vectors, dtype=np.float32), np.unique(labels)
    vectors = _moved(np.asarray(vectors, dtype=np.float64), metric)

    def answers(values: Sequence[int], features: Any, known: Any, asked: Any) -> list[Any]:
        near = np.searchsorted(names, known)[_nearest(features, asked, max(values), metric)]
        return [names[_shares(near[:, :one], len(names)).argmax(axis=1)] for one in values]

    beside = None if held_out is None else (_moved(np.asarray(held_out[0], dtype=np.float64), metric), held_out[1])
    chosen = best(sorted(k), Material(vectors, np.asarray(labels), rng, clusters, beside), answers)
    classes = np.searchsorted(names, labels)

    def predict(new: Any) -> tuple[Any, Any]:
        asked = _moved(np.asarray(new, dtype=np.float64), metric)
        shares = _shares(classes[_nearest(vectors, asked, chosen, metric)], len(names))
        return names[shares.argmax(axis=1)], shares.max(axis=1)

    arrays = {"vectors": as_they_are, "classes": classes.astype(np.int64)}
    written = Written(arrays, _names(names), _NEIGHBOURS.format(alike=_ALIKE[metric], k=chosen))
    return Predictor(predict, facts={"k": chosen}, written=written)


@head("nearest-centroid", targets=("class",), work=lambda n, d, n_classes, given: n * d / 1e9)
def nearest_centroid(vectors: Any, labels: Any, rng: np.random.Generator, *, metric: Metric = "cosine") -> Predictor:
    """The label whose mean vector is nearest; nothing to choose, a text a class is enough.

    vectors (n, d), labels (n,) strings. By cosine vectors have length 1 before they are averaged. A text is ranked by
    its similarity to the mean, or by how near it is; equal ones: the first label in order.
    """
    vectors, names = _moved(np.asarray(vectors, dtype=np.float64), metric), np.unique(labels)
    centroids = _moved(np.stack([vectors[np.asarray(labels) == name].mean(axis=0) for name in names]), metric)

    def predict(new: Any) -> tuple[Any, Any]:
        similarity = _similarity(_moved(np.asarray(new, dtype=np.float64), metric), centroids, metric)
        return names[similarity.argmax(axis=1)], similarity.max(axis=1)

    written = Written({"centroids": centroids}, _names(names), _CENTROIDS.format(alike=_ALIKE[metric]))
    return Predictor(predict, written=written)


def _mlp_work(n: int, d: int, n_classes: int, given: Any) -> float:
    """Billions of operations: forward and twice backward, every epoch, penalty and fold."""
    n_fits, epochs = 1 + 2 * len(given.get("penalty", range(2))), int(given.get("epochs", 200))
    return 18.0 * n_fits * epochs * n * int(given.get("hidden", 64)) * (d + n_classes) / 1e9


@head("mlp", version=2, targets=("class",), resources=_RESOURCES, work=_mlp_work, probability=True)
def mlp(
    vectors: Any,
    labels: Any,
    rng: np.random.Generator,
    *,
    hidden: Annotated[int, Interval(ge=1, le=4096)] = 64,
    penalty: Positives = (1.0, 0.01),
    epochs: Annotated[int, Interval(ge=1, le=10_000)] = 200,
    held_out: tuple[Any, Any] | None = None,
    clusters: Any = None,
) -> Predictor:
    """One hidden layer with ReLU on standardised vectors, trained by Adam; the L2 penalty is chosen from a list.

    vectors (n, d), labels (n,) strings. `hidden`: its width. `penalty`: chosen by 3 inner folds that keep clusters
    together, or by a validation side; ties go to the stronger. Training ends after `epochs`, or 10 without a lower
    loss (`converged`). First weights and batches are drawn from the generator: the same for every row.
    """
    from sklearn.neural_network import MLPClassifier

    scaler, seed = standardiser(vectors), int(rng.integers(2**31))
    features = _scaled(scaler.transform, vectors, labels, rng, held_out, clusters)

    def fitted(alpha: float, own: Any, known: Any) -> Any:
        model = MLPClassifier((hidden,), alpha=alpha, max_iter=epochs, batch_size=min(32, len(own)), random_state=seed)
        return _quietly(model, own, known)

    def answers(values: Sequence[float], own: Any, known: Any, asked: Any) -> list[Any]:
        return [fitted(alpha, own, known).predict(asked) for alpha in values]

    chosen = best(sorted(penalty, reverse=True), features, answers)
    model = fitted(chosen, features.vectors, labels)

    def predict(new: Any) -> tuple[Any, Any]:
        shares = model.predict_proba(scaler.transform(np.asarray(new, dtype=np.float64)))
        return model.classes_[shares.argmax(axis=1)], shares.max(axis=1)

    first, first_bias = _unscaled(model.coefs_[0].T, model.intercepts_[0], scaler)
    last, last_bias = for_each(model.coefs_[1].T, model.intercepts_[1])
    arrays = {"hidden_weight": first, "hidden_bias": first_bias, "weight": last, "bias": last_bias}
    written = Written(arrays, _names(model.classes_), _LAYERS)
    return Predictor(predict, facts={"penalty": chosen, "converged": bool(model.n_iter_ < epochs)}, written=written)


def _names(classes: Any) -> tuple[str, ...]:
    return tuple(map(str, classes))


def for_each(weight: Any, bias: Any) -> tuple[Any, Any]:
    """Weight (k, d) and bias (k,) with an output a class, where two classes have one between them."""
    if len(weight) > 1:
        return weight, bias
    return np.concatenate([np.zeros_like(weight), weight]), np.concatenate([np.zeros_like(bias), bias])


def _unscaled(weight: Any, bias: Any, scaler: Any) -> tuple[Any, Any]:
    """The same map (k, d), of vectors that are not standardised first."""
    weight = weight / scaler.scale_
    return weight, bias - weight @ scaler.mean_


def _scaled(
    scale: Callable[[Any], Any], vectors: Any, labels: Any, rng: np.random.Generator, held_out: Any, clusters: Any
) -> Material:
    """All that is fitted on and chosen by, standardised as the training texts are."""
    beside = None if held_out is None else (scale(np.asarray(held_out[0], dtype=np.float64)), held_out[1])
    return Material(scale(np.asarray(vectors, dtype=np.float64)), np.asarray(labels), rng, clusters, beside)


def _quietly(model: Any, features: Any, labels: Any) -> Any:
    """The model, fitted; that it did not converge is told by what it was fitted for."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(features, labels)


def _moved(vectors: Any, metric: Metric) -> Any:
    """Vectors (n, d) of length 1 where directions are compared; one that is all zeros stays so."""
    if metric == "euclidean":
        return vectors
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1.0)


def _similarity(some: Any, others: Any, metric: Metric) -> Any:
    """(n, m): cosine of vectors that have length 1, or minus the distance."""
    products = some @ others.T
    if metric == "cosine":
        return products
    squares = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * products
    return -np.sqrt(np.maximum(squares, 0.0))


def _nearest(known: Any, asked: Any, k: int, metric: Metric) -> Any:
    """(n_asked, k) places of the nearest, the nearest first, of equals the first."""
    chunks = [asked[start : start + _CHUNK] for start in range(0, len(asked), _CHUNK)]
    found = [np.argsort(-_similarity(one, known, metric), axis=1, kind="stable")[:, :k] for one in chunks]
    return np.concatenate(found) if found else np.zeros((0, min(k, len(known))), dtype=int)


def _shares(near: Any, n_classes: int) -> Any:
    """(n, n_classes) shares of classes among neighbours (n, k)."""
    return np.stack([(near == number).mean(axis=1) for number in range(n_classes)], axis=1)
