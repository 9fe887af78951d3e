"""Heads beside the logistic one: what scikit-learn gives with the value that inner folds choose."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from harness.modes.choosing import inner_folds
from harness.modes.heads import knn, linear_svm, mlp, nearest_centroid
from harness.modes.probe import standardiser
from tests.modes.test_probe import data

HEADS: dict[str, Any] = {
    "linear-svm": linear_svm,
    "knn": knn,
    "nearest-centroid": nearest_centroid,
    "mlp": partial(mlp, epochs=40),
}


def fitted(name: str, vectors: Any, labels: Any, **given: Any) -> Any:
    return HEADS[name](vectors, labels, np.random.default_rng(0), **given)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("n_classes", [2, 4])
def test_a_head_learns_and_the_same_generator_gives_the_same(name: str, n_classes: int) -> None:
    vectors, labels = data(260, 12, n_classes, noise=0.2)
    first, again = (fitted(name, vectors[:160], labels[:160]) for _ in range(2))
    predicted, scores = first.predict(vectors[160:])
    assert np.mean(predicted == labels[160:]) > 1.4 / n_classes
    assert np.array_equal(scores, again.predict(vectors[160:])[1])
    assert first.facts == again.facts


@pytest.mark.parametrize("name", HEADS)
def test_two_texts_are_enough_and_a_zero_vector_is_answered(name: str) -> None:
    vectors = np.array([[1.0, 0.0, 2.0], [-1.0, 0.5, -2.0]], dtype=np.float32)
    predicted, scores = fitted(name, vectors, np.array(["yes", "no"])).predict(np.zeros((1, 3), np.float32))
    assert predicted[0] in ("yes", "no")
    assert np.isfinite(scores).all()


def test_the_machine_equals_scikit_learn_with_the_chosen_c() -> None:
    from sklearn.svm import LinearSVC

    vectors, labels = data(200, 10, 3, noise=2.0)
    head = fitted("linear-svm", vectors[:120], labels[:120])
    scaler = standardiser(vectors[:120])
    plain = LinearSVC(C=head.facts["C"], dual=False, max_iter=2000).fit(scaler.transform(vectors[:120]), labels[:120])
    assert head.predict(vectors)[0].tolist() == plain.predict(scaler.transform(vectors)).tolist()
    assert head.facts["converged"] is True


@pytest.mark.processes  # scikit-learn asks lscpu for the number of cores
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_and_centroids_equal_scikit_learn(metric: Any) -> None:
    from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

    vectors, labels = data(160, 10, 3, noise=2.0)
    head = fitted("knn", vectors[:100], labels[:100], metric=metric, k=(3, 9))
    plain = KNeighborsClassifier(head.facts["k"], metric=metric, algorithm="brute")
    plain.fit(vectors[:100].astype(np.float64), labels[:100])
    asked = vectors[100:].astype(np.float64)
    assert head.predict(asked)[0].tolist() == plain.predict(asked).tolist()
    np.testing.assert_allclose(head.predict(asked)[1], plain.predict_proba(asked).max(axis=1))
    if metric == "euclidean":
        near = NearestCentroid().fit(vectors[:100].astype(np.float64), labels[:100])
        centroid = fitted("nearest-centroid", vectors[:100], labels[:100], metric=metric)
        assert centroid.predict(asked)[0].tolist() == near.predict(asked).tolist()


def test_a_value_is_chosen_by_the_folds() -> None:
    """One neighbour follows noisy labels, twenty do not."""
    rng = np.random.default_rng(0)
    vectors = np.concatenate([rng.normal(1, 1, (100, 3)), rng.normal(-1, 1, (100, 3))])
    labels = np.repeat(["a", "b"], 100)
    labels[rng.random(200) < 0.25] = "a"
    assert fitted("knn", vectors, labels, metric="euclidean", k=(1, 20)).facts["k"] == 20


def test_a_validation_side_chooses_in_place_of_the_folds() -> None:
    """Its labels follow single texts, which one neighbour alone gets right."""
    rng = np.random.default_rng(1)
    vectors, labels = rng.normal(size=(90, 4)), np.array(["a", "b", "c"])[rng.integers(3, size=90)]
    chosen = fitted("knn", vectors, labels, k=(1, 20), held_out=(vectors[:30] * 1.001, labels[:30]))
    assert chosen.facts["k"] == 1


def test_inner_folds_keep_clusters_whole_and_leave_out_classes_of_too_few() -> None:
    labels = np.array(["a", "b"] * 30 + ["rare"] * 2)
    clusters = np.array([f"c{n // 4}" for n in range(62)])
    folds = list(inner_folds(labels, clusters, np.random.default_rng(0)))
    assert len(folds) == 3
    for train, test in folds:
        assert not set(clusters[train]) & set(clusters[test])
        assert "rare" not in labels[np.concatenate([train, test])]
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(60))


def test_with_too_little_to_choose_by_the_middle_value_is_taken() -> None:
    vectors, labels = data(4, 3, 2)
    labels[:] = ["x", "y", "x", "y"]
    assert fitted("linear-svm", vectors, labels).facts["C"] == 1e-2
