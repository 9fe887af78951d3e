"""Poolers of other layers, without special tokens and joined: in one suite, probed and fine-tuned."""

from harness.core.events import EncoderFact
from tests.fakes.desk import Desk, Watched, scores

POOLERS = """
name: pooled
encoders: [{name: one, checkpoint: ./one}]
poolers:
  - mean
  - {name: no-specials, pooler: mean, special_tokens: false}
  - first-last-mean
  - cls+mean
  - mean: {layers: [3]}
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [keyboard]
baselines: [majority]
latency: {scenarios: [single-stream], reference: one, replicates: 1, requests: 10}
device: cpu
"""
TUNED = """
name: pooled
encoders: [{name: one, checkpoint: ./one}]
poolers: [{name: upper, pooler: max, layers: [-2, -1], special_tokens: false}, cls+mean]
modes: [{name: finetune, mode: finetune, epochs: 1}, {name: lp-ft, mode: lp-ft, epochs: 1}]
tasks: [{name: reviews, data: reviews.csv}]
baselines: [majority]
latency: false
device: cpu
"""


def test_one_pass_serves_poolers_of_all_kinds_and_a_warm_run_none(desk: Desk) -> None:
    cold, warm = Watched(), Watched()
    first = desk.run(POOLERS, watch=cold)
    names = ("mean", "no-specials", "first-last-mean", "cls+mean")
    assert {cell.status for cell in first.cells} == {"done"}
    assert all(f"reviews/one/{name}/probe/clean/–" in scores(first) for name in names)
    why = "it reads layer 3, and one has 2 (0 is what the embeddings give)"
    assert {"what": "mean[layers=3] of one", "why": why} in first.manifest["dropped"]
    again = desk.run(POOLERS, out="again", watch=warm)
    misses = [
        sum(fact.facts.get("cache", {"misses": 0})["misses"] for fact in watched.of(EncoderFact))
        for watched in (cold, warm)
    ]
    assert misses[0] > 0
    assert misses[1] == 0
    assert scores(again) == scores(first)
    page = (first.path / "report.md").read_text(encoding="utf-8")
    assert all(f"{name} / probe" in page for name in names)


def test_layered_and_joined_poolers_are_trained_through(desk: Desk) -> None:
    """`lp-ft` begins with the head of a probe on vectors as wide as theirs."""
    run = desk.run(TUNED)
    assert {cell.status for cell in run.cells} == {"done"}
    assert {cell.address.pooler for cell in run.cells} == {"upper", "cls+mean", "–"}
