"""A search whose queries and documents are read, and changed, each in a way of their own; and what its page tells."""

import json
import math
import re
import shutil
from pathlib import Path

import pytest

from harness import api
from harness.core.errors import SuiteError
from harness.results import Run
from harness.runner.run import prepare, time_jobs
from tests.fakes.command import Command
from tests.fakes.desk import Desk, at, failed, tables, write_csv

SUITE = """
name: help
encoders:
  - {name: one, checkpoint: ./one}
  - {name: uneven, checkpoint: ./one, max_length: {query: 8, document: 16}}
  - {name: fitted, checkpoint: ./one, max_length: p90}
poolers: [mean, cls]
modes: [zero-shot: {normalize: [true, false]}]
tasks: [{name: help, kind: retrieval, data: help.csv, query: question, document: answer}]
conditions: [keyboard: {to: document}, keyboard, max-length: {tokens: [8, 12]}]
baselines: [tfidf]
latency: false
device: cpu
exclude: [{mode: "*false*", condition: "*@*"}, {pooler: cls, condition: "*@*"}, {encoder: fitted, condition: "*@*"}]
"""
THINGS = ("printer", "router", "screen", "keyboard", "battery", "camera", "speaker", "charger")


def rows() -> list[tuple[str, str]]:
    return [
        (f"my {thing} was moved to room {n}", f"The {thing} of room {n}: turn it off and on again, {'then ' * n}wait.")
        for n in range(4)
        for thing in THINGS
    ]


@pytest.fixture(scope="module")
def _searched(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("searched")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(folder / "cache"))
        patch.chdir(shutil.copytree(_made, folder / "desk"))
        write_csv(folder / "desk" / "help.csv", rows(), ("question", "answer"))
        Desk(folder / "desk").run(SUITE)
    return folder


@pytest.fixture
def searched(desk: Desk, _searched: Path) -> Run:
    shutil.copy(_searched / "desk" / "help.csv", desk.path)
    return at(desk, _searched)


def whole(run: Run) -> str:
    return (run.path / "report.md").read_text(encoding="utf-8")


def test_each_side_is_read_to_its_own_length(searched: Run) -> None:
    assert failed(searched) == {}
    clean = {c.address.encoder: c.facts.lengths for c in searched.cells if c.kind == "clean" and c.facts.lengths}
    read = {encoder: {role: own.read for role, own in sides.items()} for encoder, sides in clean.items()}
    assert read["one"] == {"query": 24, "corpus": 24}
    assert read["uneven"] == {"query": 8, "corpus": 16}
    (longest,) = {sides["corpus"].longest for sides in clean.values()}  # whatever is read of it
    assert longest > 24
    assert clean["uneven"]["corpus"].unread > clean["one"]["corpus"].unread > 0
    assert (clean["uneven"]["query"].cut, clean["one"]["query"].cut) == (1, 0)
    assert searched.about.encoders["uneven"].lengths == read["uneven"]
    assert "| 8 of a query, 16 of a document tokens |" in " ".join(whole(searched).split())


def test_a_percentile_is_taken_of_the_lengths_and_stands_in_keys_as_the_number(searched: Run) -> None:
    """Of a search it is that of what is tested, by role; no longer than the encoder can read."""
    (fitted,) = {
        tuple(own.read for own in c.facts.lengths.values())
        for c in searched.cells
        if c.address.encoder == "fitted" and c.facts.lengths
    }
    own = next(c.facts.lengths for c in searched.cells if c.address.encoder == "one" and c.facts.lengths)
    for read, side in zip(fitted, own.values(), strict=True):
        assert read == min(24, math.ceil(side.p90))
    assert fitted[0] <= fitted[1]
    assert json.loads((searched.path / "run.json").read_text())["suite"]["encoders"][2]["max_length"] == "p90"
    assert "tokens (p90 of the lengths)" in whole(searched)


def test_a_perturbation_is_applied_to_the_side_that_is_named(searched: Run) -> None:
    cells = {c.address.condition: c for c in searched.cells if c.address.encoder == "tfidf"}
    clean, named, usual = (cells[name].facts.content for name in ("clean", "keyboard[to=document]@3", "keyboard@3"))
    assert (named["query"], usual["corpus"]) == (clean["query"], clean["corpus"])
    assert named["corpus"] != clean["corpus"]
    assert usual["query"] != clean["query"]
    assert "in each document: " in tables(searched)


def test_the_page_tells_what_one_choice_is_worth(searched: Run) -> None:
    """Pooling, and lengths of vectors, each with the interval of the difference."""
    page = tables(searched)
    assert "help, one choice at a time." in page
    lines = [line for line in page.splitlines() if "mean − cls" in line or "cosine − dot product" in line]
    assert len(lines) == 3 * 2 + 3 * 2  # two modes, two poolers, of three encoders
    assert all("[" in line for line in lines)


def test_the_page_tells_what_stands_above_answers(searched: Run) -> None:
    page = tables(searched)
    assert "## Hard negatives" in page
    assert "help, what stands above answers." in page
    assert "help, queries above whose answer a wrong document stands." in page
    cell = next(c for c in searched.cells if c.address.encoder == "one" and c.kind == "clean")
    kept = searched.negatives(cell.key)
    outcomes = cell.outcomes
    wrong = {
        i for i, g, p in zip(outcomes.item, outcomes.gold, outcomes.prediction, strict=True) if p not in g.split("|")
    }
    assert {one.item for one in kept.queries} <= wrong
    for one in kept.queries:
        assert one.answer.split(":")[0].removeprefix("The ").split(" of ")[0] in one.query
        answer, first = one.similarities
        assert answer <= first + 1e-6
        assert one.wrong != one.answer
    assert len(kept.texts) == 5
    assert f"{len(wrong)}, {len(wrong) / len(outcomes.item):.0%}".replace("%", " %") in page


def test_a_private_run_counts_and_shows_no_text(desk: Desk, searched: Run) -> None:
    private = SUITE.replace("name: help\n", "name: help\nreport: {texts: none}\n", 1)
    run = desk.run(private, out="private", only={"pooler": "mean", "encoder": "one", "condition": "clean"})
    page = tables(run)
    assert "help, what stands above answers." in page
    assert "queries above whose answer" not in page
    assert "turn it off" not in page
    assert not (run.path / "examples.jsonl").exists()


def test_the_page_sets_quality_beside_how_much_is_read(searched: Run) -> None:
    page = tables(searched)
    assert "help, quality and time by how much is read." in page
    part = page.partition("help, quality and time by how much is read.")[2].partition("\n## ")[0]
    by = [line.split("|")[2:4] for line in part.splitlines() if line.startswith("| one / mean / zero-shot  ")]
    told = [(int(n), name.strip()) for n, name in by]
    assert told == [(8, "max-length@8"), (12, "max-length@12"), (16, "uneven"), (24, "one")]
    assert "help, lengths in the tokens of each encoder." in whole(searched)


def test_plan_tells_lengths_and_what_a_percentile_is(command: Command, desk: Desk, searched: Run) -> None:
    said = command("plan", "suite.yaml", "-o", "run")
    assert said.code == 0
    assert "help, tokens of a query (one): median " in said.out
    assert "reads 8, cuts 100 %" in said.out
    assert "fitted: max_length p90 is " in said.out


def test_what_is_timed_of_a_search_is_read_as_documents_are(desk: Desk, searched: Run) -> None:
    suite = api.suite(desk.suite(SUITE.replace("latency: false", "latency: {scenarios: [offline], replicates: 1}")))
    jobs = time_jobs(prepare(suite), set())
    assert {workload.role for job in jobs for workload in job.workloads} == {"corpus"}


def test_a_side_that_a_task_has_not_is_refused(desk: Desk, searched: Run) -> None:
    with pytest.raises(SuiteError, match="is to change a text_a, which items of this task have not"):
        desk.run(SUITE.replace("to: document", "to: text_a"), out="other")


def test_quality_and_time_are_drawn_over_how_much_is_read(searched: Run) -> None:
    """Scores at each length; times where two readings at least were timed, and no such drawing here."""
    page = (searched.path / "index.html").read_text(encoding="utf-8")
    (said,) = re.findall(r"<desc>([^<]*by how many tokens of a text are read\.[^<]*)</desc>", page)
    (shown,) = re.findall(r"one / mean / zero-shot: (.*?[0-9])\.(?: |$)", said)
    assert re.findall(r"at ([0-9]+)", shown) == ["8", "12", "16", "24"]
    assert "median of one text at a time" not in page
