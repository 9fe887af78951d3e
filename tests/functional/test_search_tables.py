"""A user's search in three tables, graded, with documents that answer nothing; and what a gate says of it."""

import json
import math
from pathlib import Path

import pytest

from tests.fakes.command import Command
from tests.fakes.desk import Desk, failed
from tests.fakes.gates import gate

SUITE = """
name: help
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [zero-shot]
tasks:
  - name: help
    kind: retrieval
    queries: queries.jsonl
    corpus: corpus.jsonl
    relevance: qrels/test.tsv
    metrics: [ndcg@10, map, recall@10]
conditions: [misspellings, truncate]
latency: false
device: cpu
"""
WORDS, N = ("printer", "router", "screen", "camera", "speaker", "charger"), 30


def write(folder: Path, n_documents: int = 3 * N) -> None:
    """Query i is answered well by document i and a little by document N + i; the copy of i, 2 N + i, is not judged."""
    queries = [{"_id": f"q{i}", "text": f"where is {WORDS[i % 6]} {WORDS[i // 6]}?"} for i in range(N)]
    corpus = [
        {
            "_id": f"d{i}",
            "title": f"{WORDS[i % N % 6]} {WORDS[i % N // 6]}",
            "text": f"in room {i % N % 7}" + " now" * (i // N % 2),
        }
        for i in range(n_documents)
    ]
    rows = ["query-id\tcorpus-id\tscore"]
    rows += [f"q{i}\td{k * N + i}\t{grade}" for i in range(N) for k, grade in ((0, 3), (1, 1))]
    (folder / "qrels").mkdir(exist_ok=True)
    (folder / "qrels" / "test.tsv").write_text("\n".join(rows))
    for name, table in (("queries", queries), ("corpus", corpus)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in table))


def ndcg(ranking: list[str], grades: dict[str, float]) -> float:
    """As trec_eval has it, written out."""
    gained = sum(grades.get(one, 0) / math.log2(rank + 1) for rank, one in enumerate(ranking[:10], 1))
    ideal = sorted(grades.values(), reverse=True)[:10]
    return gained / sum(grade / math.log2(rank + 1) for rank, grade in enumerate(ideal, 1))


def test_grades_reach_the_scores_and_all_documents_are_searched(desk: Desk) -> None:
    write(desk.path)
    run = desk.run(SUITE)
    assert failed(run) == {}
    (info,) = run.manifest["tasks"].values()
    assert (info["n_test"], info["n_documents"], info["n_clusters"]) == (N, 3 * N, N)
    assert run.cells
    for cell in run.cells:
        outcomes = run.outcomes(cell.key)
        assert {gold.count("|") for gold in outcomes.gold} == {1}
        for ranking, answers, value in zip(outcomes.ranking, outcomes.answers, outcomes.sums["ndcg@10"], strict=True):
            grades = {one.split("=")[0]: float(([*one.split("="), "1"])[1]) for one in answers.split("|")}
            assert sorted(grades.values()) == [1, 3]
            assert ndcg(ranking.split("|"), grades) == pytest.approx(value, abs=1e-6)
        assert cell.scores["ndcg@10"].value == pytest.approx(outcomes.sums["ndcg@10"].mean())
        assert 0 < cell.chance < 0.2


def test_a_sample_and_a_private_run_hold_no_id(desk: Desk) -> None:
    write(desk.path)
    run = desk.run(SUITE.replace("latency", "max_samples: {test: 40}\nreport: {texts: none}\nlatency"))
    assert failed(run) == {}
    (info,) = run.manifest["tasks"].values()
    assert info["n_documents"] == 40
    assert N > info["n_test"] >= 10
    for cell in run.cells:
        outcomes = run.outcomes(cell.key)
        assert not {*outcomes.item, *outcomes.prediction} & {f"{kind}{i}" for kind in "qd" for i in range(3 * N)}


def test_the_gate_compares_the_same_documents_and_says_where_they_are_others(desk: Desk, command: Command) -> None:
    write(desk.path)
    desk.run(SUITE, "accepted")
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "first").code == 0
    assert gate(desk, command, SUITE).code == 0
    write(desk.path, 3 * N + 1)
    said = gate(desk, command, SUITE)
    assert said.code == 3
    assert "the documents that are searched are others, and which they are is not known: some answer" in said.out
