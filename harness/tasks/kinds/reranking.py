"""Queries, each with documents of its own, some of which answer it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.suite.schema import ColumnNames
from harness.tasks.kinds import Kind, examples_of, task_kind
from harness.tasks.sources.row import Reading, Row
from harness.tasks.splits import Item, Pool, draw, joined
from harness.tasks.task import Task, named_columns
from harness.tasks.text import counted, near, text_hash


class Listed(NamedTuple):
    """The candidates of a query by the hash of their text, each with its text and grade: 0 for no answer."""

    key: str
    documents: dict[str, tuple[str, float]]


@task_kind("reranking")
class Reranking(Kind):
    """A query and its own candidates; what answers it should stand before the others.

    Rows hold a query with two lists (as mteb has them), or a query and one document each, with 1 or 0 or a grade.
    """

    roles = {"query": "query", "corpus": "document"}
    read = stored = ("corpus",)
    typed = ("query",)
    target = "relevant"
    fields = {"query": str, "positive": str, "negative": str, "document": ColumnNames, "label": str}
    advice = "name `query`, and `positive` and `negative`, or `document` and `label`"
    metrics = ("map", "mrr@10")
    test_share = 1.0
    joined = "queries that share an answer"
    counted = ("query", "queries")

    def columns(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """`query`, with the lists `positive` and `negative`; or with `document`, and what `label` says of it."""
        found: dict[str, Any] = {"second": named_columns(spec.get("query", "query")), "label": None, "whole": True}
        if spec.keys() & {"document", "label"}:
            document, label = named_columns(spec.get("document", "document")), spec.get("label", "label")
            return {**found, "text": document, "number": label}
        lists = {name: spec.get(name, name) for name in ("positive", "negative")}
        return {**found, "text": (), **lists}

    def faults(self, spec: Mapping[str, Any]) -> list[str]:
        """No column named, both forms at once, a train side."""
        faults, lists = super().faults(spec), [f"`{name}`" for name in ("positive", "negative") if name in spec]
        if lists and (rows := [f"`{name}`" for name in ("document", "label") if name in spec]):
            both = f"{' and '.join(lists)} hold lists, {' and '.join(rows)} one document a row"
            faults.append(f"{both}; give one of both.")
        if "train" in spec:
            faults.append("`train` has no meaning for reranking, which learns nothing; give `data`, or `test` alone.")
        return faults

    def checked(self, task: Task, reading: Reading) -> Reading:
        """The rows, none of which has a grade below 0."""
        if any(row.number < 0 for row in reading.rows):
            n = counted(sum(row.number < 0 for row in reading.rows), "row")
            raise DataError(
                f"{reading.place}: {n} with a number below 0 in column {task.columns.number!r}; expected 0 for a "
                "document that does not answer, 1 or a grade for one that does."
            )
        return reading

    def content(self, row: Row) -> str:
        """What is asked."""
        return text_hash(row.second)

    def pool(self, task: Task, split: Mapping[str, list[Item]], reading: Reading) -> Pool:
        """One item a query of the test side, with all its candidates. DataError where no query has any to be ranked."""
        rows: dict[str, list[Item]] = defaultdict(list)
        for item in split["test"]:
            rows[item.key].append(item)
        listed = {key: Listed(key, _documents(own)) for key, own in rows.items()}
        kept = {
            key: own
            for key, own in listed.items()
            if {grade > 0 for _, grade in own.documents.values()} == {True, False}
        }
        pool = Pool([], (), notes=reading.notes, asked=tuple(own for _, own in sorted(kept.items())))
        pool = pool.noted(*_left_out_notes(listed), *_told_twice_note(rows, listed))
        if not kept:
            raise DataError(
                f"{reading.place}: no query has both a document that answers it and one that does not, so there is "
                f"nothing to rank. {'; '.join(pool.notes)}. Add rows, or name other columns."
            )
        names = joined(
            [[f"answer:{text_hash(near(own.documents[key][0]))}" for key in _answers(own)] for own in kept.values()]
        )
        first = {key: min(rows[key]) for key in kept}
        items = [
            Item(
                f"q:{one.id if one.id != key else key}",
                name if one.cluster == key else one.cluster,
                key,
                one.second,
                "",
                one.domain,
            )
            for (key, one), name in zip(first.items(), names, strict=True)
        ]
        n_documents = sum(len(own.documents) for own in kept.values())
        return pool._replace(test=tuple(sorted(items))).noted(f"{n_documents / len(kept):.1f} candidates a query")

    def examples(self, pool: Pool, items: Sequence[Item], role: str) -> Examples:
        """The queries with what they rank; or all that is ranked for one of them, each text once, in order of hash."""
        by_key = {own.key: own for own in pool.asked}
        mine = [by_key[item.key] for item in items]
        if role == "corpus":
            texts = {key: text for own in mine for key, (text, _) in own.documents.items()}
            documents = [Item(key, key, key, texts[key], "", "") for key in sorted(texts)]
            return examples_of(documents, [item.text for item in documents])
        answers = [_answers(own) for own in mine]
        return examples_of(
            items,
            [item.text for item in items],
            relevant=tuple(map(tuple, answers)),
            grades=tuple(tuple(own.documents[key][1] for key in keys) for own, keys in zip(mine, answers, strict=True)),
            candidates=tuple(tuple(sorted(own.documents)) for own in mine),
        )

    def tables(
        self, sides: Mapping[str, Mapping[str, Examples]]
    ) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
        """A row a query and candidate, with its grade."""
        queries, documents = sides["test"]["query"], sides["test"]["corpus"]
        texts, rows = dict(zip(documents.items, documents.text, strict=True)), list[dict[str, Any]]()
        for at, query in enumerate(queries.text):
            assert queries.relevant is not None
            assert queries.grades is not None
            assert queries.candidates is not None
            grades = dict(zip(queries.relevant[at], queries.grades[at], strict=True))
            beside = {"query": query, "group": queries.clusters[at]}
            rows += [{**beside, "document": texts[key], "label": grades.get(key, 0)} for key in queries.candidates[at]]
        fields = {"query": "query", "document": "document", "label": "label", "group": "group"}
        return {"test.jsonl": rows}, {"test": "test.jsonl", **fields}

    def measured(self, pool: Pool) -> list[str]:
        """The candidates."""
        return [text for own in pool.asked for text, _ in own.documents.values()]

    def sample(self, pool: Pool, n: int) -> list[str]:
        """As many queries, and a candidate of each."""
        drawn = {item.key for item in draw(pool.test, n, seed=0)}
        firsts = [min(own.documents.items())[1][0] for own in pool.asked if own.key in drawn]
        return [*(item.text for item in pool.test if item.key in drawn), *firsts]


def _documents(items: Sequence[Item]) -> dict[str, tuple[str, float]]:
    """The documents that rows of one query name, each once, with the best of its grades; empty ones are none."""
    found: dict[str, tuple[str, float]] = {}
    for item in sorted(items):
        key = text_hash(item.text)
        found[key] = (found.get(key, (item.text, 0.0))[0], max(item.value, found.get(key, ("", 0.0))[1]))
    return found


def _answers(own: Listed) -> list[str]:
    return sorted(key for key, (_, grade) in own.documents.items() if grade > 0)


def _left_out_notes(listed: Mapping[str, Listed]) -> list[str]:
    """Notes that count the queries that have nothing to be ranked before anything else."""
    grades = [{grade > 0 for _, grade in own.documents.values()} for own in listed.values()]
    counts = {"that no candidate answers": {False}, "that all candidates answer": {True}}
    return [
        f"{counted(grades.count(which), 'query', 'queries')} {what} left out"
        for what, which in counts.items()
        if which in grades
    ]


def _told_twice_note(rows: Mapping[str, Sequence[Item]], listed: Mapping[str, Listed]) -> list[str]:
    """A note that counts the rows that name a candidate of a query again."""
    n_again = sum(len(own) - len(listed[key].documents) for key, own in rows.items())
    return (
        [f"{counted(n_again, 'candidate')} named twice for a query counted once, by the best grade"] if n_again else []
    )
