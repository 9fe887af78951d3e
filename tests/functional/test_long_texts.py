"""Texts longer than an encoder reads, from a suite to the page: conditions, and settings of an encoder."""

import re

import numpy as np
import pytest
from transformers import AutoTokenizer

from harness import tasks
from harness.catalogue import catalogue
from harness.results import Run, RunCell
from harness.runner.prepare import prepare
from harness.runner.preview import preview
from harness.suite.load import load
from tests.fakes.command import Command
from tests.fakes.desk import Desk, write_csv
from tests.functional.test_pairs import pairs

SUITE = """
name: long
encoders:
  - {name: short, checkpoint: ./one, max_length: 12}
  - {name: last, checkpoint: ./one, max_length: 12, truncation: tail}
  - {name: whole, checkpoint: ./one, max_length: 12, truncation: {read: windows, stride: 0.5}}
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [head, tail, head+tail, windows: {aggregate: [mean, max], stride: 0.5}]
baselines: []
latency: false
device: cpu
"""


def cell(run: Run, encoder: str, condition: str) -> RunCell:
    (found,) = [c for c in run.cells if (c.address.encoder, c.address.condition) == (encoder, condition)]
    return found


@pytest.fixture
def texts(desk: Desk) -> list[str]:
    """The test texts; those of `reviews.csv` have 14 to 40 tokens of the tiny encoder."""
    task = tasks.resolve({"name": "reviews", "data": "reviews.csv"}, desk.path)
    return list(tasks.load(task, tasks.make_split(task, tasks.describe(task), "test")).text)


def windows_of(desk: Desk, texts: list[str], max_length: int = 12, overlap: int = 5) -> list[list[list[int]]]:
    tokenizer = AutoTokenizer.from_pretrained(desk.path / "one")
    how = {"return_overflowing_tokens": True, "stride": overlap, "truncation": True, "max_length": max_length}
    return [tokenizer(text, **how)["input_ids"] for text in texts]


def test_each_reading_tells_what_it_reads_and_cuts(desk: Desk, texts: list[str]) -> None:
    """Tokens and cut texts as transformers counts them; the identity control reads the same; no row is drawn twice."""
    run = desk.run(SUITE)
    assert {c.status for c in run.cells} == {"done"}
    windows = windows_of(desk, texts)
    n_long = sum(len(own) > 1 for own in windows)
    assert n_long == len(texts)
    for condition in ("clean", "head", "tail", "head+tail"):
        facts = cell(run, "short", condition).facts
        assert (facts.n_truncated, facts.tokens_per_text) == (n_long, 12)
    for condition in ("windows[stride=0.5]", "windows[max,stride=0.5]"):
        found = cell(run, "short", condition)
        assert found.facts.n_truncated == 0
        assert found.facts.tokens_per_text == pytest.approx(np.mean([sum(map(len, own)) for own in windows]))
        assert found.ids_unchanged == 0
    assert cell(run, "short", "head").key == cell(run, "short", "clean").key == cell(run, "last", "head").key
    assert cell(run, "short", "tail").key == cell(run, "last", "clean").key != cell(run, "short", "clean").key
    assert cell(run, "short", "windows[stride=0.5]").key == cell(run, "whole", "clean").key
    for name in ("short", "last", "whole"):
        identity = cell(run, name, "clean").facts.identity
        assert identity.n > 0
        assert identity.max_abs_difference < 1e-5
        assert identity.n_predictions_changed == 0
    about = run.manifest["encoders"]
    assert "truncation" not in about["short"]
    assert (about["last"]["truncation"], about["whole"]["truncation"]) == ("tail", "windows of stride 0.5, mean")
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "12 tokens, windows of stride 0.5, mean" in page
    assert "12 tokens, tail" in page
    assert "reading longer texts whole, in windows: the max of their vectors" in page


def test_what_is_stored_serves_a_second_run(desk: Desk) -> None:
    first = desk.run(SUITE)
    second = desk.run(SUITE, out="second")
    (n_hits, n_misses) = (second.manifest["cache"][name] for name in ("hits", "misses"))
    assert n_misses == 0
    assert n_hits > 0
    for before, after in zip(first.cells, second.cells, strict=True):
        assert (before.scores, before.facts.tokens_per_text) == (after.scores, after.facts.tokens_per_text)


def test_texts_that_fit_are_read_once_for_all_readings(desk: Desk) -> None:
    """`one` reads them whole, so each condition finds the vectors that the clean texts have: the same in all bits."""
    text = SUITE.replace(", max_length: 12", "").replace("conditions:", "seed: 3\nconditions:")
    (only,) = [line for line in text.splitlines() if "name: short" in line]
    text = "\n".join(line for line in text.splitlines() if "checkpoint" not in line or line == only)
    rows = [(f"a {word} day {i % 7}", label) for i, (word, label) in enumerate(_WORDS * 12)]
    write_csv(desk.path / "reviews.csv", rows, ("text", "label"))
    run = desk.run(text)
    assert cell(run, "short", "clean").facts.n_truncated == 0
    scores = {c.address.condition: c.scores for c in run.cells}
    assert all(one == scores["clean"] for one in scores.values())
    assert run.manifest["cache"]["misses"] == len(set(rows))
    assert all(c.ids_unchanged in (None, 1.0) for c in run.cells)


_WORDS = [("good", "yes"), ("bad", "no"), ("kind", "yes"), ("rude", "no"), ("warm", "yes")]


def test_a_search_is_read_so_on_both_sides(desk: Desk) -> None:
    rows = [(text, f"what of {i}?") for i, (text, *_) in enumerate(_reviews(desk))]
    write_csv(desk.path / "faq.csv", rows, ("answer", "ask"))
    task = "{name: faq, kind: retrieval, data: faq.csv, query: ask, document: answer}"
    text = SUITE.replace("{name: reviews, data: reviews.csv}", task).replace("[probe]", "[zero-shot]")
    run = desk.run(text)
    assert {c.status for c in run.cells} == {"done"}
    assert cell(run, "short", "windows[stride=0.5]").scores == cell(run, "whole", "clean").scores
    assert cell(run, "short", "tail").facts.n_truncated > 0


def _reviews(desk: Desk) -> list[tuple[str, ...]]:
    lines = (desk.path / "reviews.csv").read_text(encoding="utf-8").splitlines()[1:]
    return [tuple(line.split(",")) for line in lines]


TUNED = SUITE.replace("[probe]", "[{name: tuned, mode: finetune, epochs: 0.1}]")


def test_a_trained_row_is_tested_in_windows_and_not_trained_in_them(desk: Desk, command: Command) -> None:
    """An encoder whose own reading is windows has no such row, and the plan says why; one that reads tails has."""
    run = desk.run(
        TUNED.replace("[head, tail, head+tail, windows: {aggregate: [mean, max], stride: 0.5}]", "[windows]")
    )
    rows = {(c.address.encoder, c.address.condition): c.status for c in run.cells}
    assert rows == {(name, condition): "done" for name in ("short", "last") for condition in ("clean", "windows")}
    out = command("plan", "suite.yaml").out
    assert "tuned of whole on reviews" in out
    assert "a training reads each text at once, and this encoder reads in windows of stride 0.5, mean" in out


def test_pairs_that_are_read_as_one_input_are_read_from_their_head(desk: Desk, command: Command) -> None:
    write_csv(desk.path / "same.csv", [(a, b, label) for a, b, _, label in pairs()], ("left", "right", "label"))
    task = "{name: same, kind: pair-classification, data: same.csv, text_a: left, text_b: right}"
    text = TUNED.replace("{name: reviews, data: reviews.csv}", task).replace("modes: [", "modes: [probe, ")
    desk.suite(text)
    out = command("plan", "suite.yaml", "--cells").out
    why = "rows that are trained read the texts of a pair as one input, which is read from its head, not by"
    assert f"tuned of last on same: {why} tail" in out
    planned = prepare(load(desk.path / "suite.yaml", catalogue())).plan.cells
    skipped = {c.address.condition for c in planned if c.skipped and c.address.mode == "tuned"}
    assert skipped == {"tail", "head+tail", "windows[stride=0.5]", "windows[max,stride=0.5]"}
    assert not [c for c in planned if c.skipped and c.address.mode == "probe"]


def test_the_plan_counts_the_tokens_of_all_windows(desk: Desk) -> None:
    """And a text that fits but once: what else is read of longer ones makes no difference to it."""

    def encoding(conditions: str, length: int) -> float:
        text = SUITE.replace("max_length: 12", f"max_length: {length}")
        head, _, rest = text.partition("conditions:")
        text = head + f"conditions: [{conditions}]\n" + rest.partition("\n")[2]
        lines = [line for line in text.splitlines() if "name: last" not in line and "name: whole" not in line]
        desk.suite("\n".join(lines))
        prepared = prepare(load(desk.path / "suite.yaml", catalogue()))
        (job,) = preview(prepared, desk.path / "run").jobs
        return sum(job.readings_s) / job.readings_s[0]

    assert encoding("tail", 12) == pytest.approx(2)
    assert encoding("windows", 12) > 2.4
    assert encoding("windows: {stride: 0.5}", 12) > encoding("windows", 12) + 0.4
    assert encoding("tail, head+tail, windows", 24) == pytest.approx(1)


def test_longer_than_read_is_what_the_reference_does_not_read_whole(desk: Desk, texts: list[str]) -> None:
    """Of a reference that reads windows nothing; of one that reads tails as of one that reads heads."""
    lines = re.sub(r"conditions: .*", "conditions: [longer-than-read]", SUITE).splitlines()
    for name, n in (("short", len(texts)), ("last", len(texts)), ("whole", 0)):
        text = "\n".join(line for line in lines if "checkpoint" not in line or f"name: {name}" in line)
        found = cell(desk.run(text, out=name), name, "longer-than-read")
        assert found.status == "skipped"  # all of these texts are longer than 12 tokens
        assert found.message.startswith(f"longer-than-read: {n} of {len(texts)} test texts are in the slice")
