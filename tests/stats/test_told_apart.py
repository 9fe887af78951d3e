"""How well a linear model tells two sets of vectors apart."""

from typing import Any

import numpy as np
import pytest

from harness.results.facts import Shift
from harness.stats import told_apart


def normal(seed: int, n: int = 300, d: int = 20) -> Any:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def own(n: int = 300) -> list[str]:
    return [f"c{i}" for i in range(n)]


def share(left: Any, right: Any, clusters: list[str] | None = None) -> float:
    clusters = own(len(left)) if clusters is None else clusters
    found = told_apart((left, clusters), (right, clusters), np.random.default_rng(0))
    assert found is not None
    return found


def test_sets_of_one_source_are_not_told_apart_and_far_ones_are() -> None:
    assert share(normal(0), normal(1)) == pytest.approx(0.5, abs=0.08)
    assert share(normal(0), normal(1) + 3) == 1.0
    shares = [share(normal(0), normal(1) + far) for far in (0.0, 0.1, 0.3, 1.0)]
    assert shares == sorted(shares)


def test_it_does_not_matter_in_which_units_an_axis_is() -> None:
    units = 10.0 ** np.arange(-10, 10)
    assert share(normal(0) * units, (normal(1) + 0.3) * units) == pytest.approx(share(normal(0), normal(1) + 0.3))


def test_texts_of_one_document_tell_nothing_of_the_sets() -> None:
    """Each set has ten documents whose texts are alike: to know the document of a text is not to know its set."""
    documents = [f"d{i % 10}" for i in range(300)]
    sets = [normal(seed)[[i % 10 for i in range(300)]] * 5 + normal(seed + 2) * 0.1 for seed in (0, 1)]
    assert share(sets[0], sets[1]) > 0.95
    assert share(sets[0], sets[1], documents) < 0.75


def test_nothing_is_told_of_vectors_that_are_all_alike() -> None:
    assert share(np.ones((300, 4)), np.ones((300, 4))) == 0.5


def test_sets_of_few_documents_have_no_answer() -> None:
    few = [f"d{i % 4}" for i in range(300)]
    assert told_apart((normal(0), own()), (normal(1), few), np.random.default_rng(0)) is None


@pytest.mark.parametrize(("told", "distance"), [(1.0, 2.0), (0.75, 1.0), (0.5, 0.0), (0.4, 0.0), (None, None)])
def test_the_proxy_distance_runs_from_0_to_2(told: float | None, distance: float | None) -> None:
    assert Shift(told_apart=told).distance == (None if distance is None else pytest.approx(distance))
