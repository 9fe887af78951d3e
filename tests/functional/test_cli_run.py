"""`harness run`, `harness report` and `harness.load` at a desk: exit codes, what is printed, what is left."""

import json
import multiprocessing
import shutil
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

import harness
from harness.core.errors import RunFolderError
from harness.results import Run
from harness.runner import executors
from harness.runner.run import Told
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, scores, tables

pytestmark = pytest.mark.processes

#: The rows that need no encoder: one job.
LIGHT = SUITE.replace("{name: one, checkpoint: ./one}", "").replace(", domain: {test: [barber]}, rare-words", "")


def test_a_run_ends_with_0_and_the_place_of_the_page(desk: Desk, command: Command) -> None:
    """The table on stdout, progress on stderr; a second run keeps all and prints the same table."""
    desk.suite(LIGHT)
    said = command("run", "suite.yaml", "-o", "run")
    assert said.code == 0
    assert [line.split(", ")[0] for line in said.err.splitlines()] == [
        "suite reviews -> run",
        "baselines: loading data (0 of 4 cells",
        "baselines: fitting and scoring (0 of 4 cells",
    ]
    assert said.err.count("min left)") == 2
    assert "reviews: " in said.out
    assert said.out.splitlines()[-1] == "page: run/index.html"

    again = command("run", "suite.yaml", "-o", "run")
    assert (again.code, again.out) == (0, said.out)
    assert again.err.splitlines() == ["suite reviews -> run", "plan: 4 finished cells are kept (4 of 4 cells)"]

    told = command("report", "run", "--example", "examples/light.md")
    assert (told.code, told.out) == (0, said.out)
    assert (desk.path / "examples" / "light.md").read_bytes() == (desk.path / "run" / "report.md").read_bytes()


def test_a_run_goes_to_reports_by_default(desk: Desk, command: Command) -> None:
    desk.suite(LIGHT)
    assert command("run", "suite.yaml", "--only", "encoder=majority").out.splitlines()[-1] == (
        "page: reports/reviews/index.html"
    )


def test_paths_are_those_beside_the_suite(desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders and data lie by the suite, wherever the command is typed; the run lies where it is typed."""
    desk.suite(LIGHT.replace("encoders: [", "encoders: [{name: one, checkpoint: ./one}"))
    monkeypatch.chdir(desk.path.parent)
    said = command("run", "desk/suite.yaml", "--only", "encoder=one,condition=clean")
    assert said.code == 0
    assert scores(Run(desk.path.parent / "reports" / "reviews"))["reviews/one/mean/probe/clean/–"] > 0.5


def test_the_command_is_on_the_page_as_it_was_typed(desk: Desk, command: Command) -> None:
    """So that it can be typed again: quoted where a shell needs it."""
    desk.suite(LIGHT)
    command("run", "suite.yaml", "-o", "my run", "--set", "seed=3", "--only", "encoder=maj*")
    assert Run(desk.path / "my run").manifest["command"] == (
        "harness run suite.yaml -o 'my run' --set seed=3 --only 'encoder=maj*'"
    )


def test_a_run_with_failures_ends_with_3(desk: Desk, command: Command) -> None:
    """Each reason is said once as the run goes on, and counted at the end."""
    desk.suite(LIGHT.replace("tasks: [", "tasks: [{name: tickets, data: tickets.csv}, "))
    said = command("run", "suite.yaml", "-o", "run")
    assert said.code == 3
    assert "plan: failed: missing-file: tickets.csv: no such file." in said.err.splitlines()
    assert "2 failed; the reasons are on the page" in said.err.splitlines()
    assert "Some cells failed. Of 6 planned cells: 4 done, 2 failed" in said.out


def test_fail_fast_ends_with_3_and_a_report(desk: Desk, command: Command) -> None:
    desk.suite(LIGHT.replace("tasks: [", "tasks: [{name: tickets, data: tickets.csv}, "))
    said = command("run", "suite.yaml", "-o", "run", "--fail-fast")
    assert said.code == 3
    assert said.err.splitlines()[-1] == (
        "error: stopped at the first failure (--fail-fast): missing-file: tickets.csv: no such file."
    )
    assert "This run is not finished" in (desk.path / "run" / "report.md").read_text(encoding="utf-8")


def test_an_interrupt_ends_the_process_of_the_job(desk: Desk) -> None:
    """Whatever the parent is doing when Ctrl-C comes; and its folder says how far it came."""
    jobs: list[BaseProcess] = []

    def interrupted(told: Told) -> None:
        if not jobs:  # at its first word the job is at work; at its last it may have ended already
            jobs.extend(multiprocessing.active_children())
        if told.n_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as held:  # as the command holds it while it writes the report
        desk.run(LIGHT, executor=executors.processes, watch=interrupted)
    assert len(jobs) == 1
    assert not jobs[0].is_alive()
    assert held
    run = Run(desk.path / "run")
    assert len(run.finished()) == 2
    assert not run.manifest["complete"]
    assert desk.run(LIGHT).manifest["complete"]


def test_the_report_of_a_stored_run_is_written_again(desk: Desk, ran: Run, command: Command) -> None:
    """Byte for byte, from what is stored alone."""
    run = ran
    before = {name: (run.path / name).read_bytes() for name in ("report.md", "index.html", "results.csv")}
    for name in before:
        (run.path / name).unlink()
    shutil.rmtree(desk.path / "one")
    (desk.path / "reviews.csv").unlink()
    said = command("report", "run")
    assert said.code == 0
    assert {name: (run.path / name).read_bytes() for name in before} == before


def test_a_run_that_has_moved_is_still_a_run(desk: Desk, ran: Run, command: Command) -> None:
    text = tables(ran)
    (desk.path / "run").rename(desk.path / "elsewhere")
    assert command("report", "elsewhere").code == 0
    assert tables(desk.path / "elsewhere") == text


def test_a_report_ends_with_3_where_cells_are_missing(desk: Desk, command: Command) -> None:
    """As after a kill: what is not there cannot be judged."""
    run = desk.run(LIGHT)
    lines = (run.path / "cells.jsonl").read_text().splitlines(keepends=True)
    (run.path / "cells.jsonl").write_text("".join(lines[:-1]))
    said = command("report", "run")
    assert said.code == 3
    assert "1 cells have not been run; run the suite again to go on" in said.err


def test_a_run_is_a_tidy_frame(desk: Desk) -> None:
    """One row a cell, the address in columns, scores and drops beside it."""
    desk.run(SUITE.replace("./one", "./gone").replace("encoders: [", "encoders: [{name: two, checkpoint: ./two}, "))
    frame = harness.load(desk.path / "run")
    assert len(frame) == 3 * 6 + 1
    address = ["task", "encoder", "pooler", "mode", "condition", "repeat"]
    assert list(frame.columns[:6]) == address
    assert not frame.duplicated(address).any()
    assert frame.set_index("encoder").loc["one", "reason"] == "missing-file"
    done = frame[frame["status"] == "done"]
    assert done["value"].between(0, 1).all()
    assert (done["low"] <= done["high"]).all()
    typos = done[(done["encoder"] == "two") & (done["condition"] == "keyboard@3")].iloc[0]
    assert typos["drop"] == pytest.approx(typos["reference"] - typos["value"])
    assert typos["against"] == "clean"
    assert done[done["kind"] == "clean"]["drop"].isna().all()


def test_the_environment_of_a_run_is_told(desk: Desk) -> None:
    """Enough to know what ran where, and nothing personal."""
    run = desk.run(LIGHT)
    text = (run.path / "run.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert manifest["environment"].keys() == {
        "python",
        "platform",
        "cpu",
        "instructions",
        "n_cores",
        "ram_gb",
        "device",
        "threads",
        "libraries",
    }
    assert manifest["environment"]["device"] == "cpu"
    assert str(desk.path) not in text
    assert manifest["suite"]["name"] == "reviews"
    assert [e["address"]["condition"] for e in manifest["plan"]] == ["clean", "keyboard@3"] * 2


def left_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_of_another_suite_is_left_as_it_is(desk: Desk, command: Command) -> None:
    """On the command line, in a notebook and in a plan: both suites and the way out are named, nothing is written."""
    first = desk.run(LIGHT)
    before = left_in(first.path)
    desk.suite(LIGHT.replace("name: reviews", "name: tickets", 1))
    refused = "run: holds a run of the suite 'reviews', not of 'tickets'. Name another folder with -o."
    said = command("run", "suite.yaml", "-o", "run")
    assert (said.code, said.err.splitlines()[-1]) == (2, f"error: {refused}")
    with pytest.raises(RunFolderError, match="'reviews', not of 'tickets'"):
        harness.run("suite.yaml", "run")
    planned = command("plan", "suite.yaml", "-o", "run")
    assert (planned.code, planned.out.splitlines()[-1]) == (2, f"would be refused: {refused}")
    assert left_in(first.path) == before
    assert command("run", "suite.yaml", "-o", "elsewhere").code == 0


def test_a_folder_of_other_tasks_is_left_as_it_is_though_the_name_is_the_same(desk: Desk, command: Command) -> None:
    first = desk.run(LIGHT)
    before = left_in(first.path)
    desk.suite(LIGHT.replace("{name: reviews, data", "{name: others, data", 1))
    said = command("run", "suite.yaml", "-o", "run")
    assert said.code == 2
    assert "holds a run of a suite 'reviews' of other tasks (reviews). Name another folder with -o." in said.err
    assert left_in(first.path) == before


def test_the_same_suite_edited_goes_on_in_its_folder(desk: Desk, command: Command) -> None:
    desk.run(LIGHT)
    desk.suite(LIGHT + "seed: 7\n")
    assert command("run", "suite.yaml", "-o", "run").code == 0
    assert "refused" not in command("plan", "suite.yaml", "-o", "run").out


def test_harness_run_in_a_notebook_is_the_command(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.suite(LIGHT)
    run = harness.run("suite.yaml", "run", overrides=["seed=1"], only={"encoder": "majority"})
    assert run.manifest["complete"]
    assert run.manifest["suite"]["seed"] == 1
    assert (desk.path / "run" / "index.html").exists()
    assert {c.address.encoder for c in run.cells} == {"majority"}
