"""Search with less of each document: by hand, against fp32, and in a suite."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from harness.core.errors import EncoderError
from harness.modes.compressed_search import binary, int8, search
from harness.modes.zero_shot import search as exact
from harness.modes.zero_shot import unit

RNG = np.random.default_rng(0)
DOCUMENTS, QUERIES = (RNG.normal(size=(n, 64)).astype(np.float32) for n in (300, 20))


def found(**given: Any) -> tuple[Any, ...]:
    return search(QUERIES, DOCUMENTS, 10, **{"embeddings": "fp32", "dimensions": None, "rescore": 4, **given})


def test_int8_is_within_half_a_step() -> None:
    documents = unit(DOCUMENTS)
    steps = (documents.max(axis=0) - documents.min(axis=0)) / 255
    assert (np.abs(int8(documents) - documents) <= steps * 0.501).all()
    assert len(np.unique(int8(documents)[:, 0])) <= 256
    assert int8(np.ones((3, 2), np.float32)) == pytest.approx(np.ones((3, 2)))  # a dimension of one value


def test_binary_keeps_signs_alone() -> None:
    assert binary(np.array([[0.3, -2.0, 0.0, 5.0]], np.float32)).tolist() == [[0.5, -0.5, -0.5, 0.5]]


def test_all_bits_and_dimensions_are_the_exact_search() -> None:
    for one, other in zip(found(), exact(QUERIES, DOCUMENTS, 10, normalize=True), strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def test_int8_finds_nearly_the_same_and_binary_less() -> None:
    wanted = found()[0]
    shares = {
        kept: np.mean([len({*a} & {*b}) / 10 for a, b in zip(found(embeddings=kept)[0], wanted, strict=True)])
        for kept in ("int8", "binary")
    }
    assert shares["int8"] > 0.95
    assert 0.3 < shares["binary"] < shares["int8"]


def test_rescoring_by_hand() -> None:
    """Signs alone name the first document; the query's own numbers the second, once it is among those looked at."""
    query = np.array([[0.1, 0.1, 0.1, -0.9]], np.float32)
    documents = np.array([[1, 1, 1, 1], [-1, -1, -1, -1], [1, 1, -1, 1]], np.float32)
    ask = partial(search, query, documents, 1, embeddings="binary", dimensions=None)
    assert ask(rescore=1)[0].tolist() == [[0]]  # three signs of four are the same; one of the second
    assert ask(rescore=2)[0].tolist() == [[0]]
    order, similarity, ranks = ask(rescore=3, sought=[[0, 1, 2]])
    assert order.tolist() == [[1]]
    assert similarity[0, 0] == pytest.approx(0.6 / 2 / np.linalg.norm(query))
    assert ranks == [[2, 1, 3]]


def test_fewer_dimensions_are_the_first_at_length_one() -> None:
    cut = exact(QUERIES[:, :16], DOCUMENTS[:, :16], 10, normalize=True)
    for one, other in zip(found(dimensions=16), cut, strict=True):
        assert one == pytest.approx(other, abs=1e-6)
    with pytest.raises(EncoderError, match="dimensions: 65 of vectors that have 64; expected fewer"):
        found(dimensions=65)


def test_each_query_among_its_own() -> None:
    among = [np.array([3, 5, 8])] * len(QUERIES)
    order, _ = found(embeddings="int8", among=among)
    assert order.tolist() == exact(QUERIES, DOCUMENTS, 10, among=among, normalize=True)[0].tolist()
