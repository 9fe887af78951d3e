"""`init` of data that the names of columns tell: words and tags, candidates of a query, several labels, clusters."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from harness import api
from tests.fakes.command import Command
from tests.fakes.desk import Desk

TAGGED = [{"tokens": ["Anna", "met", f"guest{i}"], "ner_tags": ["B-per", "O", "O"]} for i in range(20)]
LABELS: tuple[list[str], ...] = (["kind"], ["kind", "cold"], ["cold"], [])
SEVERAL = [
    {"text": f"the waiter of table {i} was kind and brought it cold", "labels": LABELS[i % 4]} for i in range(40)
]
RERANKED = [
    {"query": f"where do I find number {i}", "positive": [f"number {i} is here"], "negative": ["a shop", "a house"]}
    for i in range(12)
]
CONLL = "".join(f"Anna B-per\nmet O\nguest{i} O\n\n" for i in range(20))
CLUSTERED = [
    {"text": f"the {('waiter', 'engine')[i % 2]} number {i} was there again", "cluster_id": str(i % 2)}
    for i in range(40)
]


def jsonl(rows: Sequence[Mapping[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("ner.jsonl", jsonl(TAGGED), "tagging"),
        ("words.conll", CONLL, "tagging"),
        ("topics.jsonl", jsonl(SEVERAL), "multi-label"),
        ("ranked.jsonl", jsonl(RERANKED), "reranking"),
        ("heaps.jsonl", jsonl(CLUSTERED), "clustering"),
    ],
)
def test_the_suite_is_written_and_can_be_planned(
    desk: Desk, command: Command, name: str, content: str, kind: str
) -> None:
    Path(name).write_text(content, encoding="utf-8")
    said = command("init", name)
    assert said.code == 0, said.err
    assert f"kind: {kind}; " in said.out
    suite = Path(name).with_suffix(".yaml")
    assert f"harness run {suite}" in said.out
    (task,) = api.suite(suite).tasks
    assert task.spec is not None
    assert task.spec["kind"] == kind
    suite.write_text(suite.read_text(encoding="utf-8").replace("minilm, minilm-3layers", "./one"), encoding="utf-8")
    planned = command("plan", str(suite))
    assert planned.code == 0, planned.out + planned.err
    assert command("init", name).code == 2  # there already


def test_lists_that_break_a_task_are_told_and_nothing_is_written(desk: Desk, command: Command) -> None:
    rows = [{"tokens": ["a", "b"], "tags": ["O"]} for _ in range(3)]
    Path("short.jsonl").write_text(jsonl(rows), encoding="utf-8")
    said = command("init", "short.jsonl")
    assert said.code == 2
    assert "2 words in 'tokens' and 1 tag" in said.err
    assert not Path("short.yaml").exists()


def test_clusters_that_somebody_names_as_a_label_or_beside_a_label_are_classes(desk: Desk, command: Command) -> None:
    Path("heaps.jsonl").write_text(jsonl(CLUSTERED), encoding="utf-8")
    assert "to learn the clusters as classes: --label cluster_id" in command("init", "heaps.jsonl").out
    said = command("init", "heaps.jsonl", "--label", "cluster_id", "--force")
    assert said.code == 0, said.err
    Path("both.jsonl").write_text(jsonl([{**row, "label": "ab"[i % 2]} for i, row in enumerate(CLUSTERED)]))
    assert command("init", "both.jsonl").code == 0
    for name in ("heaps", "both"):
        (task,) = api.suite(f"{name}.yaml").tasks
        assert task.spec is not None
        assert "kind" not in task.spec
