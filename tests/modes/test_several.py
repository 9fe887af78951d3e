"""Several labels an item: each is told by a head of two classes of its own."""

from typing import Any

import numpy as np
import pytest

from harness.core.errors import DataError
from harness.modes.baselines import fitted_tfidf, majority, tfidf
from harness.modes.probe import logistic

NAMES = ("calm", "glad", "sad")


def told(flags: Any) -> Any:
    found = np.empty(len(flags), dtype=object)
    found[:] = [tuple(np.array(NAMES)[own].tolist()) for own in flags]
    return found


def drawn(n: int, seed: int = 0) -> tuple[Any, Any]:
    """(n, 12) vectors; which labels each has, as its first three dimensions say."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 12)).astype(np.float32)
    return vectors, vectors[:, :3] + 0.4 * rng.normal(size=(n, 3)) > (0.0, 0.5, 1.5)


def test_each_label_is_said_as_a_probe_of_two_classes_says_it() -> None:
    (vectors, flags), (new, _) = drawn(120), drawn(80, 1)
    predictor = logistic(vectors, told(flags), np.random.default_rng(0))
    assert predictor.labels == NAMES
    assert predictor.predict is not None
    chosen, scores = predictor.predict(new)
    rng = np.random.default_rng(0)
    for place in range(3):
        alone = logistic(vectors, np.where(flags[:, place], "yes", "no"), rng)
        assert alone.predict is not None
        values, shares = alone.predict(new)
        assert chosen[:, place].tolist() == (values == "yes").tolist()
        np.testing.assert_allclose(np.maximum(scores[:, place], 1 - scores[:, place]), shares, atol=1e-9)
    assert predictor.facts["converged"] is True


def test_a_label_that_all_have_is_said_of_all() -> None:
    vectors, flags = drawn(60)
    flags[:, 0] = True
    for held_out in (None, (vectors, told(flags))):
        predictor = logistic(vectors, told(flags), np.random.default_rng(0), held_out=held_out)
        assert predictor.predict is not None
        chosen, scores = predictor.predict(vectors)
        assert chosen[:, 0].all()
        assert scores[:, 0].tolist() == [1.0] * 60
        assert np.mean(chosen == flags) > 0.8


def test_the_same_labels_on_every_text_are_refused() -> None:
    vectors, flags = drawn(30)
    with pytest.raises(DataError, match="all 30 training texts have the same labels"):
        logistic(vectors, told(np.ones_like(flags)), np.random.default_rng(0))


def test_the_majority_says_the_labels_that_pay() -> None:
    predictor = majority(["a"] * 4, told(np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1]], bool)), None)
    assert predictor.predict is not None
    chosen, scores = predictor.predict(["x", "y"])
    assert chosen.tolist() == [[True, True, False]] * 2
    assert scores.tolist() == [[0.75, 0.5, 0.25]] * 2


@pytest.mark.parametrize("n_labels", [1, 3])
def test_tfidf_learns_the_words_of_each_label(n_labels: int) -> None:
    words = ("quiet", "sunny", "lonely")
    flags = np.array([[i >> k & 1 for k in range(3)] for i in range(8)] * 5, bool)
    flags[:, n_labels:] = False
    texts = [" ".join(word for word, has in zip(words, own, strict=True) if has) + f" number {i}"
             for i, own in enumerate(flags)]  # fmt: skip
    predictor = tfidf(texts, told(flags), None)
    assert predictor.labels == NAMES[:n_labels]
    assert predictor.predict is not None
    chosen, scores = predictor.predict(["quiet", "nothing of the kind", *words[:n_labels]])
    assert scores.shape == (2 + n_labels, n_labels)
    assert chosen[0].tolist() == [True, False, False][:n_labels]
    assert not chosen[1].any()
    vectorise, predict = fitted_tfidf(texts, told(flags))
    assert np.reshape(predict(vectorise(["quiet"])), (1, -1))[0].tolist() == chosen[0].tolist()
