"""Scores of a search: which documents are found for a query, and in which order."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import Any

import numpy as np

from harness.core.data import Examples, Negatives, Outcomes, Outranked
from harness.core.registry import Component
from harness.metrics.retrieval import answers_of, in_ranking, judged, needs_all_ranks, query_sums, written
from harness.modes import Predictor
from harness.scoring import Found, Scoring, contents, outcomes_of, scoring
from harness.tasks.text import start_of

#: Queries to look at above whose answers others stand, and documents that do so most often, of a cell.
N_KEPT, N_OFTEN = 12, 5
#: Documents whose similarity to a query differs by this share, or less, are as near as rounding tells.
TIED = 1e-5


@scoring("retrieval")
class Retrieval(Scoring):
    """The documents most similar to a query."""

    def sought(self, clean: Mapping[str, Examples], metrics: Sequence[Component]) -> Any:
        """The documents that answer each query, where a metric looks beyond the first."""
        if not needs_all_ranks(metrics):
            return None
        place = {item: at for at, item in enumerate(clean["corpus"].items)}
        return [[place[item] for item in relevant] for relevant in clean["query"].relevant or ()]

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int, sought: Any = None) -> Found:
        """The first documents of each query; the prediction is the first."""
        assert predictor.rank is not None
        order, similarity, *ranks = predictor.rank(inputs["query"], inputs["corpus"], depth, sought)
        return Found(order[:, 0], similarity[:, 0], order, similarity, *ranks)

    def outcomes(self, clean: Mapping[str, Examples], found: Found, metrics: Sequence[Component]) -> Outcomes:
        """The first document against all relevant ones, and hashes of those found first and of those that answer."""
        queries, corpus, grades = clean["query"], clean["corpus"], grades_of(clean["query"])
        assert queries.relevant is not None
        names, texts = np.array(corpus.items), np.array(document_hashes(corpus.text))
        orders = [own[own >= 0] for own in found.order]  # some queries may have fewer documents
        ids = [names[own] for own in orders]
        by_id = dict(zip(corpus.items, texts.tolist(), strict=True))
        answers = [dict(zip(*own, strict=True)) for own in zip(queries.relevant, grades, strict=True)]
        ranks = in_ranking(ids, answers) if found.ranks is None else judged(found.ranks, grades)
        return outcomes_of(
            queries,
            np.array(["|".join(relevant) for relevant in queries.relevant]),
            Found(np.array([own[0] for own in ids], dtype=str), found.scores),
            self.contents(queries, by_id),
            sums=query_sums(metrics, ranks),
            answers=np.array([written({by_id[one]: grade for one, grade in own.items()}) for own in answers]),
            ranking=np.array(["|".join(texts[own].tolist()) for own in orders]),
        )

    def contents(self, queries: Examples, hashes: Mapping[str, str]) -> Any:
        """What each query is; `hashes` are those of documents by their id."""
        return contents(queries.items, queries.text)

    def knows(self, outcomes: Outcomes, examples: Mapping[str, Examples], index: Any) -> tuple[Any, ...]:
        """The grades of what answers each query, and how many documents are searched."""
        queries = examples["query"]
        places = range(len(queries)) if index is None else np.arange(len(queries))[index]
        return ([grades_of(queries)[place] for place in places], len(examples["corpus"]))

    def changed(self, before: Found, after: Found) -> Any:
        """Whether another document is first, unless the two are as near as rounding tells."""
        first = after.similarity[after.order == before.order[:, :1]]
        return after.similarity[:, 0] - first > TIED * np.abs(after.similarity[:, 0])

    def right(self, outcomes: Outcomes) -> Any:
        """Whether the first document answers the query."""
        both = zip(outcomes.gold.tolist(), outcomes.prediction.tolist(), strict=True)
        return np.array([first in answers.split("|") for answers, first in both], dtype=bool)

    def telling(self, before: Outcomes, after: Outcomes) -> Any:
        """Whether the first document that answers a query stands further down."""
        return _first_ranks(after) > _first_ranks(before)

    def said(self, outcomes: Outcomes) -> list[str]:
        """The rank of that document, where it is among those that are kept."""
        kept = [1 + ranking.count("|") for ranking in outcomes.ranking.tolist()]
        ranks = zip(_first_ranks(outcomes).tolist(), kept, strict=True)
        return [f"rank {rank:.0f}" if np.isfinite(rank) else f"beyond rank {n}" for rank, n in ranks]

    def asked(self, outcomes: Outcomes) -> list[str]:
        """Nothing: a document that answers stands among the texts."""
        return [""] * len(outcomes)

    def hidden(self, outcomes: Outcomes, hide: Any) -> dict[str, Any]:
        """The ids of documents."""
        gold = [np.array(value.split("|")) for value in outcomes.gold.tolist()]
        return {"gold": np.array(["|".join(hide(ids)) for ids in gold]), "prediction": hide(outcomes.prediction)}

    def above(self, outcomes: Outcomes) -> list[list[str]] | None:
        """All documents that are kept, where no answer is among them; None where none are."""
        if not any(outcomes.ranking.tolist()):
            return None
        pairs = zip(outcomes.ranking.tolist(), outcomes.answers.tolist(), strict=True)
        ranked = ((ranking.split("|"), answers_of(answers)) for ranking, answers in pairs)
        return [list(takewhile(partial(_is_wrong, own), ranking)) for ranking, own in ranked]

    def negatives(self, sides: Mapping[str, Examples], outcomes: Outcomes, found: Found, compare: Any) -> Negatives:
        """The first queries in the order of the hashes of what they are, so that all rows show the same ones."""
        queries, corpus, above = sides["query"], sides["corpus"], self.above(outcomes) or []
        by_hash = dict(zip(document_hashes(corpus.text), corpus.text, strict=True))
        place = {item: at for at, item in enumerate(corpus.items)}
        some = sorted((at for at, own in enumerate(above) if own), key=outcomes.content.tolist().__getitem__)[:N_KEPT]
        told = []
        for at in some:
            rank, order, similarity = len(above[at]) + 1, found.order[at].tolist(), found.similarity[at].tolist()
            is_kept = rank <= len(order)
            answers = [place[item] for item in (queries.relevant or ())[at]]
            best, own = (order[rank - 1], similarity[rank - 1]) if is_kept else _nearest(at, answers, compare)
            query, answer, wrong = map(start_of, (queries.text[at], corpus.text[best], corpus.text[order[0]]))
            known = rank if is_kept else None
            told.append(Outranked(queries.items[at], query, answer, wrong, known, (own, similarity[0])))
        often = Counter(one for own in above for one in own).most_common(N_OFTEN)
        return Negatives(tuple(told), {one: start_of(by_hash[one]) for one, _ in often})


def _is_wrong(answers: Mapping[str, float], document: str) -> bool:
    return document not in answers


def _nearest(query: int, answers: Sequence[int], compare: Any) -> tuple[int, float | None]:
    """The answer most similar to a query, and how similar; the first where nothing tells."""
    if compare is None:
        return answers[0], None
    similarities = compare([query] * len(answers), list(answers))
    best = int(np.argmax(similarities))
    return answers[best], float(similarities[best])


def _first_ranks(outcomes: Outcomes) -> Any:
    """(n,) the rank of the first document that answers each query; infinite beyond those that are kept."""
    pairs = zip(outcomes.ranking.tolist(), outcomes.answers.tolist(), strict=True)
    ranked = ((ranking.split("|"), answers_of(answers)) for ranking, answers in pairs)
    return np.array([next((n for n, one in enumerate(r, 1) if own.get(one)), np.inf) for r, own in ranked])


def grades_of(queries: Examples) -> Sequence[Sequence[float]]:
    """The grade of each document that answers a query: 1 where nobody graded."""
    return queries.grades or [[1.0] * len(own) for own in queries.relevant or ()]


def document_hash(text: str) -> str:
    """8 hex digits over the text of a document, whatever its id."""
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def document_hashes(texts: Sequence[str]) -> list[str]:
    """The hash of each document; further copies of a text have hashes of their own."""
    n_before, found = Counter[str](), list[str]()
    for text in texts:
        found.append(document_hash(f"{text}\0{n_before[text]}" if n_before[text] else text))
        n_before[text] += 1
    return found
