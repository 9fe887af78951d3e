"""Documents, and queries that they answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.seeds import seed_of
from harness.suite.schema import ColumnNames
from harness.tasks.kinds import Kind, examples_of, task_kind
from harness.tasks.sources.row import Query, Reading, Row
from harness.tasks.splits import Item, Pool, draw, drawn_by, joined, without
from harness.tasks.task import TABLES, TablesSource, Task, named_columns
from harness.tasks.text import counted, near, text_hash


@task_kind("retrieval")
class Retrieval(Kind):
    """Documents searched by queries; rows of query and document, or a table of relevance, say what answers what.

    Of rows, documents are their texts: copies are merged. Of tables they are their ids, and stay as they are.
    """

    roles = {"query": "query", "corpus": "document"}
    read = stored = ("corpus",)
    typed = ("query",)
    target = "relevant"
    fields = {"query": str, "document": ColumnNames, "label": str, **dict.fromkeys(TABLES, str)}
    advice = "name `query` and `document`"
    metrics = ("ndcg@10", "recall@10")
    objective = "contrastive"
    test_share = 1.0
    joined = "questions that share an answer"
    counted = ("query", "queries")

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`document`, `query`, and a topic (`label`) where one is named."""
        return {
            "text": named_columns(spec.get("document", "document")),
            "second": named_columns(spec.get("query", "query")),
            "label": spec.get("label"),
        }

    def pool(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """Each document once, and the queries of the whole task beside them; tables are kept as they are."""
        if reading.queries:
            by_id = sorted(item._replace(key=item.id) for item in split["test"])
            _check_choice(by_id, reading.place, "Add documents.")
            return self._told(Pool([], by_id, notes=reading.notes, asked=reading.queries))
        train, test = documents_of(split["train"]), documents_of(split["test"])
        kept, rows = without(train, test), reading.rows
        _check_choice(test, reading.place, "Add rows, or raise `test_share`.")
        queries = queries_of(rows, [*train, *test])
        n_merged, n_repeated = len(rows) - len(train) - len(test), len(rows) - len(queries)
        notes = [*reading.notes]
        if n_merged:
            notes.append(f"{n_merged:,} exact duplicates of documents merged")
        if n_repeated:
            notes.append(f"{n_repeated:,} repeated queries merged into one, with all documents that answer it")
        return self._told(Pool(kept, test, n_merged, len(train) - len(kept), notes=tuple(notes), asked=tuple(queries)))

    def _told(self, pool: Pool) -> Pool:
        return pool.noted(f"{self.n_scored(pool):,} queries")

    def draw(self, pool: Pool, items: Sequence[Item], size: int, seed: int) -> list[Item]:
        """Of tables the answers of queries, one query after the other, and as many other documents after each."""
        if not _is_of_tables(pool):
            return draw(items, size, seed)
        by_key = {item.key: item for item in items}
        others = iter(sorted(items, key=lambda item: drawn_by(seed, item.id)))
        drawn = dict[str, Item]()
        for query in sorted(pool.asked, key=lambda query: drawn_by(seed, query.id)):
            answers = {key: by_key[key] for key in query.relevant if key not in drawn}
            drawn |= answers
            new = (item for item in others if item.key not in drawn)
            drawn |= {item.key: item for item in islice(new, len(answers))}
        drawn |= {item.key: item for item in others if item.key not in drawn}
        return sorted(islice(drawn.values(), size))

    def examples(self, pool: Pool, items: Sequence[Item], role: str) -> Examples:
        """The documents; or the queries that one of them answers, whose domain is that of their first document.

        Of tables the queries all of whose answers are there; DataError where there is none.
        """
        if role == "corpus":
            return examples_of(items, [item.text for item in items])
        by_key = {item.key: item for item in items}
        found = [
            (query, sorted((by_key[key], grade) for key, grade in query.answers if key in by_key))
            for query in pool.asked
        ]
        whole = _is_of_tables(pool)
        answered = [(query, own) for query, own in found if own and (not whole or len(own) == len(query.relevant))]
        if whole and not answered:
            least = min(len(query.relevant) for query in pool.asked)
            raise DataError(
                f"a sample of {len(items):,} documents holds all the answers of no query (the fewest are {least}); "
                "raise `max_samples.test`, which counts documents."
            )
        queries = [Item(q.id, q.cluster, q.id, q.text, "", own[0][0].domain) for q, own in answered]
        relevant = tuple(tuple(document.id for document, _ in own) for _, own in answered)
        grades = tuple(tuple(grade for _, grade in own) for _, own in answered) if whole else None
        return examples_of(queries, [query.text for query in queries], relevant=relevant, grades=grades)

    def matched(self, sides: Mapping[str, Examples]) -> Examples:
        """Each query with each document that answers it, whose id is its one candidate."""
        queries, corpus = sides["query"], sides["corpus"]
        place = {item: at for at, item in enumerate(corpus.items)}
        pairs = [(at, item) for at, own in enumerate(queries.relevant or ()) for item in own if item in place]
        asked = queries.take([at for at, _ in pairs])
        documents = tuple(corpus.text[place[item]] for _, item in pairs)
        fields = {"query": asked.text, "corpus": documents}
        return replace(asked, fields=fields, candidates=tuple((item,) for _, item in pairs))

    def tables(
        self, sides: Mapping[str, Mapping[str, Examples]]
    ) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
        """Queries, documents, and which document answers which query: the three files of BEIR's layout."""
        queries, documents = sides["test"]["query"], sides["test"]["corpus"]
        grades = queries.grades or tuple((1.0,) * len(own) for own in queries.relevant or ())
        judged = zip(queries.items, queries.relevant or (), grades, strict=True)
        return {
            "queries.jsonl": [{"_id": i, "text": text} for i, text in zip(queries.items, queries.text, strict=True)],
            "corpus.jsonl": [{"_id": i, "text": text} for i, text in zip(documents.items, documents.text, strict=True)],
            "relevance.jsonl": [
                {"query-id": query, "corpus-id": document, "score": grade}
                for query, own, grades in judged
                for document, grade in zip(own, grades, strict=True)
            ],
        }, {"queries": "queries.jsonl", "corpus": "corpus.jsonl", "relevance": "relevance.jsonl"}

    def n_scored(self, pool: Pool) -> int:
        """The queries that a test document answers."""
        keys = {item.key for item in pool.test}
        return sum(not keys.isdisjoint(query.relevant) for query in pool.asked)

    def sample(self, pool: Pool, n: int) -> list[str]:
        """As many documents and queries."""
        queries = sorted(pool.asked, key=lambda query: seed_of(query.id))[:n]
        return [*(item.text for item in draw(pool.test, n, seed=0)), *(query.text for query in queries)]

    def cluster(self, task: Task, has_groups: bool) -> str:
        """Groups, or what an answer joins; of tables, where an answer may join all queries, near copies of a query."""
        is_alike = isinstance(task.source, TablesSource) and task.columns.group is None
        return "near copies of a query together" if is_alike else super().cluster(task, has_groups)


def _is_of_tables(pool: Pool) -> bool:
    """Whether queries stood in a table of their own, with grades of what answers them."""
    return any(query.grades for query in pool.asked)


def _check_choice(documents: Sequence[Item], place: str, advice: str) -> None:
    if len(documents) < 2:
        raise DataError(
            f"{place}: {counted(len(documents), 'document')} on the test side; expected at least two to choose from. "
            f"{advice}"
        )


def documents_of(items: Iterable[Item]) -> list[Item]:
    """One item a document, the first by id, in order of id; a copy under another topic is a copy too."""
    return sorted({item.key: item for item in sorted(items, reverse=True)}.values())


def queries_of(rows: Iterable[Row], documents: Sequence[Item]) -> list[Query]:
    """One query a question, in order of id; equal questions become one that all their documents answer.

    Its id is that of its first row (or the hash of its text) with `q:` before it. Its cluster is its row's group where
    the user named groups. Else queries that share an answer, be it through other queries, are one cluster, named by the
    least of the answers; near copies among `documents`, all of the task, are one answer. Looked at is the whole task,
    not what a sample searches: so a query is in the same cluster in every sample, and less code does it.
    """
    answer = {document.key: f"answer:{text_hash(near(document.text))}" for document in documents}
    copies: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        copies[text_hash(row.second)].append(row)
    relevant = [tuple(sorted({text_hash(row.text) for row in same})) for same in copies.values()]
    names = joined([[answer[key] for key in keys] for keys in relevant])
    queries = []
    for (key, same), keys, name in zip(copies.items(), relevant, names, strict=True):
        first = min(same)
        queries.append(Query(f"q:{first.id or key}", first.group or name, first.second, keys))
    return sorted(queries)
