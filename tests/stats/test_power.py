"""What chance hides of a loss, and the smallest loss that is seen."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, norm, t

from harness.stats import Texts, Trials, assumed, chance_limit, p_greater, shared_variance, texts_of, visible_loss
from harness.stats.one_sided import mid_p_greater


def columns(right: NDArray[Any]) -> NDArray[np.float64]:
    return np.stack([right.astype(float), np.ones(len(right))], axis=1)


def mean(sums: Any) -> Any:
    return sums[..., 0] / sums[..., 1]


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("margin", [0.0, 0.005, 0.01, 0.05])
def test_with_many_texts_the_visible_loss_is_the_larger_bound_and_an_error_more(margin: float) -> None:
    """max(margin, z_a SE) + z_p SE."""
    error, alpha = (0.1 / 20_000) ** 0.5, 0.05 / 4
    said = visible_loss(Texts(20_000, 20_000, 2000), margin=margin, alpha=alpha)
    assert said == pytest.approx(max(margin, norm.ppf(1 - alpha) * error) + norm.ppf(0.8) * error, rel=0.01)


@pytest.mark.parametrize(("n", "changed"), [(300, 6), (300, 30), (1150, 230)])
@pytest.mark.parametrize("margin", [0.0, 0.02])
def test_the_visible_loss_is_seen_by_mcnemars_test(n: int, changed: int, margin: float) -> None:
    loss, alpha = visible_loss(Texts(n, n, changed), margin=margin, alpha=0.01), 0.01
    share = max(changed / n, loss)
    draws = rng().multinomial(n, [(share + loss) / 2, (share - loss) / 2, 1 - share], 4000)
    seen = np.mean([lost - gained > margin * n and mid_p_greater(lost, gained) < alpha for lost, gained, _ in draws])
    assert seen == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("changed", [0, 1, 5, 40])
def test_any_loss_above_the_limit_is_beyond_chance_and_the_limit_is_not(changed: int) -> None:
    net = round(chance_limit(Texts(400, 400, changed), 0.05) * 400)

    def p(net: int) -> float:
        n = max(changed, net) + (max(changed, net) - net) % 2
        return mid_p_greater((n + net) // 2, (n - net) // 2)

    assert p(net) >= 0.05
    assert all(p(more) < 0.05 for more in range(net + 1, 60))


def test_a_handful_of_texts_proves_nothing() -> None:
    """One text that changed does not say that a loss of four would be sure."""
    one = Texts(1000, 1000, 1)
    assert chance_limit(one, 0.0125) == 5 / 1000  # half of 2^-6 is the first below
    assert binom.sf(5, 1000, visible_loss(one, margin=0.001, alpha=0.0125)) == pytest.approx(0.8, abs=0.001)


def test_clusters_count_as_what_they_lose() -> None:
    """Twenty groups of five, six of which change as wholes."""
    a, clusters = np.ones(100), np.arange(100) // 5
    b = np.where(clusters < 6, 0.0, 1.0)
    found = texts_of("sign-flip", mean, (columns(a), clusters), (columns(b), clusters), rng=rng())
    assert found == Texts(100, 20, 6, unit=5.0, step=5.0, exact=False)
    p = p_greater("sign-flip", mean, (columns(a), clusters), (columns(b), clusters), rng=rng())
    assert p == pytest.approx(0.5**6, abs=0.004)
    assert chance_limit(found, 0.017) < 0.3 <= chance_limit(found, 0.015)


def test_texts_that_change_on_their_own_are_known_from_wholes() -> None:
    """A loss that all have brings them together, and so widens what chance may do."""
    clusters = np.arange(4000) // 4
    a = (rng().random(4000) < 0.8).astype(float)
    b = np.where(rng().permutation(4000) < 400, 1 - a, a)
    found = texts_of("sign-flip", mean, (columns(a), clusters), (columns(b), clusters), rng=rng())
    assert found.apart == pytest.approx(4000 * 3, rel=0.05)
    assert found.unit_at(0.05) ** 2 == pytest.approx(found.unit**2 + 12_000 * 0.05**2 / found.n_changed, rel=0.05)
    assert visible_loss(found, margin=0, alpha=0.01) > visible_loss(replace(found, apart=0), margin=0, alpha=0.01)


def test_by_the_bootstrap_the_unit_is_that_of_the_error() -> None:
    a, b = np.ones(1000), np.ones(1000)
    b[:60] = a[60:100] = 0
    found = texts_of("bootstrap", mean, (columns(a), np.arange(1000)), (columns(b), np.arange(1000)), rng=rng())
    assert (found.n_changed, found.step, found.exact) == (100, 0.0, False)
    assert found.unit == pytest.approx(1.0, rel=0.05)


def test_where_nothing_differs_a_tenth_of_the_groups_would() -> None:
    assert assumed([1] * 300) == Texts(300, 300, 30)
    assert assumed([2] * 50) == Texts(100, 50, 5, unit=2.0, step=2.0, exact=False)


def test_many_replicates_see_as_the_normal_distribution_says_and_few_see_less() -> None:
    many = Trials(0.01, (10_000, 10_000), 19_998, pooled=True)
    assert visible_loss(None, many, margin=0.0, alpha=0.05) == pytest.approx(0.01 * (1.645 + 0.842), rel=0.01)
    few = Trials(0.01, (7, 7), 12, pooled=True)
    assert few.limit(0.05) == pytest.approx(0.01 * t.ppf(0.95, 12))
    assert visible_loss(None, few, margin=0.0, alpha=0.05) > 0.01 * 2.6
    assert visible_loss(None, few, margin=0.1, alpha=0.05) == pytest.approx(0.1 + 0.842 * few.likely_error, rel=0.01)


def test_texts_and_trainings_both_must_say_it() -> None:
    """Never less than either alone; without a spread of trainings that of the texts."""
    texts = Texts(3450, 1150, 200, 1.1, 1.0, exact=False)
    trials = Trials(0.01, (3, 3), 4)
    alone = visible_loss(texts, margin=0.01, alpha=0.05)
    both = visible_loss(texts, trials, margin=0.01, alpha=0.05)
    assert both > max(alone, visible_loss(None, trials, margin=0.01, alpha=0.05))
    assert visible_loss(texts, replace(trials, error=0.0), margin=0.01, alpha=0.05) == alone
    known = replace(trials, shared=0.01**2)
    assert visible_loss(texts, known, margin=0.01, alpha=0.05) < both


def test_of_one_training_nothing_is_visible() -> None:
    one = Trials(np.inf, (1, 1), np.inf)
    assert visible_loss(Texts(100, 100, 10), one, margin=0.01, alpha=0.05) == np.inf
    assert one.limit(0.05) == np.inf


def test_too_few_texts_see_nothing() -> None:
    assert visible_loss(Texts(3, 3, 1), margin=0.01, alpha=0.01) == np.inf


def test_what_trainings_err_on_by_chance_is_known_to_both_tests() -> None:
    """Trainings that answer alike share nothing; those that err on texts of their own vary by just that."""
    names, right = np.arange(5000), rng().random((4, 5000)) < 0.7
    assert shared_variance(mean, [(columns(right[0]), names)] * 3) == 0
    found = shared_variance(mean, [(columns(one), names) for one in right])
    assert found == pytest.approx(0.7 * 0.3 / 5000 / 4, rel=0.05)
