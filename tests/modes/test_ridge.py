"""The head for numbers chooses its penalty by what it was fitted without, clusters whole."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneGroupOut

from harness.modes.ridge import ALPHAS, left_out, ridge


def data(n: int, d: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, d))
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    return features, features[:, 0] + rng.normal(size=n) + 3


@pytest.mark.parametrize(("n", "d"), [(40, 5), (20, 60)])
def test_errors_are_those_of_fits_without_the_cluster(n: int, d: int) -> None:
    features, numbers = data(n, d)
    clusters = np.random.default_rng(1).integers(0, n // 3, n)
    for alpha, found in zip(ALPHAS, left_out(features, numbers, clusters, ALPHAS), strict=True):
        squares = [
            (Ridge(alpha).fit(features[train], numbers[train]).predict(features[test]) - numbers[test]) ** 2
            for train, test in LeaveOneGroupOut().split(features, numbers, clusters)
        ]
        assert found == pytest.approx(np.concatenate(squares).mean(), rel=1e-9)


def test_single_items_choose_as_scikit_learn_does() -> None:
    for seed in range(20):
        features, numbers = data(30, 12, seed)
        made = ridge(features, numbers, np.random.default_rng(0))
        assert made.facts["alpha"] == RidgeCV(alphas=ALPHAS).fit(features, numbers).alpha_


def test_copies_in_training_do_not_make_the_penalty_small() -> None:
    features, _ = data(40, 60)
    features, noise = np.repeat(features, 2, axis=0), np.repeat(np.random.default_rng(2).normal(size=40), 2)
    pairs = np.repeat(np.arange(40), 2)
    alone, together = (ridge(features, noise, np.random.default_rng(0), clusters=c) for c in (None, pairs))
    assert alone.facts["alpha"] < together.facts["alpha"]


def test_all_in_one_cluster_and_constant_numbers_give_a_head() -> None:
    features, numbers = data(10, 3)
    for clusters, target in ((np.zeros(10), numbers), (None, np.full(10, 2.0)), (None, numbers)):
        values, _ = ridge(features, target, np.random.default_rng(0), clusters=clusters).predict(features)
        assert np.isfinite(values).all()
