"""The run folder on disk: what is written, what survives, how it is read back."""

import hashlib
import json
import multiprocessing
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.data import Outcomes
from harness.core.errors import HarnessError, RunFolderError
from harness.results import Run, RunFolder, environment
from harness.results.folder import read_lines
from harness.results.outcomes import read_outcomes


def outcomes(n: int = 3, text: str = "a", **sums: Any) -> Outcomes:
    items = np.array([f"{text}{i}" for i in range(n)])
    content = np.array([f"{text}{i}#" for i in range(n)])
    return Outcomes(items, items, np.zeros(n, np.int32), items, items, np.linspace(0, 1, n), sums, content)


def same(one: Outcomes, other: Outcomes) -> bool:
    columns = ("item", "content", "cluster", "draw", "gold", "prediction", "score", "answers", "ranking")
    return all(np.array_equal(getattr(one, c), getattr(other, c)) for c in columns) and all(
        np.array_equal(one.sums[name], other.sums[name]) for name in one.sums.keys() | other.sums.keys()
    )


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


def test_outcomes_of_an_earlier_version_are_read(folder: RunFolder) -> None:
    """They lack the columns that came later, and are results all the same."""
    import pyarrow.parquet as pq

    with folder.locked():
        writer = folder.outcome_writer("job")
        writer.append("one", outcomes(5))
        writer.close()
    path = next((folder.path / "outcomes").glob("*.parquet"))
    pq.write_table(pq.read_table(path).drop_columns(["content", "answers", "ranking"]), path)
    digest = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    path.rename(path.with_name(f"job-0.{digest}.parquet"))
    found = read_outcomes(folder.path / "outcomes")["one"]
    assert found.item.tolist() == outcomes(5).item.tolist()
    assert set(found.ranking) == set(found.content) == {""}


@pytest.mark.parametrize("text", ["a", "", "<script>", "a\x00b\n\u2028", "👩‍👩‍👧 עברית"])
def test_outcomes_come_back_as_they_were(folder: RunFolder, text: str) -> None:
    kept = {"one": outcomes(5, text), "two": outcomes(1, text, **{"ndcg@10": np.array([0.3])}), "three": outcomes(2)}
    with folder.locked():
        writer = folder.outcome_writer("job")
        for key, value in kept.items():
            writer.append(key, value)
        writer.close()
        folder.write_manifest(plan_of(*kept))
    run = Run(folder.path)
    for key, value in kept.items():
        assert same(run.outcomes(key), value)
    assert [p.suffix for p in (folder.path / "outcomes").iterdir()] == [".parquet"]
    with pytest.raises(KeyError):
        run.outcomes("four")


def test_outcomes_can_be_read_while_they_are_written(folder: RunFolder) -> None:
    """A report of a run that goes on shows what is finished."""
    with folder.locked():
        folder.write_manifest(plan_of("one", "two"))
        writer = folder.outcome_writer("job")
        writer.append("one", outcomes())
        assert same(Run(folder.path).outcomes("one"), outcomes())
        writer.close()


def died_with(path: Path, *keys: str) -> None:
    """A process takes the folder, appends the outcomes of these cells and dies."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["harness.runner.preload"])
    process = context.Process(target=_append_and_die, args=(path, keys))
    process.start()
    process.join()
    assert process.exitcode == 1


def _append_and_die(path: Path, keys: tuple[str, ...]) -> None:
    with RunFolder(path).locked() as folder:
        folder.write_manifest(plan_of(*keys))
        writer = folder.outcome_writer("job")
        for key in keys:
            writer.append(key, outcomes(text=key))
        os._exit(1)


def test_a_lock_dies_with_its_process(folder: RunFolder) -> None:
    """No file has to be deleted by hand after a crash, and what was left open is closed."""
    died_with(folder.path, "one", "two")
    with folder.locked():
        assert [p.suffix for p in (folder.path / "outcomes").iterdir()] == [".parquet"]
    run = Run(folder.path)
    assert [same(run.outcomes(key), outcomes(text=key)) for key in ("one", "two")] == [True, True]


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_outcomes_count_up_to_where_they_are_damaged(folder: RunFolder, damage: str) -> None:
    died_with(folder.path, "one", "two", "three")
    (stream,) = (folder.path / "outcomes").iterdir()
    data = bytearray(stream.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    else:
        data[len(data) // 2] ^= 1
    stream.write_bytes(data)
    with folder.locked():
        run = Run(folder.path)
    assert same(run.outcomes("one"), outcomes(text="one"))
    for key in ("two", "three"):
        with pytest.raises(KeyError):
            run.outcomes(key)


def test_no_file_of_outcomes_is_ever_written_over(folder: RunFolder) -> None:
    """Not even where an earlier one was taken away, or the job is called as a pattern is."""
    for round_ in range(3):
        with folder.locked():
            writer = folder.outcome_writer("job[1]")
            writer.append(f"key {round_}", outcomes(text=f"{round_}"))
            writer.close()
        if round_ == 1:
            min((folder.path / "outcomes").iterdir()).unlink()
    folder.write_manifest(plan_of())
    run = Run(folder.path)
    assert [same(run.outcomes(f"key {i}"), outcomes(text=f"{i}")) for i in (1, 2)] == [True, True]


def test_of_two_outcomes_of_a_cell_the_later_counts(folder: RunFolder) -> None:
    for text in ("old", "new"):
        with folder.locked():
            writer = folder.outcome_writer("job")
            writer.append("one", outcomes(text=text))
            writer.close()
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
    assert [(c["key"], c["status"]) for c in run.cells] == [("a", "done"), ("b", "done")]
    assert run.cells[0]["n"] == 2


def test_two_addresses_may_share_a_cell(folder: RunFolder) -> None:
    """A reading longer than what the encoder reads is the clean cell under another name."""
    with folder.locked():
        folder.append_cell(done("a", address={**dict.fromkeys(NAMES, "0"), "condition": "clean"}))
        folder.write_manifest(plan_of("a", "a"))
    assert [c["address"]["condition"] for c in Run(folder.path).cells] == ["0", "1"]


def test_what_was_missing_when_planned_is_a_failed_cell(folder: RunFolder) -> None:
    with folder.locked():
        folder.write_manifest(plan_of(None, status="failed", reason="missing-file", message="no folder"))
    (cell,) = Run(folder.path).cells
    assert (cell["status"], cell["reason"], cell["key"]) == ("failed", "missing-file", None)


def test_only_done_cells_with_outcomes_count_as_finished(folder: RunFolder) -> None:
    with folder.locked():
        writer = folder.outcome_writer("job")
        for key in ("whole", "failed"):
            writer.append(key, outcomes())
        writer.close()
        for line in (done("whole"), done("without outcomes"), {**done("failed"), "status": "failed"}):
            folder.append_cell(line)
        folder.write_manifest(plan_of("whole", "without outcomes", "failed"))
    assert Run(folder.path).finished() == {"whole"}


def test_timings_are_those_that_the_suite_asks_for(folder: RunFolder) -> None:
    """Those of an earlier suite stay in the file, and come back with it."""
    with folder.locked():
        for key in ("a", "b", "c"):
            folder.append_timing(timing(key))
        folder.write_manifest({**plan_of(), "timings": ["c", "a"]})
    assert [line["key"] for line in Run(folder.path).timings] == ["a", "c"]


def test_the_environment_is_plain_data() -> None:
    facts = environment("cpu", 2)
    assert json.loads(json.dumps(facts)) == facts
    assert facts["threads"] == 2
    libraries = facts["libraries"]
    assert isinstance(libraries, dict)
    assert libraries["torch"]
