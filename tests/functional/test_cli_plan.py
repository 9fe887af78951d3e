"""`harness plan`: what a run would do, and why it would do again what is stored."""

import re
import shutil

import pytest

from harness.runner.costs import Machine
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, write_csv


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine so fast that no time is worth saying, however busy this one is."""
    monkeypatch.setattr("harness.runner.preview.machine", lambda *_: Machine(1e6, 1e6))


PLAN = """\
name: reviews
encoders: one
poolers: mean
modes: probe
tasks: reviews
conditions: keyboard@3, domain[test=barber], rare-words
baselines: majority, tfidf
max_samples: all
repeats: perturb=1, sample=1, train=1
seed: 0
device: cpu
latency: not timed
exclude: none
texts: full
gate: margin=0.01
within: 0.01
limits: none
workers: 1
reviews: English (guessed; `language:` in the task sets it)
18 cells, 0 of them finished
  reviews: 3 clean
  reviews: 3 perturbation
  reviews: 3 oracle
  reviews: 3 shift
  reviews: 3 control
  reviews: 3 slice
job one: 6 cells, 0 finished in reports/reviews, 189 distinct texts of which 0 are stored
job baselines: 12 cells, 0 finished in reports/reviews
time: nothing is timed
"""


def test_a_plan_shows_defaults_cells_and_jobs(desk: Desk, command: Command) -> None:
    """And runs nothing: no folder, no cache."""
    desk.suite()
    said = command("plan", "suite.yaml")
    assert said.code == 0
    lengths = r"^reviews, tokens of a text \(one\): median \d+, 90 % \d+, .*; reads 24, cuts .* %\n"
    stores = r"^stores about 189 vectors, 0\.1 MB, in .*cache/vectors \(at most 5 GB, nothing there now, .* free\)\n"
    assert re.sub(f"{lengths}|{stores}", "", said.out, flags=re.MULTILINE) == PLAN
    assert re.search(stores, said.out, flags=re.MULTILINE)
    assert re.search(lengths, said.out, flags=re.MULTILINE)
    assert not (desk.path / "reports").exists()
    assert [path.name for path in (desk.path.parent / "cache").iterdir()] == ["assets"]  # it was there before


@pytest.mark.usefixtures("ran")
def test_a_plan_says_what_is_kept_and_stored(command: Command) -> None:
    """All is finished in the folder of the run; in another, the vectors are there."""
    said = command("plan", "suite.yaml", "-o", "run").out.splitlines()
    assert "18 cells, 18 of them finished" in said
    assert "job one: 6 cells, 6 finished in run" in said
    assert not [line for line in said if line.startswith("reruns")]
    other = command("plan", "suite.yaml", "-o", "other").out.splitlines()
    assert "18 cells, 0 of them finished" in other
    assert "job one: 6 cells, 0 finished in other, 189 distinct texts of which 189 are stored" in other


@pytest.mark.parametrize(
    ("change", "piece", "n_reruns"),
    [
        ("encoder", "checkpoint", 6),
        ("max_length", "tokenization", 6),
        ("pooler", "pooling", 6),
        ("data", "training data", 18),
        ("seed", "perturbations", 3),  # the typos
    ],
)
def test_a_plan_says_why_a_cell_would_run_again(
    desk: Desk, command: Command, change: str, piece: str, n_reruns: int
) -> None:
    """The first piece of its key that differs from the stored cell of that address."""
    named = SUITE.replace("[mean]", "[{name: main, pooler: mean}]")
    desk.run(named)
    changed = named
    if change == "encoder":
        shutil.rmtree(desk.path / "one")
        shutil.copytree(desk.path / "two", desk.path / "one")
    elif change == "max_length":
        changed = named.replace("checkpoint: ./one", "checkpoint: ./one, max_length: 12")
    elif change == "pooler":
        changed = named.replace("pooler: mean", "pooler: max")
    elif change == "data":
        with (desk.path / "reviews.csv").open("a") as file:
            file.write("one more text,good,bakery\n")
    else:
        changed = f"{named}seed: 1\n"
    desk.suite(changed)
    reruns = [line for line in command("plan", "suite.yaml", "-o", "run").out.splitlines() if "reruns" in line]
    assert {line.split(": ")[-1] for line in reruns} == {f"its {piece} changed"}
    assert len(reruns) == n_reruns


def test_a_plan_lists_every_cell_when_asked(desk: Desk, command: Command) -> None:
    desk.suite()
    said = command("plan", "suite.yaml", "--cells", "--only", "encoder=one,condition=keyboard*").out.splitlines()
    cells = [line.split(maxsplit=1) for line in said if "probe" in line and " / " in line]
    assert [address for _, address in cells] == [
        "reviews / one / mean / probe / clean",
        "reviews / one / mean / probe / keyboard@3",
    ]
    assert all(len(key) == 32 for key, _ in cells)


def test_a_plan_says_what_is_missing_and_what_does_not_apply(desk: Desk, command: Command) -> None:
    """Data and encoders in one go, each reason once and on one line; the rest of the plan is there."""
    desk.suite(
        SUITE.replace("./one", "./gone")
        .replace("tasks: [", "tasks: [{name: tickets, data: tickets.csv}, ")
        .replace("modes: [probe]", "modes: [probe, zero-shot]")
        .replace("rare-words", "keyboard: {layout: azerty}, rare-terms")
        + "exclude: [{pooler: c*}]\n"
    )
    said = command("plan", "suite.yaml")
    assert said.code == 2
    for line in (
        "missing: task tickets: missing-file: tickets.csv: no such file.",
        "not applicable: keyboard[azerty]@3 on reviews: keyboard is for texts in French, Breton, Occitan and Walloon; "
        "these are English (guessed; `language:` in the task sets it) (`layout: qwerty` is for such)",
        "dropped: zero-shot on reviews: zero-shot applies to clustering, reranking, retrieval and similarity tasks",
        "dropped: exclude {'pooler': 'c*'}: matches nothing",
    ):
        assert line in said.out.splitlines()
    assert "missing: encoder one: missing-file: encoder 'one': no folder" in said.out
    assert said.out.count("missing: ") == 2
    assert "\\n" not in said.out
    assert " cells would fail for that" in said.out.splitlines()[-1]


def test_a_plan_counts_no_texts_of_a_task_that_cannot_be_read(desk: Desk, command: Command) -> None:
    """A domain without test texts fails its cells when they run; the plan of the others stands."""
    write_csv(desk.path / "train.csv", [(f"a text {i}", ("a", "b")[i % 2], ("x", "y")[i // 40]) for i in range(80)])
    write_csv(desk.path / "test.csv", [(f"test {i}", ("a", "b")[i % 2], "x") for i in range(20)])
    task = "{name: reviews, train: train.csv, test: test.csv, domain: shop}"
    desk.suite(SUITE.replace("{name: reviews, data: reviews.csv, domain: shop}", task).replace("barber", "y"))
    said = command("plan", "suite.yaml")
    assert said.code == 0
    assert "job one: 6 cells, 0 finished in reports/reviews, " in said.out


def test_timed_processes_are_counted(desk: Desk, command: Command) -> None:
    desk.suite(SUITE.replace("latency: false", "latency: {replicates: 3}"))
    assert "time: 8 processes, one after the other" in command("plan", "suite.yaml").out


def test_the_minutes_count_every_kind_of_job(desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings, texts, heads, timing, starts and the page; on a slow machine each is said, and they add up."""
    monkeypatch.setattr("harness.runner.preview.machine", lambda *_: Machine(0.02, 0.05))
    tuned = SUITE.replace(
        "latency: false", "latency: {scenarios: [single-stream, offline], replicates: 2, requests: 10}"
    )
    desk.suite(tuned.replace("modes: [probe]", "modes: [probe, finetune]"))
    said = command("plan", "suite.yaml")
    assert said.code == 0, said.err
    line = said.out.splitlines()[-1]
    total, parts = line.removeprefix("about ").split(" min in all on this machine, as fast as it was just now: ")
    found = {name: float(minutes) for name, minutes in (part.rsplit(" ", 1) for part in parts.split(", "))}
    assert list(found) == ["training", "encoding", "heads and scores", "timing", "starting and the page"]
    assert sum(found.values()) == pytest.approx(float(total), abs=0.3)
