"""Encoders that are trained for search and similarity, from file to page: each side is read by itself."""

import pytest

from tests.fakes.desk import Desk, failed, results, write_csv
from tests.functional.test_pairs import pairs

SUITE = """
name: compared
encoders: [{name: one, checkpoint: ./one, max_length: {query: 12, document: 24}}]
poolers: [mean]
modes:
  - zero-shot
  - {name: ft, mode: finetune, epochs: 6, encoder_lr: 1.0e-3, objective: {contrastive: {hard_negatives: 1}}}
  - {name: near, mode: finetune, epochs: 0.1, objective: cosent}
  - lp-ft
tasks:
  - {name: shelf, kind: retrieval, data: shelf.csv, query: q, document: d, test_share: 0.5}
  - {name: near, kind: similarity, data: near.csv, text_a: left, text_b: right}
  - {name: all, kind: retrieval, data: shelf.csv, query: q, document: d}
conditions: [keyboard]
latency: {scenarios: [single-stream], replicates: 1, requests: 10}
device: cpu
"""


@pytest.fixture
def shelf(desk: Desk) -> Desk:
    things = ("food", "waiter", "phone", "battery", "service", "markets", "rates", "guests")
    rows = [
        (f"{verb} the {thing}", f"how one may {verb} a {thing}, number {place}, and what the {thing} costs")
        for place, thing in enumerate(things)
        for verb in ("buy", "find", "sell", "rate", "return", "see")
    ]
    write_csv(desk.path / "shelf.csv", rows, ("q", "d"))
    write_csv(desk.path / "near.csv", [(a, b, str(score)) for a, b, score, _ in pairs()], ("left", "right", "score"))
    return desk


def test_search_and_similarity_are_trained_from_file_to_page(shelf: Desk) -> None:
    run = shelf.run(SUITE)
    assert failed(run) == {}
    dropped = {one["what"]: one["why"] for one in run.manifest["dropped"]}
    assert "objective cosent applies to similarity tasks" in dropped["near on shelf"]
    assert "lp-ft begins with a head" in dropped["lp-ft on shelf"]
    assert dropped["ft on all"] == "it has no training side; set `test_share` below 1"
    rows = {(row["task"], row["mode"]): row for row in results(run) if row["condition"] == "clean"}
    assert float(rows["shelf", "ft"]["value"]) > float(rows["shelf", "zero-shot"]["value"])
    (tuned,) = [c for c in run.cells if c.address.names[:5] == ("shelf", "one", "mean", "ft", "clean")]
    assert set(tuned.facts.lengths) == {"query", "corpus"}
    assert ("near", "near") in rows
    searched = (run.path / "report.md").read_text(encoding="utf-8").split("### near")[0]
    assert "Fine-tuned rows read both texts of a pair as one input" not in searched  # each is timed by itself


def test_a_head_cannot_begin_what_has_none(shelf: Desk) -> None:
    run = shelf.run(SUITE.replace("  - lp-ft\n", "  - {mode: lp-ft, objective: cosent}\n"))
    dropped = {one["what"]: one["why"] for one in run.manifest["dropped"]}
    assert (
        dropped["lp-ft[objective=cosent] on near"]
        == "lp-ft begins with a head, and the objective cosent has none; take finetune"
    )
