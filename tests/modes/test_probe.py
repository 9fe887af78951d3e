"""The logistic probe: what scikit-learn's pipeline gives, with a C chosen by inner folds."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from harness.modes.probe import C_GRID, FALLBACK_C, logistic


def data(n: int, d: int, n_classes: int, *, seed: int = 0, noise: float = 1.0) -> tuple[Any, Any]:
    """Vectors with low-rank structure, uneven scales and an offset, as embeddings have; float32."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 8))
    scales = np.exp(rng.normal(size=d))
    vectors = (latent @ rng.normal(size=(8, d)) + 0.5 * rng.normal(size=(n, d))) * scales + rng.normal(size=d) * 3
    scores = latent @ np.random.default_rng(99).normal(size=(8, n_classes)) + noise * rng.normal(size=(n, n_classes))
    return vectors.astype(np.float32), np.array(["red", "green", "blue", "grey"])[scores.argmax(axis=1)]


def fitted(vectors: Any, labels: Any) -> Any:
    return logistic(vectors, labels, np.random.default_rng(0))


@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize(("n", "d"), [(60, 20), (40, 100)], ids=["tall", "wide"])
def test_it_equals_a_plain_pipeline_with_the_chosen_c(n_classes: int, n: int, d: int) -> None:
    """StandardScaler and LogisticRegression, to their last prediction and probability."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    vectors, labels = data(n + 200, d, n_classes)
    probe = fitted(vectors[:n], labels[:n])
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=probe.facts["C"], max_iter=5000, tol=1e-10))
    plain.fit(vectors[:n].astype(np.float64), labels[:n])
    predicted, scores = probe.predict(vectors[n:])
    probabilities = plain.predict_proba(vectors[n:].astype(np.float64))
    assert predicted.tolist() == plain.classes_[probabilities.argmax(axis=1)].tolist()
    np.testing.assert_allclose(scores, probabilities.max(axis=1), atol=1e-5)
    assert probe.facts["converged"] is True


def test_c_is_the_best_of_the_grid_over_the_inner_folds() -> None:
    """Noisy labels want a strong penalty, clean ones from few texts a weaker; the choice follows the folds."""
    noisy, clean = (fitted(*data(150, 30, 2, noise=noise)).facts["C"] for noise in (30.0, 0.01))
    assert {noisy, clean} <= set(C_GRID)
    assert noisy < clean


def test_ties_go_to_the_stronger_penalty() -> None:
    """Two clouds far apart, which every penalty tells apart."""
    vectors = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    vectors[:30] += 50
    assert fitted(vectors, np.array(["far"] * 30 + ["near"] * 30)).facts["C"] == min(C_GRID)


def test_the_grid_is_searched_on_training_texts_alone_with_the_folds_of_the_generator() -> None:
    """By brute force with scikit-learn: right answers over the same folds, ties to the stronger penalty."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.preprocessing import StandardScaler

    vectors, labels = data(90, 25, 3, seed=5, noise=3.0)
    features = StandardScaler().fit_transform(vectors.astype(np.float64))
    state = int(np.random.default_rng(0).integers(2**31))
    folds = StratifiedKFold(3, shuffle=True, random_state=state)
    means = [
        cross_val_score(LogisticRegression(C=c, max_iter=5000, tol=1e-8), features, labels, cv=folds).mean()
        for c in C_GRID
    ]
    assert fitted(vectors, labels).facts["C"] == C_GRID[int(np.argmax(np.round(means, 9)))]


def test_the_folds_keep_clusters_together() -> None:
    """By brute force; five texts of a source lie at one point, so that folds that part them want another penalty."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(1)
    sources, told = np.repeat(np.arange(40), 5), rng.integers(2, size=40)
    own = rng.normal(size=(40, 60))
    own[:, 0] += np.where(told, 2, -2)
    vectors, labels = own[sources] + 0.01 * rng.normal(size=(200, 60)), np.array(["no", "yes"])[told[sources]]
    folds = StratifiedGroupKFold(3, shuffle=True, random_state=int(np.random.default_rng(0).integers(2**31)))
    features = StandardScaler().fit_transform(vectors)
    plain: Any = partial(LogisticRegression, max_iter=5000)
    right = [
        np.sum(labels == cross_val_predict(plain(C=c), features, labels, cv=folds, groups=sources)) for c in C_GRID
    ]
    chosen = logistic(vectors, labels, np.random.default_rng(0), clusters=np.char.zfill(sources.astype(str), 2)).facts[
        "C"
    ]
    assert chosen == C_GRID[int(np.argmax(right))]
    assert chosen < fitted(vectors, labels).facts["C"]


def test_a_fit_that_does_not_reach_its_tolerance_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.modes.probe.MAX_ITER", 2)
    assert fitted(*data(60, 20, 3)).facts["converged"] is False


def test_constant_dimensions_have_no_say() -> None:
    """Not even through rounding: a constant that float32 cannot hold exactly is no feature."""
    vectors, labels = data(80, 10, 3)
    constants = np.tile(np.array([[0.1, 0.0, 1e6, -3.3e-5]], dtype=np.float32), (80, 1))
    with_constants = fitted(np.hstack([vectors, constants]), labels)
    new = np.hstack([vectors, constants * np.float32(1.0001)])  # the constant moves a little in new texts
    expected, scores = fitted(vectors, labels).predict(vectors)
    predicted, again = with_constants.predict(new)
    assert predicted.tolist() == expected.tolist()
    np.testing.assert_allclose(again, scores, atol=0.02)


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_one_constant_dimension_alone_predicts_the_commonest_label(value: float) -> None:
    labels = np.array(["yes"] * 20 + ["no"] * 10)
    probe = fitted(np.full((30, 1), value, dtype=np.float32), labels)
    assert set(probe.predict(np.full((5, 1), value, dtype=np.float32))[0]) == {"yes"}


def test_classes_too_rare_for_the_folds_are_still_learnt() -> None:
    vectors, labels = data(90, 10, 2, noise=0.01)
    vectors[0], labels[0] = 40.0, "rare"
    probe = fitted(vectors, labels)
    assert probe.facts["C"] in C_GRID
    assert "rare" in probe.predict(np.full((1, 10), 400.0, dtype=np.float32))[0]


def test_one_text_a_class_is_learnt() -> None:
    vectors, names = np.eye(6, dtype=np.float32) + 3, np.array(list("abcdef"))
    assert fitted(vectors, names).predict(vectors)[0].tolist() == names.tolist()


def test_too_few_texts_for_inner_folds_fall_back() -> None:
    vectors, labels = data(5, 4, 2)
    labels[:] = ["red", "green", "red", "green", "red"]
    assert fitted(vectors, labels).facts["C"] == FALLBACK_C


def test_the_same_texts_and_generator_give_the_same_head() -> None:
    vectors, labels = data(100, 30, 3)
    first, second = (fitted(vectors, labels).predict(vectors) for _ in range(2))
    assert np.array_equal(first[1], second[1])


def test_the_last_bits_of_vectors_do_not_decide() -> None:
    """In another batch a vector differs by 1e-7; the choice of C and every prediction must not."""
    vectors, labels = data(150, 60, 3, noise=3.0)
    nudged = vectors * (1 + 1e-7 * np.random.default_rng(1).normal(size=vectors.shape)).astype(np.float32)
    first, second = fitted(vectors, labels), fitted(nudged, labels)
    assert first.facts == second.facts
    assert first.predict(vectors)[0].tolist() == second.predict(vectors)[0].tolist()
    np.testing.assert_allclose(first.predict(vectors)[1], second.predict(vectors)[1], atol=1e-5)


def test_a_head_of_a_usual_size_is_fitted_within_a_second() -> None:
    """800 texts of 384 dimensions, grid and all, in processor time (about .15 s where nothing else runs)."""
    import time

    vectors, labels = data(800, 384, 2, noise=3.0)
    started = time.process_time()
    fitted(vectors, labels)
    assert time.process_time() - started < 1.0


def test_a_dead_dimension_changes_nothing() -> None:
    """What is rounding alone would become a feature like any other once standardised, with weights of any size."""
    vectors, labels = data(300, 20, 2)
    dead = np.random.default_rng(5).normal(size=(300, 2)) * [1e-32, 1e-9]
    alive, both = fitted(vectors[:200], labels[:200]), fitted(np.hstack([vectors, dead])[:200], labels[:200])
    new = np.hstack([vectors, dead])[200:]
    np.testing.assert_allclose(both.predict(new)[1], alive.predict(vectors[200:])[1], atol=1e-9)
    assert np.abs(both.linear.weight[:, 20:]).max() == 0
    np.testing.assert_allclose(both.linear.weight[:, :20], alive.linear.weight, atol=1e-9)


def test_a_validation_side_chooses_c_in_place_of_the_folds() -> None:
    """By brute force with scikit-learn: right answers on the side alone, its texts in no fit."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    vectors, labels = data(200, 30, 2, noise=0.01)
    beside, noisy = vectors[150:], np.random.default_rng(1).permutation(labels[150:])
    chosen = logistic(vectors[:150], labels[:150], np.random.default_rng(0), held_out=(beside, noisy)).facts["C"]
    by_hand = {}
    for c in C_GRID:
        plain = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=5000, tol=1e-8))
        plain.fit(vectors[:150].astype(np.float64), labels[:150])
        by_hand[c] = int((plain.predict(beside.astype(np.float64)) == noisy).sum())
    assert chosen == max(C_GRID, key=lambda c: (by_hand[c], -c))
    assert len(set(by_hand.values())) > 1
