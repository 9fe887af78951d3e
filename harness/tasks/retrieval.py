"""Pairs of query and document as a corpus and the questions to it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from harness.tasks.sources.row import Row
from harness.tasks.splits import Item
from harness.tasks.text import text_hash


class Query(NamedTuple):
    """A question and the documents that answer it: their keys (the hash of the normalised text)."""

    id: str
    cluster: str
    text: str
    relevant: tuple[str, ...]


def documents_of(items: Iterable[Item]) -> list[Item]:
    """One item a document, the first by id, in order of id; a copy under another topic is a copy too."""
    first: dict[str, Item] = {}
    for item in sorted(items, reverse=True):
        first[item.key] = item
    return sorted(first.values())


def queries_of(rows: Iterable[Row]) -> list[Query]:
    """One query a question, in order of id; equal questions become one that all their documents answer.

    Its id is that of its first row (or the hash of its text) with `q:` before it. Its cluster is its row's
    group where the user named groups, else its id.
    """
    copies: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        copies[text_hash(row.query)].append(row)
    queries = []
    for key, same in copies.items():
        first = min(same)
        name = f"q:{first.id or key}"
        relevant = sorted({text_hash(row.text) for row in same})
        queries.append(Query(name, first.group or name, first.query, tuple(relevant)))
    return sorted(queries)
