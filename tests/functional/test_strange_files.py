"""Run folders and baselines that somebody else wrote, or a merge: read, or refused with file, place and value."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import fuzz_shapes
from harness import api, gate
from harness.core.errors import HarnessError, RunFolderError
from harness.results import Run
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, Watched, scores


@pytest.fixture
def run(ran: Run) -> Run:
    return ran


def put(value: Any, place: str, what: Any) -> None:
    *way, last = [int(part) if part.isdigit() else part for part in place.split("/")]
    for part in way:
        value = value[part]
    value[last] = what


MANIFEST = [
    ("plan", {}, "plan is an empty mapping; expected a list"),
    ("plan/3/address/task", 5, "plan.3.address.task is 5; expected text"),
    ("plan/0/key", ["a"], "plan.0.key is a list of 1; expected text"),
    ("plan/0/severity", 1e300, "plan.0.severity is 1e+300; expected 1e+15 or less"),
    ("tasks/reviews/n_test", 10**30, "tasks.reviews.n_test is 1000000000000000000000000000000; expected 1e+15 or less"),
    ("tasks/reviews/metrics", [], "tasks.reviews.metrics is an empty list; expected at least one entry"),
    ("tasks/reviews/domains", {"a": 3}, "tasks.reviews.domains.a is 3; expected a list"),
    ("suite/gate/margin", "x", 'suite.gate.margin is "x"; expected a number'),
    ("suite/limits", {"p50_ms": 0}, "suite.limits.p50_ms is 0; expected 1e-12 or more"),
    ("encoders/one/n_parameters", -1, "encoders.one.n_parameters is -1; expected 0 or more"),
    ("environment", None, "environment is null; expected a mapping"),
]


@pytest.mark.parametrize(("place", "value", "said"), MANIFEST, ids=lambda v: v if isinstance(v, str) else "")
def test_a_run_json_of_another_shape_is_named(run: Run, command: Command, place: str, value: Any, said: str) -> None:
    file = run.path / "run.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    put(manifest, place, value)
    file.write_text(json.dumps(manifest), encoding="utf-8")
    for name, *arguments in (("report",), ("gate",), ("baseline", "-o", "b.json", "--reason", "x")):
        told = command(name, "run", *arguments)
        assert told.code == 2
        assert told.err.startswith(
            f"error: run/run.json: not what a run leaves: {said}. Run the suite again: it writes"
        )
    with pytest.raises(RunFolderError, match="not what a run leaves"):
        api.load(run.path)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "9" * 10_000, "\ufeff[]", '{"plan": NaN}', '{"plan": 1e999}', '{"plan": "\\ud800"}', "nul"]
)
def test_a_run_json_that_is_no_json_for_us_is_refused(run: Run, text: str) -> None:
    (run.path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"run.json: (cannot be read as JSON|not what a run leaves)"):
        Run(run.path)


def test_a_spoilt_run_json_loses_no_finished_cell(desk: Desk, run: Run, command: Command) -> None:
    """It says what the plan was; what was found stands in files of its own."""
    before = scores(run)
    (run.path / "run.json").write_text("[]", encoding="utf-8")
    assert "18 cells, 18 of them finished" in command("plan", "suite.yaml", "-o", "run").out
    watched = Watched()
    assert scores(desk.run(watch=watched)) == before
    assert len(watched.cells) == 1  # of the one encoder, whose size stood in run.json


LINES = [
    ("cells.jsonl", {"status": "finished"}, "status is \"finished\"; expected one of 'done', 'failed' or 'skipped'"),
    ("cells.jsonl", {"scores": {"accuracy": {"value": "x"}}}, 'scores.accuracy.value is "x"; expected a number'),
    ("cells.jsonl", {"address": None}, "address is null; expected a mapping"),
    ("cells.jsonl", {"facts": []}, "facts is an empty list; expected a mapping"),
    ("cells.jsonl", {"n": 1e400}, "n is Infinity; expected a whole number"),
]


@pytest.mark.parametrize(("name", "change", "said"), LINES, ids=lambda v: str(v)[:30])
def test_a_line_of_another_shape_is_named_wherever_it_is_read(
    desk: Desk, run: Run, command: Command, name: str, change: dict[str, Any], said: str
) -> None:
    """Taken out, as the message says, only what it told is done anew."""
    file = run.path / name
    first, second, *rest = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([first, json.dumps({**json.loads(second), **change}), *rest, ""]), encoding="utf-8")
    desk.suite()
    advice = "Take the line out and run the suite again: what it tells is done anew."
    for arguments in (("report", "run"), ("plan", "suite.yaml", "-o", "run"), ("run", "suite.yaml", "-o", "run")):
        told = command(*arguments)
        assert told.code == 2, told
        assert f"run/{name}, line 2: {said}. {advice}" in told.err
    file.write_text("\n".join([first, *rest, ""]), encoding="utf-8")
    watched = Watched()
    desk.run(watch=watched)
    assert len(watched.cells) == 1


def test_outcomes_of_another_shape_count_as_absent(desk: Desk, run: Run) -> None:
    """As damaged ones do: their cells are computed anew."""
    before = scores(run)
    for file in (run.path / "outcomes").iterdir():
        pq.write_table(pa.table({"cell": ["a"], "item": [3]}), file)
    assert Run(run.path).finished() == set()
    watched = Watched()
    assert scores(desk.run(watch=watched)) == before
    assert len(watched.cells) == 18


FUZZED = SUITE.replace("conditions:", "gate: {thresholds: [{metric: accuracy, min: 0.1}]}\nconditions:").replace(
    "latency: false", "latency: {replicates: 2, requests: 10}"
)


def test_mutated_files_are_read_or_refused_in_our_words(desk: Desk, tmp_path: Path) -> None:
    """A few hundred of what `benchmarks/fuzz_shapes.py` tries by the hundred thousand."""
    done = desk.run(FUZZED.replace("modes: [probe]", "modes: [probe, {name: tuned, mode: finetune, epochs: 1}]"))
    (tmp_path / "fuzzed").mkdir()
    found = fuzz_shapes.fuzz(fuzz_shapes.Desk.of(done.path, tmp_path / "fuzzed"), 250, 5, list(fuzz_shapes.FILES))
    assert [line for line in found.wrong if not line.endswith(" s")] == []
    assert found.seen["read"] > 30
    assert found.seen["refused"] > 100


@pytest.mark.usefixtures("run")
def test_a_run_whose_parts_do_not_fit_together_is_read(desk: Desk, command: Command) -> None:
    """A task that run.json does not describe, an encoder without its precision, a repeat of no role."""
    assert command("baseline", "run", "-o", "b.json", "--reason", "x").code == 0
    file = desk.path / "run" / "run.json"
    whole = json.loads(file.read_text(encoding="utf-8"))
    for place, what in (
        ("tasks", {"other": whole["tasks"]["reviews"]}),
        ("encoders/one/precision", None),
        ("plan/0/repeat", {"": 3}),
        ("tasks/reviews/language", "elvish"),
    ):
        changed = json.loads(json.dumps(whole))
        put(changed, place, what)
        file.write_text(json.dumps(changed), encoding="utf-8")
        assert command("report", "run").code in (0, 3)
        assert command("gate", "run", "--baseline", "b.json").code in (0, 1, 2, 3)


def test_a_baseline_of_another_shape_is_named(run: Run, command: Command) -> None:
    assert command("baseline", "run", "-o", "b.json", "--reason", "x").code == 0
    value = json.loads(Path("b.json").read_text(encoding="utf-8"))
    for place, what, said in (
        ("cells/1/address/mode", 3, "cells.1.address.mode is 3; expected text"),
        ("cells/1/split", "x", "cells.1.split is 'x', which is not in splits"),
        ("cells/1/predictions", None, "cells.1 has no predictions, and its task has classes"),
        ("primary", [], "primary is an empty list; expected at least one entry"),
        ("gate/margin", 1e400, "cannot be read as a baseline (Infinity is no finite number)"),
        ("format", 2, "format is 2; expected one of 1"),
        ("format", 10**40, "expected 1e+15 or less"),
    ):
        changed = json.loads(json.dumps(value))
        put(changed, place, what)
        Path("c.json").write_text(json.dumps(changed), encoding="utf-8")
        told = command("gate", "run", "--baseline", "c.json")
        assert told.code == 2
        assert said in told.err
        assert "`harness baseline RUN -o FILE --reason …` makes one." in told.err
    with pytest.raises(HarnessError):
        gate.read(Path("c.json"))
