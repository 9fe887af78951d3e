"""Exact search: what comparing every query with every document gives."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.modes.zero_shot import rank, search


def by_hand(queries: Any, documents: Any, *, normalize: bool, depth: int) -> list[list[int]]:
    """Document numbers by similarity, those of equal similarity in their order."""
    rows = []
    for query in queries:
        similarity = []
        for document in documents:
            length = np.linalg.norm(query) * np.linalg.norm(document) if normalize else 1.0
            similarity.append(float(query @ document) / length if length else 0.0)
        rows.append(sorted(range(len(documents)), key=lambda i: (-similarity[i], i))[:depth])
    return rows


@pytest.mark.parametrize("normalize", [True, False])
def test_search_equals_brute_force(normalize: bool) -> None:
    """More queries than are compared at once, and lengths that differ."""
    rng = np.random.default_rng(3)
    queries = rng.normal(size=(600, 16))
    documents = rng.normal(size=(80, 16)) * rng.uniform(0.1, 5, size=(80, 1))
    order, similarity = search(queries, documents, normalize=normalize, depth=10)
    assert order.shape == similarity.shape == (600, 10)
    assert order.tolist() == by_hand(queries, documents, normalize=normalize, depth=10)
    assert (np.diff(similarity, axis=1) <= 0).all()
    assert (np.abs(similarity) <= 1 + 1e-6).all() == normalize


def test_the_raw_dot_product_prefers_long_documents_and_cosine_does_not() -> None:
    query, documents = np.array([[1.0, 0.0]]), np.array([[10.0, 10.0], [1.0, 0.1]])
    assert search(query, documents, normalize=False, depth=1)[0].tolist() == [[0]]
    assert search(query, documents, normalize=True, depth=1)[0].tolist() == [[1]]


@given(st.lists(st.lists(st.integers(-2, 2), min_size=6, max_size=6), min_size=1, max_size=5), st.integers(1, 8))
@settings(deadline=None)
def test_equal_similarities_keep_the_order_of_documents(similarity: list[list[int]], depth: int) -> None:
    order, best = rank(np.array(similarity, dtype=np.float32), depth)
    for row, columns, values in zip(similarity, order, best, strict=True):
        assert columns.tolist() == sorted(range(6), key=lambda i: (-row[i], i))[:depth]
        assert values.tolist() == [row[i] for i in columns]


@pytest.mark.parametrize("depth", [1, 3, 24, 25])
def test_of_many_documents_the_best_are_those_of_sorting_all(depth: int) -> None:
    """Ties included: at the edge, all alike, and no value that is a number of its own."""
    rng = np.random.default_rng(depth)
    rows = np.stack([rng.integers(0, most, 200) for most in (1, 2, 5, 1000)]).astype(np.float32)
    order, values = rank(rows, depth)
    np.testing.assert_array_equal(order, np.argsort(-rows, axis=1, kind="stable")[:, :depth])
    np.testing.assert_array_equal(values, -np.sort(-rows, axis=1)[:, :depth])


def test_ties_between_the_same_documents_go_to_the_first() -> None:
    documents = np.tile(np.array([[1.0, 2.0], [3.0, -1.0]], dtype=np.float32), (6, 1))
    order, _ = search(documents[:2], documents, normalize=True, depth=4)
    assert order.tolist() == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_a_vector_of_zeros_is_similar_to_nothing() -> None:
    """No division by zero, so no NaN that would sort first."""
    documents = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    order, similarity = search(np.array([[2.0, 0.0], [0.0, 0.0]]), documents, normalize=True, depth=3)
    assert order.tolist() == [[1, 0, 2], [0, 1, 2]]
    assert similarity.tolist() == [[1, 0, -1], [0, 0, 0]]


def test_fewer_documents_than_the_depth_are_all_ranked() -> None:
    order, _ = search(np.eye(3), np.eye(3), normalize=True, depth=10)
    assert order.shape == (3, 3)
    assert order[:, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("normalize", [True, False])
def test_ranks_of_documents_are_their_places_in_the_whole_ranking(normalize: bool) -> None:
    """However deep they stand, and where documents are equal; asked for together with the first ones."""
    rng = np.random.default_rng(0)
    queries, documents = rng.integers(-1, 2, (300, 3)).astype(float), rng.integers(-1, 2, (50, 3)).astype(float)
    sought = [rng.choice(50, size=rng.integers(0, 5), replace=False).tolist() for _ in range(300)]
    whole, _ = search(queries, documents, normalize=normalize, depth=50)
    order, _, ranks = search(queries, documents, normalize=normalize, depth=5, sought=sought)
    assert order.tolist() == whole[:, :5].tolist()
    assert ranks == [[row.tolist().index(one) + 1 for one in own] for row, own in zip(whole, sought, strict=True)]


def test_more_documents_than_fit_at_once_are_found_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few queries at a time, in place of all: the same documents, and ranks of what is sought."""
    from harness.modes import zero_shot

    rng = np.random.default_rng(3)
    queries, documents = rng.normal(size=(7, 8)), rng.normal(size=(50, 8))
    sought = [np.array([n, n + 20]) for n in range(7)]
    expected = zero_shot.search(queries, documents, 5, sought, normalize=True)
    monkeypatch.setattr(zero_shot, "_AT_ONCE", 110)  # two queries
    found = zero_shot.search(queries, documents, 5, sought, normalize=True)
    assert found[0].tolist() == expected[0].tolist()
    assert found[2] == expected[2]
    np.testing.assert_allclose(found[1], expected[1], atol=1e-12)
