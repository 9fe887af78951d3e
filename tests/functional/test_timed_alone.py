"""Encoders that are timed and not scored: what a run leaves of them, and what the page says."""

import json
from pathlib import Path

import pytest

from harness.core.events import EncoderFact
from harness.encoders import checkpoints
from harness.encoders.architectures import RandomWeights, published
from harness.runner.run import Told
from tests.encoders.test_architectures import TINY
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, timing_lines

ALONE = """
name: timed
encoders: [{name: one, checkpoint: ./one}, {name: two, checkpoint: ./two}]
poolers: [mean]
modes: []
baselines: []
tasks: [{name: reviews, data: reviews.csv}]
latency: {replicates: 3, requests: 10, reference: one}
device: cpu
"""


def page_of(run: Path) -> str:
    return (run / "report.md").read_text(encoding="utf-8")


def test_a_suite_without_modes_leaves_times_alone(desk: Desk) -> None:
    """No cell has a score and none failed; every encoder has its times, its size and a ratio to each other."""
    sizes = list[int | None]()

    def watch(told: Told) -> None:
        """What run.json knows of an encoder as soon as it is loaded, should the run be killed."""
        if isinstance(told.event, EncoderFact):
            encoders = json.loads((desk.path / "run" / "run.json").read_text(encoding="utf-8"))["encoders"]
            sizes.append(encoders["one" if "one" in told.job else "two"]["n_parameters"])

    run = desk.run(ALONE, watch=watch)
    assert sizes
    assert all(size > 1000 for size in sizes)
    assert [cell.status for cell in run.cells] == ["skipped", "skipped"]
    assert run.results == {}
    assert {line["encoder"] for line in timing_lines(run)} == {"one", "two"}
    assert all(run.about.encoders[name].n_parameters > 1000 for name in ("one", "two"))
    page = page_of(run.path)
    assert "Nothing is scored here." in page
    assert "takes the least" in page
    table = page[page.index("how many times as long") : page.index("## Latency")]
    heads, *rows = [line for line in table.splitlines() if line.startswith("|") and "---" not in line]
    assert [row.split("|")[1].strip() for row in rows] == [head.strip() for head in heads.split("|")[2:-1]]
    assert len(rows) == 2
    assert all(row.count("×") == 1 and row.count("[") == 1 for row in rows)
    assert "accuracy" not in page[: page.index("## How to read this")]

    n = len(timing_lines(run))
    assert len(timing_lines(desk.run(ALONE))) == n


@pytest.mark.assets
def test_random_weights_stand_beside_scored_rows_without_a_score(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {name: RandomWeights(TINY, 1_000) for name in published()}
    monkeypatch.setattr(checkpoints, "published", lambda: rows)
    suite = SUITE.replace("encoders: [", "encoders: [roberta-base-random, ").replace(
        "latency: false", "latency: {scenarios: [single-stream], replicates: 2, requests: 10, reference: one}"
    )
    run = desk.run(suite)
    drawn = [cell for cell in run.cells if cell.address.encoder == "roberta-base-random"]
    assert [(cell.status, cell.address.mode, cell.address.condition) for cell in drawn] == [("skipped", "–", "clean")]
    assert "random weights" in drawn[0].said
    scored = [cell for cell in run.cells if cell.address.encoder == "one"]
    assert {cell.status for cell in scored} == {"done"}
    assert len(scored) > 3
    timed = [line["encoder"] for line in timing_lines(run)]
    assert timed.count("roberta-base-random") == timed.count("one") == 2
    line = next(line for line in page_of(run.path).splitlines() if line.startswith("| roberta-base-random / mean / –"))
    assert "– timed alone" in line
    assert "random, of the architecture of roberta-base; reads with minilm's WordPiece tokenizer" in line
    manifest = json.loads((run.path / "run.json").read_text(encoding="utf-8"))
    assert manifest["encoders"]["roberta-base-random"]["family"] == "roberta"


def test_a_plan_says_who_is_not_scored_and_why(desk: Desk, command: Command) -> None:
    desk.suite(ALONE)
    said = command("plan", "suite.yaml")
    assert said.code == 0
    assert "the suite names no modes: timed, not scored." in said.out.splitlines()
    assert "time: 8 processes" in said.out
