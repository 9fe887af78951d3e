"""What stands above the answers of a search: told from outcomes, shown from what a job knows."""

from typing import Any

import numpy as np

from harness.catalogue import catalogue
from harness.core.data import Examples
from harness.modes.zero_shot import zero_shot
from harness.scoring import Scoring

N = 40


def searched(seed: int = 0) -> tuple[Scoring, dict[str, Examples], Any, Any, Any]:
    """Random vectors of 40 documents, each the answer of one query, and of query 0 also document 1."""
    rng = np.random.default_rng(seed)
    vectors = {"query": rng.normal(size=(N, 4)), "corpus": rng.normal(size=(N, 4))}
    names = tuple(f"d{i}" for i in range(N))
    queries = tuple(f"q{i}" for i in range(N))
    relevant = tuple((name, "d1") if i == 0 else (name,) for i, name in enumerate(names))
    sides = {
        "query": Examples(queries, queries, {"text": tuple(f"asks {i}" for i in range(N))}, relevant=relevant),
        "corpus": Examples(names, names, {"text": tuple(f"tells {i} " + "word " * 50 for i in range(N))}),
    }
    scoring: Scoring = catalogue().function("scoring", "retrieval")()
    predictor = zero_shot(None, None, None)
    found = scoring.predict(predictor, vectors, 20)
    outcomes = scoring.outcomes(sides, found, [catalogue().get("metric", "ndcg@10")])

    def compare(asked: list[int], told: list[int]) -> Any:
        assert predictor.compare is not None
        return predictor.compare(vectors["query"][asked], vectors["corpus"][told])

    return scoring, sides, found, outcomes, (compare, vectors)


def test_as_many_stand_above_as_the_rank_of_the_first_answer_says() -> None:
    scoring, _, found, outcomes, _ = searched()
    above = scoring.above(outcomes)
    assert above is not None
    for i, (own, order) in enumerate(zip(above, found.order.tolist(), strict=True)):
        answers = {i, 1} if i == 0 else {i}
        assert len(own) == next((rank for rank, one in enumerate(order) if one in answers), 20)
    gone = outcomes.__class__(**{**vars(outcomes), "ranking": np.full(N, "")})
    assert scoring.above(gone) is None  # a run of a version that did not keep rankings


def test_similarities_are_those_of_answer_and_wrong_document_wherever_the_answer_stands() -> None:
    scoring, sides, found, outcomes, (compare, _) = searched()
    told = scoring.negatives(sides, outcomes, found, compare)
    assert told is not None
    assert len(told.queries) == 12
    assert {one.rank is None for one in told.queries} == {True, False}
    for one in told.queries:
        i = sides["query"].items.index(one.item)
        alike = {place: float(compare([i], [place])[0]) for place in ([i, 1] if i == 0 else [i])}
        best = max(alike, key=alike.__getitem__)
        wrong = int(found.order[i, 0])
        expected = [float(compare([i], [place])[0]) for place in (best, wrong)]
        np.testing.assert_allclose(one.similarities, expected, atol=1e-9)
        assert one.answer.startswith(f"tells {best} ")
        assert one.wrong.startswith(f"tells {wrong} ")
        assert max(map(len, (one.answer, one.wrong))) <= 160
    assert len(told.texts) == 5
    bare = scoring.negatives(sides, outcomes, found, None)
    assert bare is not None
    assert {one.similarities[0] is None for one in bare.queries if one.rank is None} == {True}
