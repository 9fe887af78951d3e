"""Metrics of a ranking of documents for each query: functions of where the documents stand that answer it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core.data import Outcomes
from harness.core.errors import DataError
from harness.core.registry import Component
from harness.metrics.declare import Floats, metric, ratio

#: Only so many documents of a ranking count.
DEPTH = 10
#: What the document at each rank adds to nDCG.
DISCOUNTS = 1 / np.log2(np.arange(2, DEPTH + 2))


class Judged(NamedTuple):
    """The documents that answer queries, an entry each, (n,).

    `query` counts from 0 to `n_queries` - 1. `rank` counts from 1 and is infinite for a document that is not in the
    ranking. `grade`, over 0, says how well it answers: 1 where nobody graded.
    """

    n_queries: int
    query: NDArray[np.intp]
    rank: Floats
    grade: Floats


def judged(ranks: Sequence[Sequence[float]], grades: Sequence[Sequence[float]] | None = None) -> Judged:
    """From the ranks of the judged documents of each query, and their grades; a document judged 0 answers nothing.

    DataError names the first query that nothing answers.
    """
    query = np.repeat(np.arange(len(ranks)), [len(one) for one in ranks])
    rank = np.array([r for one in ranks for r in one], dtype=np.float64)
    grade = np.ones(len(rank)) if grades is None else np.array([g for one in grades for g in one], dtype=np.float64)
    found = Judged(len(ranks), query[grade > 0], rank[grade > 0], grade[grade > 0])
    if len(without := np.setdiff1d(np.arange(len(ranks)), found.query)):
        raise DataError(f"query {without[0] + 1} of {len(ranks)} has no relevant document, so it cannot be scored.")
    return found


def in_ranking(ranked: Sequence[Sequence[str]], relevant: Sequence[Collection[str] | Mapping[str, float]]) -> Judged:
    """From each query's documents, best first, and those that answer it, by grade where they have one."""
    ranks, grades = [], []
    for documents, answers in zip(ranked, relevant, strict=True):
        place = {document: rank for rank, document in reversed(list(enumerate(documents, 1)))}
        known = answers if isinstance(answers, Mapping) else dict.fromkeys(answers, 1.0)
        ranks.append([place.get(document, np.inf) for document in known])
        grades.append(list(known.values()))
    return judged(ranks, grades)


def written(answers: Mapping[str, float]) -> str:
    """Hashes of documents with their grades, as outcomes have them: `0a1b|22cc=3`; a grade of 1 is not written."""
    return "|".join(name if grade == 1 else f"{name}={grade!r}" for name, grade in sorted(answers.items()))


def answers_of(text: str) -> dict[str, float]:
    """What `written` wrote."""
    pairs = (one.partition("=") for one in text.split("|"))
    return {name: float(grade or 1) for name, _, grade in pairs}


def query_sums(metrics: Iterable[Component], found: Judged) -> dict[str, Floats]:
    """The columns of a search's outcomes that these metrics add up, (n_queries,) each, by the metric's name."""
    return {m.name: m.facts["per_query"](found) for m in metrics if "per_query" in m.facts}


def needs_all_ranks(metrics: Iterable[Component]) -> bool:
    """Whether one of these metrics looks beyond the first ten documents."""
    return any("per_query" in m.facts and m.facts["depth"] is None for m in metrics)


def _column(name: str, outcomes: Outcomes) -> Floats:
    """(n_queries, 2): the value of each query; 1."""
    values = np.asarray(outcomes.sums[name], dtype=np.float64)
    return np.stack([values, np.ones(len(values))], axis=1)


def _chances(of_query: Callable[[int, int], float], grades: Sequence[Sequence[float]], n_documents: int) -> float:
    """What random orders score: the mean over queries, by how many answers each has. NaN without queries."""
    answers, counts = np.unique([len(own) for own in grades], return_counts=True)
    each = [of_query(n, n_documents) for n in answers.tolist()]
    return float(np.average(each, weights=counts)) if each else float("nan")


def _random_ndcg(grades: Sequence[Sequence[float]], n_documents: int) -> float:
    """Mean nDCG@10 of random orders: each rank holds each of the `n_documents` with the same chance.

    `grades` are those of each query's answers; NaN without queries.
    """
    gain = DISCOUNTS[:n_documents].sum() / n_documents
    best = [np.sort(own)[::-1][:DEPTH] @ DISCOUNTS[: len(own)] for own in grades]
    each = [gain * sum(own) / most for own, most in zip(grades, best, strict=True)]
    return float(np.mean(each)) if each else float("nan")


def _random_recall(grades: Sequence[Sequence[float]], n_documents: int) -> float:
    """Recall@10 of random orders: the share of the documents that ten are, however many of them are answers."""
    return min(DEPTH, n_documents) / n_documents


def _random_reciprocal(n_relevant: int, n_documents: int) -> float:
    """The first of r answers stands at rank k with the chance that the k - 1 before it are others."""
    chance, none_yet = 0.0, 1.0
    for k in range(1, min(DEPTH, n_documents - n_relevant + 1) + 1):
        here = none_yet * n_relevant / (n_documents - k + 1)
        chance, none_yet = chance + here / k, none_yet - here
    return chance


def _random_precision(n_relevant: int, n_documents: int) -> float:
    """At each rank k stands an answer with chance r / n, and of the k - 1 before it (r - 1) / (n - 1) are answers."""
    harmonic = float(np.sum(1 / np.arange(1, n_documents + 1)))
    others = (n_relevant - 1) / (n_documents - 1) * (n_documents - harmonic) if n_documents > 1 else 0.0
    return (harmonic + others) / n_documents


def _by_size(
    chance: Callable[[Sequence[Sequence[float]], int], float],
    grades: Sequence[Sequence[float]],
    n_documents: int | Sequence[int],
) -> float:
    """The mean of chance over queries that rank `n_documents`, all as many or each its own."""
    if isinstance(n_documents, int):
        return chance(grades, n_documents)
    found = 0.0
    for size, n in zip(*np.unique(np.asarray(n_documents, dtype=int), return_counts=True), strict=True):
        mine = [own for own, of in zip(grades, n_documents, strict=True) if of == size]
        found += chance(mine, int(size)) * int(n)
    return found / len(grades) if grades else float("nan")


def query_metric(
    name: str, *, label: str, chance: Callable[[Sequence[Sequence[float]], int], float], depth: int | None = DEPTH
) -> Callable[[Callable[[Judged], Floats]], Callable[[Floats], Floats]]:
    """Make a function from where the answers stand to a value a query, (n_queries,), a metric: the mean of these.

    `depth` says how many documents of a ranking it looks at; None for all of them. `chance` is of queries that all rank
    as many documents; where each has its own, the metric's takes a list of numbers.
    """

    def decorate(per_query: Callable[[Judged], Floats]) -> Callable[[Floats], Floats]:
        @wraps(per_query)
        def mean(sums: Floats) -> Floats:
            return ratio(sums[..., 0], sums[..., 1])

        facts: dict[str, Any] = {"columns": partial(_column, name), "per_query": per_query, "depth": depth}
        facts |= {"unit": "mean over queries", "test": "sign-flip", "targets": ("relevant",)}
        return metric(name, label=label, chance=partial(_by_size, chance), **facts)(mean)

    return decorate


@query_metric("ndcg@10", label="nDCG@10", chance=_random_ndcg)
def ndcg(found: Judged) -> Floats:
    """How high the answers stand among the first ten documents, mean over queries.

    The discounted gain of these documents over that of the best ranking. The gain is the grade itself, as trec_eval has
    it. Järvelin, Kekäläinen 2002, doi:10.1145/582415.582418.
    """
    grades, ideal = np.zeros((found.n_queries, DEPTH)), np.zeros((found.n_queries, DEPTH))
    near = found.rank <= DEPTH
    grades[found.query[near], found.rank[near].astype(int) - 1] = found.grade[near]
    query, place, order = _counted(found.query, -found.grade)
    ideal[query[place <= DEPTH], place[place <= DEPTH] - 1] = found.grade[order][place <= DEPTH]
    return np.asarray(grades @ DISCOUNTS / np.cumsum(ideal * DISCOUNTS, axis=1)[:, -1])


@query_metric("recall@10", label="recall@10", chance=_random_recall)
def recall(found: Judged) -> Floats:
    """The share of answers that the first ten documents hold, mean over queries."""
    near = np.bincount(found.query[found.rank <= DEPTH], minlength=found.n_queries)
    return np.asarray(near / np.bincount(found.query, minlength=found.n_queries))


@query_metric("mrr@10", label="MRR@10", chance=partial(_chances, _random_reciprocal))
def reciprocal_rank(found: Judged) -> Floats:
    """1 over the rank of the first answer, 0 where the first ten documents hold none, mean over queries."""
    first = np.full(found.n_queries, np.inf)
    np.minimum.at(first, found.query, found.rank)
    return np.where(first <= DEPTH, 1 / first, 0.0)


@query_metric("map", label="MAP", chance=partial(_chances, _random_precision), depth=None)
def mean_average_precision(found: Judged) -> Floats:
    """The precision at the rank of each answer, over all documents, mean over answers and then over queries."""
    query, place, order = _counted(found.query, found.rank)
    total = np.bincount(query, weights=place / found.rank[order], minlength=found.n_queries)
    return np.asarray(total / np.bincount(query, minlength=found.n_queries))


def _counted(query: Any, by: Any) -> tuple[Any, Any, Any]:
    """Entries sorted within each query: the query of each, which one it is there, from 1, and which entry it is."""
    order = np.lexsort((by, query))
    query = query[order]
    return query, np.arange(1, len(query) + 1) - np.searchsorted(query, query), order
