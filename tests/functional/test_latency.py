"""What is timed, in which order, and that nothing is timed twice."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from harness import latency
from harness.core.events import CellDone, Event, Timing
from harness.runner import executors
from harness.runner.jobs import MeasureJob, TimeJob
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, Watched, timing_lines

TIMED = (
    SUITE.replace("keyboard, domain: {test: [barber]}, rare-words", "segmentation")
    .replace("[mean]", "[mean, cls]")
    .replace("encoders: [", "encoders: [{name: two, checkpoint: ./two}, ")
    .replace("latency: false", "latency: {replicates: 2, requests: 10, reference: one}")
)


def told_of(page: str, caption: str, column: str, row: str) -> str:
    """An entry of a table of a Markdown page."""
    lines = page[page.index(caption) :].splitlines()
    heads, told = (
        [cell.strip() for cell in next(line for line in lines if line.startswith("|") and what in line).split("|")]
        for what in (column, row)
    )
    return told[heads.index(column)]


def alone(function: Any, jobs: Any, places: Any) -> Any:
    """Timed in processes of their own, measured here: a process a job costs a second."""
    jobs = list(jobs)
    executor = executors.inline if jobs and isinstance(jobs[0], MeasureJob) else executors.processes
    return executor(function, jobs, places)


@pytest.mark.processes
def test_timings_of_a_run(desk: Desk) -> None:
    """Replicates interleaved there and back, a process each, memory in a pass of its own at the end."""
    watched = Watched()
    run = desk.run(TIMED, executor=alone, watch=watched)
    lines = timing_lines(run)
    order = [
        (line["order"], line["encoder"], line["replicate"]) for line in lines if line["scenario"] == "single-stream"
    ]
    assert order == [
        (0, "two", 0),
        (1, "one", 0),
        (2, "tfidf", 0),
        (3, "tfidf", 1),
        (4, "one", 1),
        (5, "two", 1),
    ]
    assert [line["encoder"] for line in lines if line["scenario"] == "memory"] == ["two", "one", "tfidf"]
    assert [line["order"] for line in lines if line["scenario"] == "memory"] == [6, 7, 8]
    assert len({line["key"] for line in lines}) == len(lines) == 6 * 2 + 3
    for line in lines:
        assert line["threads"] == run.manifest["environment"]["threads"]
        assert line["load"] >= 0
        assert line["task"] == "reviews"
        if line["scenario"] == "single-stream":
            poolers = {"–"} if line["encoder"] == "tfidf" else {"mean", "cls"}
            assert line["n"] == 10
            assert line["n_warmup"] >= 2
            assert set(line["pool_ms"]) == set(line["total_ms"]) == poolers
            for parts in (line["tokenise_ms"], line["forward_ms"], *line["total_ms"].values()):
                assert len(parts) == 10
                assert min(parts) > 0
        elif line["scenario"] == "offline":
            assert line["texts_per_s"] > 0
            assert 0 <= line["padding_waste"] < 1
        else:
            assert line["peak_mb"] > 1

    text = (run.path / "report.md").read_text(encoding="utf-8")
    assert "n too small" in text
    assert "10 samples" in text
    rows = [line for line in text.splitlines() if "one / mean" in line]
    assert rows
    told = told_of(text, "what the encoders see of it", "extra ms a text", "one / mean")
    cells = {cell.address.condition: cell for cell in run.cells if cell.address.encoder == "one"}
    extra = cells["segmentation@3"].facts.tokens_per_text - cells["clean"].facts.tokens_per_text
    rates = [line["tokens_per_s"] for line in lines if line["scenario"] == "offline" and line["encoder"] == "one"]
    assert extra > 0
    assert float(told.replace("+", "")) == pytest.approx(1000 * extra / np.median(rates), abs=0.0051)

    watched = Watched()
    again = desk.run(TIMED, watch=watched)
    assert watched.of(Timing, CellDone) == []
    assert timing_lines(again) == lines
    more = desk.run(TIMED.replace("replicates: 2", "replicates: 3"), watch=watched)
    assert len(watched.of(Timing)) == 3 * 2
    assert timing_lines(more)[: len(lines)] == lines


def test_every_replicate_takes_other_texts_and_every_encoder_the_same() -> None:
    """All texts are taken before one comes again; a few go round and round."""
    texts = [f"text {i}" for i in range(30)]
    taken = [latency.choose(texts, 10, replicate) for replicate in range(4)]
    assert sorted(taken[0] + taken[1] + taken[2]) == sorted(texts)
    assert taken[3] == taken[0]
    assert taken[0] != sorted(taken[0])
    assert latency.choose(list(reversed(texts)), 10, 0) == taken[0]
    assert sorted(latency.choose(["a", "b", "c"], 7, 0)) in (sorted("abcabc" + extra) for extra in "abc")


def test_the_users_own_requests_are_timed(desk: Desk) -> None:
    """With their own lengths; fewer than asked for go round again."""
    texts = ["short", "a longer request than the first one", "a third " * 30]
    (desk.path / "requests.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts) + "\n\n")
    suite = TIMED.replace("requests: 10", "requests: 10, texts: requests.jsonl, scenarios: [single-stream]")
    run = desk.run(suite.replace("replicates: 2", "replicates: 1"))
    (line,) = (line for line in timing_lines(run) if line["encoder"] == "one")
    assert sorted(line["n_tokens"])[-3:] == [24, 24, 24]  # cut where the encoder stops to read
    assert len(set(line["n_tokens"])) == 3
    (words,) = (line["n_tokens"] for line in timing_lines(run) if line["encoder"] == "tfidf")
    assert sorted(set(words)) == [1, 7, 60]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "requests.jsonl: no such file; latency.texts names a JSONL file of requests."),
        ('{"text": "fine"}\n{"txt": "x"}\n', "requests.jsonl:2: expected an object with a text, like"),
        ("fine\n", "requests.jsonl:1: expected an object with a text"),
        ("\n", "requests.jsonl: holds no requests."),
    ],
)
def test_requests_that_cannot_be_used_stop_the_run_before_it_begins(
    desk: Desk, command: Command, content: str | None, message: str
) -> None:
    """Not after an hour of other work."""
    if content is not None:
        (desk.path / "requests.jsonl").write_text(content)
    desk.suite(TIMED.replace("requests: 10", "requests: 10, texts: requests.jsonl"))
    said = command("run", "suite.yaml", "-o", "run")
    assert said.code == 2
    assert message in said.err
    assert not (desk.path / "run" / "cells.jsonl").exists()


def test_what_cannot_be_timed_is_a_row_with_its_reason(desk: Desk) -> None:
    """And what was measured stands."""

    def failing(function: Any, job: Any, place: Any) -> Iterator[Event]:
        if isinstance(job, TimeJob) and job.subject == "one":
            raise ZeroDivisionError("a bug")
        yield from function(job, place)

    def executor(function: Any, jobs: Any, places: Any) -> Any:
        return executors.inline(partial(failing, function), jobs, places)

    run = desk.run(TIMED.replace("replicates: 2", "replicates: 1"), executor=executor)
    assert {c.status for c in run.cells} == {"done"}
    failures = run.manifest["timing_failures"]
    assert {f["reason"] for f in failures} == {"bug"}
    assert all("one" in f["what"] for f in failures)
    assert {line["encoder"] for line in timing_lines(run)} == {"two", "tfidf"}
    assert "ZeroDivisionError" in (run.path / "report.md").read_text(encoding="utf-8")


OWN = """
import numpy as np

from harness.modes import Predictor, baseline


def fitted(texts, labels):
    return (lambda new: [len(text) for text in new]), None


@baseline("lengths", targets=("class",), needs_train=("class",), timed=fitted)
def lengths(texts, labels, rng):
    "The class of the text of the nearest length."
    known = sorted(zip(map(len, texts), labels))
    return Predictor(lambda new: (np.repeat(known[0][1], len(new)), np.zeros(len(new))))
"""


def test_a_baseline_of_the_users_own_is_timed_as_it_says(desk: Desk, brought: Callable[[str], None]) -> None:
    """Beside the others that say what is timed of them; those that do not are not timed."""
    brought(OWN)
    text = TIMED.replace("modes: [probe]", "modes: [probe]\nbaselines: [majority, lengths, tfidf]")
    run = desk.run(text.replace("replicates: 2", "scenarios: [offline], replicates: 1"))
    assert sorted({line["encoder"] for line in timing_lines(run)}) == ["lengths", "one", "tfidf", "two"]
    (own,) = (line for line in timing_lines(run) if line["encoder"] == "lengths")
    assert own["texts_per_s"] > 0
