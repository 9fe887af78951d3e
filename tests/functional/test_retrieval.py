"""A user's pairs of query and document, searched with nothing fitted."""

import numpy as np
import pytest

from harness.metrics.retrieval import DISCOUNTS
from harness.results import Run
from tests.fakes.desk import Desk, failed, results, tables, write_csv

SUITE = """
name: help
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean, max]
modes: [zero-shot: {normalize: [true, false]}]
tasks: [{name: help, kind: retrieval, data: help.csv, query: question, document: [title, body], id: nr}]
conditions: [misspellings, truncate, rare-words]
latency: false
device: cpu
"""
THINGS = ("printer", "router", "screen", "keyboard", "battery", "camera", "speaker", "charger")
N = 48


@pytest.fixture
def helped(desk: Desk) -> Run:
    rows = []
    for i in range(N):
        thing, room = THINGS[i % 8], f"room {i // 8}"
        rare = "defenestrated" if i % 3 == 0 else "moved"
        rows.append(
            (f"n{i}", f"my {thing} was {rare} in {room}", f"The {thing} of {room}", f"Turn it off.\nNumber {i}.")
        )
    rows.append((f"n{N}", "my printer was defenestrated in room 0", "Another answer", "To the same question."))
    rows.append((f"n{N + 1}", "a question of its own", "The printer of room 0", "Turn it off.\nNumber 0."))
    write_csv(desk.path / "help.csv", rows, ("nr", "question", "title", "body"))
    return desk.run(SUITE)


def test_every_document_is_searched_for(helped: Run) -> None:
    """Duplicates are merged: one question that two documents answer, one document that answers two questions."""
    assert failed(helped) == {}
    assert len(helped.cells) == (2 * 2 + 1) * 7
    (info,) = helped.manifest["tasks"].values()
    assert info["n_test"] == N + 1
    clean = [c for c in helped.cells if c.kind == "clean"]
    assert [c.metric for c in clean] == ["ndcg@10"] * 5
    for cell in clean:
        outcomes = helped.outcomes(cell.key)
        assert set(outcomes.sums) == {"ndcg@10", "recall@10"}
        assert cell.scores["ndcg@10"].value == pytest.approx(outcomes.sums["ndcg@10"].mean())
        assert "n48" in {part for gold in outcomes.gold for part in gold.split("|")}
    # words that are in the question find the document; a random encoder does not read them as well
    assert clean[-1].address.encoder == "tfidf"
    assert clean[-1].scores["ndcg@10"].value > 0.5


def test_chance_and_clusters_are_those_of_the_documents_searched(helped: Run) -> None:
    """In slices too. Questions of one answer, or of near copies of it, are drawn together."""
    (info,) = helped.manifest["tasks"].values()
    n = info["n_documents"]
    assert (n, info["n_clusters"], info["cluster"]) == (N + 1, 8, "questions that share an answer")
    best = np.cumsum(DISCOUNTS)
    for cell in helped.cells:
        answers = np.array([gold.count("|") + 1 for gold in helped.outcomes(cell.key).gold])
        expected = np.mean(answers / n * DISCOUNTS.sum() / best[answers - 1])
        assert cell.chance == cell.scores["ndcg@10"].chance == pytest.approx(expected)
        assert cell.scores["recall@10"].chance == pytest.approx(10 / n)
    assert {row["chance"] for row in results(helped) if row["kind"] == "clean"} == {f"{helped.cells[0].chance:.6g}"}
    text = tables(helped)
    assert f"on {N + 1} test queries in 8 clusters (questions that share an answer)" in text
    assert f"| {N + 1} in 8 clusters |" in text


def test_the_cosine_and_the_dot_product_are_rows_of_their_own(helped: Run) -> None:
    """The suite's two values of `normalize` are two modes, over the same vectors."""
    rows = {c.address.names[1:4] for c in helped.cells}
    assert rows == {
        *(("one", pooler, mode) for pooler in ("mean", "max") for mode in ("zero-shot", "zero-shot[normalize=false]")),
        ("tfidf", "–", "–"),
    }
    text = tables(helped)
    assert "zero-shot[normalize=false]" in text
    assert "nDCG@10" in text


def test_a_perturbation_changes_one_side_only(helped: Run) -> None:
    """Typos are in the questions, cuts in the documents."""
    facts = {c.address.condition: c.facts for c in helped.cells if c.address.encoder == "tfidf"}
    assert 0 < facts["keyboard@5"].texts_changed <= 1
    assert facts["truncate@0.5"].texts_changed == 1
    cells = {c.address.condition: c for c in helped.cells if c.address.encoder == "one"}
    assert cells["keyboard@3"].n == cells["truncate@0.5"].n == cells["clean"].n


def test_a_second_run_keeps_the_search(desk: Desk, helped: Run) -> None:
    before = (helped.path / "cells.jsonl").read_bytes()
    assert (desk.run(SUITE).path / "cells.jsonl").read_bytes() == before


def test_less_is_kept_of_documents(desk: Desk) -> None:
    """Rows of their own on the same vectors; what vectors have not costs its own cells."""
    write_csv(desk.path / "help.csv", [(f"the {thing}", f"a {thing} of ours") for thing in THINGS], ("q", "d"))
    deep = "{name: deep, mode: compressed-search, dimensions: 999}"
    modes = f"[zero-shot, {{compressed-search: {{embeddings: [fp32, binary]}}}}, {deep}]"
    tasks = "[{name: help, kind: retrieval, data: help.csv, query: q, document: d}]"
    head = "name: help\nencoders: [{name: one, checkpoint: ./one}]\npoolers: [mean]\nlatency: false\n"
    run = desk.run(f"{head}modes: {modes}\ntasks: {tasks}\n")
    (told,) = {cell.message for cell in run.cells if cell.status == "failed"}
    assert "compressed-search: dimensions: 999 of vectors that have 32; expected fewer." in told
    by = {cell.address.mode: run.outcomes(cell.key) for cell in run.cells if cell.status == "done"}
    by = {name: found for name, found in by.items() if name == "zero-shot" or "compressed" in name}
    assert len(by) == 3
    whole, same, bits = (by[name] for name in sorted(by, key=lambda n: (n != "zero-shot", "binary" in n)))
    assert list(whole.ranking) == list(same.ranking)
    assert list(whole.score) != list(bits.score)
