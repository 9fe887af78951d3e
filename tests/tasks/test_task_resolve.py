"""From what a suite says to a task, with everything that is wrong at once."""

from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import SuiteError
from harness.tasks import builtin, resolve


def messages(spec: Any) -> str:
    with pytest.raises(SuiteError) as caught:
        resolve(spec, Path("/suites"))
    return str(caught.value)


def test_builtin_tasks_have_what_tables_print() -> None:
    assert set(builtin()) == {
        "vader-sentiment",
        "vader-rating",
        "bbc-topics",
        "bbc-headlines",
        "bbc-leads",
        "synthetic-ner",
    }
    for name, task in builtin().items():
        assert resolve(name, Path()) == task
        first = {"classification": "accuracy", "retrieval": "ndcg@10", "tagging": "entity-f1"}
        first |= dict.fromkeys(("regression", "similarity"), "spearman")
        assert task.metrics[0] == first[task.kind]
        assert task.note


def test_one_domain_of_a_builtin_task() -> None:
    task = resolve("vader-sentiment/movies", Path())
    assert (task.name, task.domains) == ("vader-sentiment/movies", ("movies",))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vader-sentimant", "Did you mean 'vader-sentiment'"),
        ("vader-sentiment/movie", "Did you mean 'movies'"),
        ("bbc-topics/tech", "no domain 'tech'. Its domains are: none"),
    ],
)
def test_an_unknown_name_names_the_nearest(name: str, expected: str) -> None:
    assert expected in messages(name)


def test_paths_are_relative_to_the_suite() -> None:
    spec = {"name": "t", "train": "a.csv", "test": "../b.tsv", "text": "body", "label": "queue"}
    source = resolve(spec, Path("/suites")).source
    assert (str(source.train), str(source.test)) == ("/suites/a.csv", "/suites/../b.tsv")  # type: ignore[union-attr]


def test_a_hub_task_needs_no_file() -> None:
    spec = {"name": "sst2", "data": "hub:stanfordnlp/sst2", "text": "sentence", "revision": "main"}
    source = resolve(spec, Path()).source
    assert (source.repo, source.revision) == ("stanfordnlp/sst2", "main")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"data": "a.csv"}, "needs a `name`"),
        ({"name": "bbc-topics", "data": "a.csv"}, "taken by a built-in task"),
        ({"name": "t"}, "no data"),
        ({"name": "t", "train": "a.csv"}, "no data"),
        ({"name": "t", "data": "a.csv", "test": "b.csv"}, "give either it, or"),
        ({"name": "t", "train": "a.csv", "test": "a.csv"}, "the same file"),
        ({"name": "t", "data": "a.xlsx"}, "'a.xlsx'; expected"),
        ({"name": "t", "train": "hub:x/y", "test": "b.csv"}, "expected it in `data`"),
        ({"name": "t", "data": "a.csv", "revision": "x"}, "`revision` has no meaning for files"),
        ({"name": "t", "data": "hub:x/y", "encoding": "utf-8"}, "`encoding` has no meaning for the hub"),
        ({"name": "t", "data": "a.csv", "encoding": "utf-9"}, "'utf-9' is not known"),
        ({"name": "t", "data": "a.csv", "kind": "classify"}, "'classify' is not known"),
        ({"name": "t", "data": "a.csv", "query": "q"}, "say `kind: reranking` or `kind: retrieval`"),
        ({"name": "t", "data": "a.csv", "text": "t", "score": "s"}, "say `kind: regression`."),
        ({"name": "t", "data": "a.csv", "kind": "retrieval", "text": "q"}, "name `query` and `document`"),
        ({"name": "t", "data": "a.csv", "text": []}, "`text` names no column"),
        ({"name": "t", "data": "a.csv", "labels": {"a": "x", "b": "x"}}, "fewer than two classes"),
        ({"name": "t", "data": "a.csv", "test_share": 1.0}, "above 0 and below 1"),
        ({"name": "t", "train": "a.csv", "test": "b.csv", "test_share": 0.5}, "`test_share` has no meaning"),
        ({"name": "t", "train": "a.csv", "test": "b.csv", "time": "at"}, "no meaning beside `train` and `test`"),
        ({"name": "t", "data": "hub:x/y", "test_split": "z", "time": "at"}, "no meaning beside `test_split`"),
        ({"name": "t", "data": "a.csv", "kind": "retrieval", "time": "at"}, "`time` has no meaning for retrieval"),
        ({"name": "t", "data": "a.csv", "domain": "d", "time": {"column": "c", "as": "shift"}}, "it or `domain`"),
        ({"name": "t", "data": "a.csv", "kind": "retrieval", "min_class": 9}, "`min_class` has no meaning"),
    ],
)
def test_what_cannot_be_is_said(spec: dict[str, Any], expected: str) -> None:
    assert expected in messages(spec)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = messages({"name": "t", "data": "a.xlsx", "query": "q", "encoding": "utf-9"})
    assert said.count("tasks.t: ") == 3
