"""Texts whose prediction a perturbation changed: what a run keeps of them and what its page shows."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from harness import api
from harness.conditions.edits import Perturbed
from harness.core.data import Example, Outcomes
from harness.report.flips import MOST
from harness.results import Run, RunCell
from harness.runner.examples import N_KEPT
from harness.runner.perturbed import changed, named
from tests.fakes.desk import Desk, Watched, reviews, write_csv

SUITE = """
name: flips
encoders: [{name: one, checkpoint: ./one}, {name: two, checkpoint: ./two}]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [keyboard: {severity: 5}, uppercase, rare-words]
repeats: {perturb: 2}
latency: false
device: cpu
"""
HOSTILE = "<i>|`[x](javascript:q)\u202e<script>alert(1)</script>"


class Diffs(HTMLParser):
    """The texts of a page's flips, as they were and as they are now; and the tags of the page."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.shown, self.tags, self._inside = list[list[str]](), set[str](), list[str]()
        self.feed((run.path / "index.html").read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if ("class", "diff") in attrs:
            self.shown.append(["", ""])
            self._inside = [tag]
        elif self._inside:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside[:-1]

    def handle_data(self, data: str) -> None:
        if not self._inside:
            return
        for which, other in ((0, "ins"), (1, "del")):
            if self._inside[-1] != other:
                self.shown[-1][which] += data


@pytest.fixture(scope="module")
def done(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = shutil.copytree(_made, tmp_path_factory.mktemp("flips") / "desk")
    return Desk(folder).run(SUITE, cache=False)


@pytest.fixture
def again(done: Run, tmp_path: Path) -> Path:
    """A copy of that run's folder."""
    return Path(shutil.copytree(done.path, tmp_path / "run"))


def perturbed(cells: Any) -> list[RunCell]:
    return [cell for cell in cells if cell.kind == "perturbation"]


def flipped(run: Run, cell: RunCell) -> set[str]:
    """The items of a cell whose prediction is another than on clean texts."""
    before, after = run.outcomes(str(cell.against)), run.outcomes(str(cell.key))
    assert before.item.tolist() == after.item.tolist()
    return set(after.item[before.prediction != after.prediction].tolist())


def edited(pieces: Any) -> tuple[str, str]:
    before, now = ("".join(one if isinstance(one, str) else one[side] for one in pieces) for side in (0, 1))
    return before, now


def section(page: str) -> str:
    return page.split("reviews: flips")[-1].split("\n## ")[0]


def test_a_cell_keeps_some_of_its_flips(done: Run) -> None:
    """Never more than `N_KEPT`, each with what was done to its text, as the perturbation does it."""
    known = {text for text, _, _ in reviews()}
    kept = {cell.key: done.examples(cell.key) for cell in perturbed(done.cells)}
    assert any(kept.values())
    for cell in perturbed(done.cells):
        examples = kept[cell.key]
        flips = flipped(done, cell)
        assert len(examples) == min(len(flips), N_KEPT)
        assert {one.item for one in examples} <= flips
        for one in examples:
            before, now = edited(one.texts["text"])
            assert before != now
            assert before in known
            assert bool(one.tokens) == (cell.address.pooler != "–")
    for cell in (c for c in done.cells if c.kind == "clean"):  # what it is wrong on, as it is
        wrong = [one for one in done.examples(cell.key) if "".join(map(str, one.texts["text"])) in known]
        assert len(wrong) == len(done.examples(cell.key))
        assert cell.address.pooler != "–" or not wrong


def test_what_is_kept_is_what_the_perturbation_made_of_the_text(done: Run) -> None:
    cell = next(c for c in perturbed(done.cells) if c.component == "uppercase" and done.examples(c.key))
    texts = [edited(one.texts["text"]) for one in done.examples(cell.key)]
    made: list[Perturbed] = changed([before for before, _ in texts], named("uppercase", {}, 0))
    assert [one.text for one in made] == [now for _, now in texts]


def test_the_tokens_are_those_before_and_after(done: Run) -> None:
    cell = next(c for c in perturbed(done.cells) if c.address.encoder == "one" and done.examples(c.key))
    before, now = edited(done.examples(cell.key)[0].tokens["text"])
    assert before != now
    assert before.split()[-1] == now.split()[-1]
    assert "##" in now


def test_the_page_shows_the_same_few_items_for_all_rows(done: Run) -> None:
    """Those on which most rows flip, with the rows that do."""
    report = section((done.path / "report.md").read_text(encoding="utf-8"))
    shown = re.findall(r"^- text: ", report, re.MULTILINE)
    conditions = re.findall(r"^\*\*(.*)\*\*$", report, re.MULTILINE)
    assert conditions == ["keyboard@5", "uppercase@5"]
    assert 0 < len(shown) <= len(conditions) * MOST
    counts = [int(n) for n in re.findall(r"; (\d) of 4 rows$", report, re.MULTILINE)]
    assert len(counts) == len(shown)
    assert counts[:MOST] == sorted(counts[:MOST], reverse=True)
    kept = {one.item for cell in perturbed(done.cells) for one in done.examples(cell.key)}
    draws = {cell.address.repeat.perturb for cell in perturbed(done.cells) if cell.component == "keyboard"}
    most = 0
    for draw in draws:
        cells = [c for c in perturbed(done.cells) if (c.component, c.address.repeat.perturb) == ("keyboard", draw)]
        flips = [flipped(done, cell) for cell in cells]
        most = max([most, *(sum(item in own for own in flips) for item in kept)])
    assert counts[0] == most
    assert "one / mean" in report


def test_page_and_markdown_show_the_same_edits(done: Run) -> None:
    known = {text for text, _, _ in reviews()}
    texts = [before for before, now in Diffs(done).shown if before in known and before != now]
    report = section((done.path / "report.md").read_text(encoding="utf-8"))
    assert len(texts) == len(re.findall(r"^- text: ", report, re.MULTILINE))
    page = (done.path / "index.html").read_text(encoding="utf-8")
    assert "<details><summary><h3>reviews: flips, texts whose prediction changed</h3>" in page


def test_a_second_look_reads_no_outcomes(done: Run, again: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> Outcomes:
        raise AssertionError("outcomes are read")

    text = (done.path / "report.md").read_text(encoding="utf-8")
    monkeypatch.setattr("harness.results.outcomes.OutcomeReader._table", lost)
    api.write_report(again)
    assert (again / "report.md").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("damage", ["none", "empty", "cut", "bytes", "value", "shape", "folder"])
def test_a_page_does_without_examples_that_are_lost(again: Path, damage: str) -> None:
    file = again / "examples.jsonl"
    data = file.read_bytes()
    file.unlink()
    if damage == "folder":
        file.mkdir()
    elif damage == "shape":
        from harness.results.checked import checked

        keys = [json.loads(line)["of"] for line in data.splitlines()]
        values = ('{"a": 1}', "[1]", "{", '[{"item": 5, "texts": []}]', "[" * 100_000)
        lines = [json.dumps(checked(key, values[i % 5])) for i, key in enumerate(keys)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif damage != "none":
        spoilt = {
            "empty": b"",
            "cut": data[:-50],
            "bytes": b"\xff\x00" + data[2:],
            "value": data.replace(b"the", b"teh"),
        }
        file.write_bytes(spoilt[damage])
    api.write_report(again)
    page = (again / "report.md").read_text(encoding="utf-8")
    assert ("reviews: flips" in page) == (damage in ("cut", "bytes"))  # other lines are whole
    assert "teh" not in page


def test_a_resumed_run_keeps_what_is_there(desk: Desk) -> None:
    first = desk.run(SUITE)
    before = (first.path / "examples.jsonl").read_bytes()
    page = section((first.path / "report.md").read_text(encoding="utf-8"))
    lines = (first.path / "cells.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if first.examples(json.loads(line)["key"]))
    (first.path / "cells.jsonl").write_text("".join(lines[:at] + lines[at + 1 :]), encoding="utf-8")
    (first.path / "examples.jsonl").write_bytes(before + b'{"of": "torn')
    watched = Watched()
    again = desk.run(SUITE, watch=watched)
    assert watched.cells == [json.loads(lines[at])["key"]]
    after = (again.path / "examples.jsonl").read_bytes()
    assert after.startswith(before)
    added = after[len(before) :].splitlines()
    assert [json.loads(line)["of"] for line in added] == watched.cells
    assert section((again.path / "report.md").read_text(encoding="utf-8")) == page


def test_a_private_run_keeps_and_shows_none_also_of_an_earlier_one(desk: Desk) -> None:
    first = desk.run(SUITE)
    assert (first.path / "examples.jsonl").is_file()
    private = desk.run(SUITE + "report: {texts: none}\n")
    assert not (private.path / "examples.jsonl").exists()
    for name in ("report.md", "index.html"):
        text = (private.path / name).read_text(encoding="utf-8")
        assert "flips, " not in text
        assert "waiter" not in text
    fresh = desk.run(SUITE + "report: {texts: none}\n", "fresh")
    assert not (fresh.path / "examples.jsonl").exists()


def test_the_page_of_a_private_run_shows_no_example_that_lies_there(done: Run, again: Path) -> None:
    manifest = json.loads((again / "run.json").read_text(encoding="utf-8"))
    manifest["suite"]["texts"] = "none"
    (again / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    api.write_report(again)
    assert "waiter" not in (again / "report.md").read_text(encoding="utf-8")


def test_hostile_texts_stay_texts(desk: Desk) -> None:
    rows = [(f"{text} {HOSTILE}", label, shop) for text, label, shop in reviews()]
    write_csv(desk.path / "reviews.csv", rows)
    run = desk.run(SUITE)
    assert any(run.examples(cell.key) for cell in run.cells)
    page, report = ((run.path / name).read_text(encoding="utf-8") for name in ("index.html", "report.md"))
    assert "reviews: flips" in page
    assert "&lt;" in section(page)
    assert "<script>alert" not in page
    assert "i" not in Diffs(run).tags
    assert "\u202e" not in page + report
    assert "&lt;" in section(report)
    assert "](javascript" not in report
    assert not re.findall(r"(?<!\\)<(?!br)", section(report))


def test_of_a_search_the_queries_whose_answer_fell_are_shown(desk: Desk) -> None:
    """With the query, a document that answers it, and the ranks."""
    texts = [text for text, _, _ in reviews()]
    pairs = [(f"what of {text.split('number ')[1]}", text) for text in texts]
    write_csv(desk.path / "faq.csv", pairs, ("question", "answer"))
    task = "tasks: [{name: faq, kind: retrieval, data: faq.csv, query: question, document: answer}]"
    suite = SUITE.replace("tasks: [{name: reviews, data: reviews.csv}]", task).replace("probe", "zero-shot")
    suite = suite.replace("rare-words", "truncate: {keep: 0.25}").replace(
        "repeats: {perturb: 2}", "max_samples: {test: 60}"
    )
    run = desk.run(suite)
    report = (run.path / "report.md").read_text(encoding="utf-8").split("faq: flips, ")[1].split("\n## ")[0]
    assert report.startswith("queries whose answer stands further down")
    ranks = re.findall(r"rank (\d+) → (?:beyond )?rank (\d+)", report)
    assert ranks
    assert all(int(before) <= int(now) for before, now in ranks)
    assert "gold" not in report
    for name in ("query", "document"):
        assert re.search(rf"^(?:- |  ){name}: .*\[-", report, re.MULTILINE)


def test_of_pairs_both_texts_are_shown(desk: Desk) -> None:
    texts = [(text, label) for text, label, _ in reviews()]
    others = [texts[(i + 1 + i % 3) % len(texts)] for i in range(len(texts))]
    rows = [(one, other, str(label == own)) for (one, label), (other, own) in zip(texts, others, strict=True)]
    write_csv(desk.path / "pairs.csv", rows, ("text_a", "text_b", "label"))
    task = "tasks: [{name: pairs, kind: pair-classification, data: pairs.csv}]"
    suite = SUITE.replace("tasks: [{name: reviews, data: reviews.csv}]", task).replace(", rare-words", "")
    run = desk.run(suite)
    examples: list[Example] = [one for cell in run.cells for one in run.examples(cell.key)]
    assert examples
    assert all(list(one.texts) == ["text_a", "text_b"] for one in examples)
    assert "text_b: " in (run.path / "report.md").read_text(encoding="utf-8").split("pairs: flips")[1]
