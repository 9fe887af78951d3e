"""The run folder on disk: what is written, what survives, how it is read back."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.data import Outcomes
from harness.core.errors import HarnessError, RunFolderError
from harness.results import Run, RunFolder, environment
from harness.results.folder import read_lines
from harness.results.outcomes import Places
from tests.fakes import forked


def outcomes(n: int = 3, text: str = "a", **sums: Any) -> Outcomes:
    items = np.array([f"{text}{i}" for i in range(n)])
    content = np.array([f"{text}{i}#" for i in range(n)])
    return Outcomes(items, items, np.zeros(n, np.int32), items, items, np.linspace(0, 1, n), sums, content)


def same(one: Outcomes, other: Outcomes) -> bool:
    columns = ("item", "content", "cluster", "draw", "gold", "prediction", "score", "answers", "ranking")
    return all(equal(getattr(one, c), getattr(other, c)) for c in columns) and all(
        equal(one.sums[name], other.sums[name]) for name in one.sums.keys() | other.sums.keys()
    )


def equal(a: Any, b: Any) -> bool:
    """To the bit; NaN is NaN, and names are not numbers."""
    return a.dtype.kind == b.dtype.kind and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


NAMES = ("task", "encoder", "pooler", "mode", "condition", "repeat")


def plan_of(*keys: str | None, **more: Any) -> dict[str, Any]:
    entries = [{"key": key, "address": dict.fromkeys(NAMES, f"{i}"), "kind": "clean"} for i, key in enumerate(keys)]
    about = {"suite": {"name": "s"}, "harness": "0.1.0", "environment": {"libraries": {}}, "encoders": {}, "tasks": {}}
    return {**about, "plan": [{**entry, **more} for entry in entries]}


def done(key: str, **more: Any) -> dict[str, Any]:
    address = dict.fromkeys(NAMES, "0")
    return {"key": key, "status": "done", "address": address, "metric": "accuracy", "scores": {}, **more}


def timing(key: str) -> dict[str, Any]:
    return {"key": key, "scenario": "offline", "task": "t", "encoder": "one", "replicate": 0}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "deep" / "run")


def kept(folder: RunFolder, cells: dict[str, Outcomes], **more: Any) -> dict[str, Places]:
    """The cells in the folder, by a writer of their own; their places by key."""
    writer, places = folder.outcome_writer(), {}
    for key, value in cells.items():
        places[key] = writer.append(value)
        folder.append_cell(done(key, outcomes=places[key], **more))
    writer.close()
    return places


def test_outcomes_of_an_earlier_version_are_refused_in_words(folder: RunFolder) -> None:
    """And their cells are computed anew."""
    with folder.locked():
        folder.append_cell(done("one"))
        folder.write_manifest(plan_of("one"))
    (folder.path / "outcomes" / "job-0.0123.parquet").write_bytes(b"PAR1")
    run = Run(folder.path)
    with pytest.raises(RunFolderError, match=r"made by an earlier version of the harness.* Run the suite again"):
        run.outcomes("one")
    assert run.finished() == set()


@pytest.mark.parametrize("text", ["a", "", "<script>", "a\x00b\n\u2028", "👩‍👩‍👧 עברית"])
def test_outcomes_come_back_as_they_were(folder: RunFolder, text: str) -> None:
    """Whatever columns they have, and whether they are names or numbers."""
    strange = {text or "a sum": np.array([np.nan, 0.1, -np.inf]), "ndcg@10": np.array([1.0, 0.5, np.nan])}
    numbers = replace(outcomes(), gold=np.array([0.5, np.nan, 3]), prediction=np.array([1e-300, 2.5, 0.1]))
    ranked = replace(outcomes(text="q"), ranking=np.array(["a|b", "a", "b|b|c"]), answers=np.array(["a|b", "a", "c"]))
    cells = {
        "one": outcomes(5, text),
        "two": outcomes(3, text, **strange),
        "three": outcomes(2),
        "numbers": numbers,
        "ranked": ranked,
        "none": outcomes(3).take(np.zeros(3, bool)),
    }
    with folder.locked():
        kept(folder, cells)
        folder.write_manifest(plan_of(*cells))
    run = Run(folder.path)
    for key, value in cells.items():
        assert same(run.outcomes(key), value), key
    with pytest.raises(KeyError):
        run.outcomes("four")


def test_what_cells_share_is_written_once_and_one_is_read_alone(folder: RunFolder) -> None:
    with folder.locked():
        cells = {f"{i}": replace(outcomes(500), score=np.random.default_rng(i).random(500)) for i in range(9)}
        places = kept(folder, cells)
        folder.write_manifest(plan_of(*cells))
    assert len({place.items for place in places.values()}) == 1
    (file,) = (folder.path / "outcomes").iterdir()
    data = file.read_bytes()
    only = bytearray(len(data))
    for place in (places["4"].items, places["4"].cell):
        only[place.start : place.start + place.size] = data[place.start : place.start + place.size]
    file.write_bytes(only)
    run = Run(folder.path)
    assert same(run.outcomes("4"), cells["4"])
    assert run.finished() == {"4"}


def test_outcomes_can_be_read_while_they_are_written(folder: RunFolder) -> None:
    """A report of a run that goes on shows what is finished."""
    with folder.locked():
        folder.write_manifest(plan_of("one", "two"))
        writer = folder.outcome_writer()
        folder.append_cell(done("one", outcomes=writer.append(outcomes())))
        assert same(Run(folder.path).outcomes("one"), outcomes())
        writer.close()


def died_with(path: Path, *keys: str) -> None:
    """A process takes the folder, appends the outcomes of these cells and dies."""
    context = forked.context()
    process = context.Process(target=_append_and_die, args=(path, keys))
    process.start()
    process.join()
    assert process.exitcode == 1


def _append_and_die(path: Path, keys: tuple[str, ...]) -> None:
    with RunFolder(path).locked() as folder:
        folder.write_manifest(plan_of(*keys))
        kept(folder, {key: outcomes(text=key) for key in keys})
        os._exit(1)


@pytest.mark.processes
def test_a_lock_dies_with_its_process(folder: RunFolder) -> None:
    """No file has to be deleted by hand after a crash."""
    died_with(folder.path, "one", "two")
    with folder.locked():
        run = Run(folder.path)
    assert [same(run.outcomes(key), outcomes(text=key)) for key in ("one", "two")] == [True, True]


@pytest.mark.processes
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_damaged_outcomes_are_absent(folder: RunFolder, damage: str) -> None:
    """Those behind the place where a file was cut; of a flipped bit, those it is in."""
    died_with(folder.path, "one", "two", "three")
    (stream,) = (folder.path / "outcomes").iterdir()
    place = Run(folder.path).results["two"].places.cell
    data, middle = bytearray(stream.read_bytes()), place.start + place.size // 2
    if damage == "cut":
        del data[middle:]
    else:
        data[middle] ^= 1
    stream.write_bytes(data)
    run, lost = Run(folder.path), {"cut": {"two", "three"}, "flipped": {"two"}}[damage]
    assert run.finished() == {"one", "two", "three"} - lost
    for key in ("one", "two", "three"):
        if key in lost:
            with pytest.raises(KeyError):
                run.outcomes(key)
        else:
            assert same(run.outcomes(key), outcomes(text=key))


def test_a_line_that_names_the_bytes_of_others_is_no_cell(folder: RunFolder) -> None:
    with folder.locked():
        places = kept(folder, {"one": outcomes(), "two": outcomes(5)})
        mixed = Places(places["one"].items, places["two"].cell)
        folder.append_cell(done("mixed", outcomes=mixed))
        folder.append_cell(done("half", outcomes=Places(mixed.items, mixed.items)))
        folder.write_manifest(plan_of())
    run = Run(folder.path)
    for key in ("mixed", "half"):
        with pytest.raises(KeyError):
            run.outcomes(key)


def test_no_file_of_outcomes_is_ever_written_over(folder: RunFolder) -> None:
    """Not even where an earlier one was taken away."""
    for round_ in range(3):
        with folder.locked():
            kept(folder, {f"key {round_}": outcomes(text=f"{round_}")})
        if round_ == 1:
            min((folder.path / "outcomes").iterdir()).unlink()
    folder.write_manifest(plan_of())
    run = Run(folder.path)
    assert [same(run.outcomes(f"key {i}"), outcomes(text=f"{i}")) for i in (1, 2)] == [True, True]


def test_of_two_outcomes_of_a_cell_the_later_counts(folder: RunFolder) -> None:
    for text in ("old", "new"):
        with folder.locked():
            kept(folder, {"one": outcomes(text=text)})
    folder.write_manifest(plan_of("one"))
    assert same(Run(folder.path).outcomes("one"), outcomes(text="new"))


def test_lines_are_cut_back_to_whole_ones(folder: RunFolder) -> None:
    """And the next line stands on a line of its own."""
    with folder.locked():
        folder.append_cell(done("one"))
    with (folder.path / "cells.jsonl").open("a") as file:
        file.write('{"key": "two", "sta')
    with folder.locked():
        folder.append_cell(done("three"))
        folder.append_timing({"key": "t"})
    assert [line["key"] for line in read_lines(folder.path / "cells.jsonl")] == ["one", "three"]
    assert len((folder.path / "cells.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("line", ["", "{", "[]", "null", '"text"', "\x00\x00\x00"])
def test_lines_that_are_none_are_left_out(folder: RunFolder, line: str) -> None:
    with folder.locked():
        folder.append_cell(done("one"))
        with (folder.path / "cells.jsonl").open("a") as file:
            file.write(line + "\n")
        folder.append_cell(done("two"))
    assert [line["key"] for line in read_lines(folder.path / "cells.jsonl")] == ["one", "two"]


def test_line_breaks_inside_of_messages_do_not_break_lines(folder: RunFolder) -> None:
    with folder.locked():
        folder.append_cell(done("one", message="a\nb\u2028c\x85d"))
        folder.append_cell(done("two"))
    first, _ = read_lines(folder.path / "cells.jsonl")
    assert first["message"] == "a\nb\u2028c\x85d"


def test_what_json_cannot_hold_is_refused(folder: RunFolder) -> None:
    """NaN in a file of results would be read by nobody else."""
    with folder.locked(), pytest.raises(ValueError, match="not JSON compliant"):
        folder.append_cell(done("one", seconds=float("nan")))


def test_the_manifest_is_whole_or_not_there(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with folder.locked():
        folder.write_manifest(plan_of("one"))

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr(Path, "replace", full)
            with pytest.raises(HarnessError, match=r"run.json: cannot be written \(No space left"):
                folder.write_manifest(plan_of("two"))
    assert Run(folder.path).manifest == plan_of("one")


def test_two_runs_cannot_have_one_folder(folder: RunFolder) -> None:
    with folder.locked():
        said: list[str] = []

        def second() -> None:
            try:
                with RunFolder(folder.path).locked():
                    said.append("in")
            except RunFolderError as error:
                said.append(str(error))

        other = threading.Thread(target=second)
        other.start()
        other.join()
        assert said == [
            f"{folder.path}: another run is writing to this folder. Wait for it, or name another folder with -o."
        ]
    with folder.locked():
        assert folder.path.is_dir()


def test_cells_are_those_of_the_plan_in_its_order(folder: RunFolder) -> None:
    """The latest line of each; others in the file are of an earlier plan; what has not run is absent."""
    with folder.locked():
        for line in (done("b"), done("old"), {**done("a"), "status": "failed"}, done("a", n=2)):
            folder.append_cell(line)
        folder.write_manifest(plan_of("a", "not yet", "b"))
    run = Run(folder.path)
    assert [(c.key, c.status) for c in run.cells] == [("a", "done"), ("not yet", "not run"), ("b", "done")]
    assert run.cells[0].n == 2


def test_two_addresses_may_share_a_cell(folder: RunFolder) -> None:
    """A reading longer than what the encoder reads is the clean cell under another name."""
    with folder.locked():
        folder.append_cell(done("a", address={**dict.fromkeys(NAMES, "0"), "condition": "clean"}))
        folder.write_manifest(plan_of("a", "a"))
    assert [c.address.condition for c in Run(folder.path).cells] == ["0", "1"]


def test_what_was_missing_when_planned_is_a_failed_cell(folder: RunFolder) -> None:
    with folder.locked():
        folder.write_manifest(plan_of(None, status="failed", reason="missing-file", message="no folder"))
    (cell,) = Run(folder.path).cells
    assert (cell.status, cell.reason, cell.key) == ("failed", "missing-file", None)


def test_only_done_cells_with_outcomes_count_as_finished(folder: RunFolder) -> None:
    with folder.locked():
        places = kept(folder, {"whole": outcomes(), "failed": outcomes()})
        for line in (done("without outcomes"), {**done("failed", outcomes=places["failed"]), "status": "failed"}):
            folder.append_cell(line)
        folder.write_manifest(plan_of("whole", "without outcomes", "failed"))
    assert Run(folder.path).finished() == {"whole"}


def test_timings_are_those_that_the_suite_asks_for(folder: RunFolder) -> None:
    """Those of an earlier suite stay in the file, and come back with it."""
    with folder.locked():
        for key in ("a", "b", "c"):
            folder.append_timing(timing(key))
        folder.write_manifest({**plan_of(), "timings": ["c", "a"]})
    assert [line.key for line in Run(folder.path).timings] == ["a", "c"]


def test_the_environment_is_plain_data() -> None:
    facts = environment("cpu", 2)
    assert json.loads(json.dumps(facts)) == facts
    assert facts["threads"] == 2
    libraries = facts["libraries"]
    assert isinstance(libraries, dict)
    assert libraries["torch"]
