"""What goes wrong costs its own cells: each is a row with a reason, and the rest of the run goes on."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.core.events import CellDone, Event
from harness.results import Run
from harness.runner import executors
from tests.fakes.desk import SUITE, Desk, Watched, failed, scores, tables, write_csv

PLAIN = SUITE.replace("keyboard, domain: {test: [barber]}, rare-words", "keyboard")


def spoil_weights(folder: Path) -> None:
    """One NaN in the last layer."""
    from safetensors.numpy import load_file, save_file

    file = folder / "model.safetensors"
    weights = load_file(file)
    weights["encoder.layer.1.output.dense.bias"][0] = float("nan")
    save_file(weights, file, metadata={"format": "pt"})


BROKEN = """
name: broken
encoders:
  - {name: one, checkpoint: ./one}
  - {name: gone, checkpoint: ./gone}
  - {name: no-weights, checkpoint: ./no-weights}
  - {name: nan, checkpoint: ./nan}
  - {name: other-tokens, checkpoint: ./other-tokens}
  - {name: random, checkpoint: ./random}
  - {name: too-long, checkpoint: ./one, max_length: 999}
poolers: [mean]
modes: [probe]
tasks:
  - {name: good, data: reviews.csv}
  - {name: no-file, data: revews.csv}
  - {name: no-column, data: reviews.csv, label: lable}
  - {name: bad-row, data: bad-row.csv}
  - {name: one-class, data: one-class.csv}
  - {name: latin, data: latin.csv}
  - {name: open-quote, data: open-quote.csv}
  - {name: floats, data: floats.csv}
conditions: [keyboard]
latency: false
device: cpu
"""


@pytest.fixture
def broken(desk: Desk) -> Run:
    """A suite in which nearly everything is wrong."""
    for name in ("no-weights", "nan", "other-tokens", "random"):
        shutil.copytree(desk.path / "one", desk.path / name)
    (desk.path / "no-weights" / "model.safetensors").unlink()
    spoil_weights(desk.path / "nan")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(desk.path / "two" / file, desk.path / "other-tokens" / file)
    config = desk.path / "random" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "num_hidden_layers": 3}))
    text = (desk.path / "reviews.csv").read_text()
    lines = text.splitlines(keepends=True)
    (desk.path / "bad-row.csv").write_text("".join([*lines[:40], "one field\n", *lines[40:], "a,b,c,d\n"]))
    (desk.path / "latin.csv").write_bytes(text.replace("was warm", "was très warm").encode("latin-1"))
    (desk.path / "open-quote.csv").write_text("".join([*lines[:9], '"never closed,good,bakery\n', *lines[9:]]))
    write_csv(desk.path / "one-class.csv", [(f"text {i}", "good", "bakery") for i in range(40)])
    write_csv(desk.path / "floats.csv", [(f"text {i}", str(i / 7), "bakery") for i in range(99)])
    return desk.run(BROKEN)


def test_everything_that_is_wrong_is_a_row_with_its_reason(broken: Run) -> None:
    """And the message names the file, the row, what was found and what to do."""
    said = failed(broken)
    whole = {address for address in said if address.startswith("good/")}
    assert {address.split("/")[1]: said[address].split(":")[0] for address in whole} == {
        "gone": "missing-file",
        "no-weights": "missing-file",
        "nan": "not-finite",
        "other-tokens": "bad-encoder",
        "random": "bad-encoder",
        "too-long": "bad-encoder",
    }
    for task, words in {
        "no-file": ("missing-file", "revews.csv: no such file. Did you mean 'reviews.csv'?"),
        "no-column": ("bad-data", "reviews.csv: no column 'lable'", "'text', 'label', 'shop'", "Did you mean 'label'?"),
        "bad-row": ("bad-data", "bad-row.csv: 2 rows", "row 41: 1 field; expected 3", "row 153: 4 fields; expected 3"),
        "one-class": ("bad-data", "one-class.csv: every row has the label 'good'", "at least two classes"),
        "latin": ("bad-data", "latin.csv, line", "byte 0xe8", "say `encoding: cp1252`"),
        "open-quote": ("bad-data", "open-quote.csv, row", "a quote that is never closed"),
        "floats": ("bad-data", "floats.csv: column 'label' looks continuous"),
    }.items():
        rows = {address: message for address, message in said.items() if address.startswith(f"{task}/")}
        assert {address.split("/")[1] for address in rows} == {
            *("one", "gone", "no-weights", "nan", "other-tokens", "random", "too-long", "majority", "tfidf")
        }
        for message in rows.values():
            assert all(word in message for word in words), message


def test_what_is_sound_was_run_all_the_same(broken: Run) -> None:
    assert broken.manifest["complete"]
    done = {c.address.names[:2] for c in broken.cells if c.status == "done"}
    assert done == {("good", "one"), ("good", "majority"), ("good", "tfidf")}


def test_a_report_of_failures_says_them(broken: Run) -> None:
    text = (broken.path / "report.md").read_text(encoding="utf-8")
    assert "Some cells failed" in text
    for words in ("the vector of ", "no such file. Did you mean 'reviews.csv'?", "row 41: 1 field; expected 3"):
        assert words in text


def test_what_was_mended_is_run_and_the_rest_kept(desk: Desk, broken: Run) -> None:
    (desk.path / "no-file").write_text("")
    shutil.copy(desk.path / "reviews.csv", desk.path / "revews.csv")
    shutil.copytree(desk.path / "two", desk.path / "gone")
    watched = Watched()
    again = desk.run(BROKEN, watch=watched)
    done = {c.address.names[:2] for c in again.cells if c.status == "done"}
    sound = {"one", "gone", "majority", "tfidf"}
    assert done == {(task, name) for task in ("good", "no-file") for name in sound}
    # the same texts under another name have the same keys: only what failed and what is new is computed
    computed = {again.results[event.key].address.encoder for event in watched.of(CellDone)}
    assert computed == {"gone"}


# What a job's process may do in the middle of its work.


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _out_of_memory() -> None:
    raise MemoryError


def _bug() -> None:
    raise ZeroDivisionError("a bug")


def dying(function: Any, name: str, how: Any, job: Any, place: Any) -> Iterator[Event]:
    """The job `name` does this after its first finished cell."""
    for event in function(job, place):
        yield event
        if job.name == name and isinstance(event, CellDone):
            how()


def dying_job(name: str, how: Any, executor: Any) -> Any:
    """The executor, but that one job ends like this."""

    def dying_executor(function: Any, jobs: Any, places: Any) -> Any:
        return executor(partial(dying, function, name, how), jobs, places)

    return dying_executor


SIGKILL = "the job's process was ended by SIGKILL. The system may have run out"
TWO = PLAIN.replace("encoders: [", "encoders: [{name: two, checkpoint: ./two}, ")


@pytest.mark.parametrize(
    ("how", "executor", "reason", "message"),
    [
        pytest.param(_killed, executors.processes, "killed", SIGKILL, marks=pytest.mark.processes),
        (_out_of_memory, executors.inline, "out-of-memory", "MemoryError"),
        (_bug, executors.inline, "bug", "ZeroDivisionError: a bug"),
    ],
)
def test_a_job_that_ends_early_costs_what_it_had_not_finished(
    desk: Desk, how: Any, executor: Any, reason: str, message: str
) -> None:
    """Its finished cell is kept, the others are rows with the reason; the next jobs run; a resumed run heals it."""
    watched = Watched()
    run = desk.run(TWO, executor=dying_job("two", how, executor), watch=watched)
    by_encoder = {name: [c for c in run.cells if c.address.encoder == name] for name in ("two", "one", "tfidf")}
    assert [c.status for c in by_encoder["two"]] == ["done", "failed"]
    assert by_encoder["two"][1].reason == reason
    assert by_encoder["two"][1].message.startswith(message)
    assert ("Traceback" in by_encoder["two"][1].message) == (reason in ("bug", "out-of-memory"))
    assert {c.status for c in by_encoder["one"] + by_encoder["tfidf"]} == {"done"}
    assert run.manifest["complete"]
    assert len(run.outcomes(by_encoder["two"][0].key)) == by_encoder["two"][0].n

    healed = Watched()
    again = desk.run(TWO, watch=healed)
    assert healed.cells == [by_encoder["two"][1].key]
    whole = desk.run(TWO, out="whole")
    assert scores(again) == pytest.approx(scores(whole), abs=1e-6)
    assert tables(again) == tables(whole)


def test_fail_fast_stops_at_the_first_failure(desk: Desk) -> None:
    """What is finished stays, the job that runs is ended, and the run can go on later."""
    with pytest.raises(HarnessError, match=r"stopped at the first failure \(--fail-fast\): out-of-memory: MemoryError"):
        desk.run(TWO, executor=dying_job("two", _out_of_memory, executors.inline), fail_fast=True)
    run = Run(desk.path / "run")
    assert not run.manifest["complete"]
    assert {c.address.encoder for c in run.cells if c.status != "not run"} == {"two"}
    watched = Watched()
    assert desk.run(TWO, watch=watched).manifest["complete"]
    assert len(watched.of(CellDone)) == len(run.manifest["plan"]) - 1


def test_fail_fast_stops_before_anything_where_something_is_missing(desk: Desk) -> None:
    watched = Watched()
    with pytest.raises(HarnessError, match=r"--fail-fast\): missing-file: .*no folder"):
        desk.run(PLAIN.replace("./one", "./gone"), fail_fast=True, watch=watched)
    assert watched.cells == []
    assert watched.failures == ["missing-file"]


def test_what_is_missing_is_said_at_once(desk: Desk) -> None:
    """Before hours of other work, not only on the page."""
    watched = Watched()
    desk.run(TWO.replace("./two", "./gone"), watch=watched)
    job, event = watched.events[0]
    assert job == "plan"
    assert event is not None
    assert "no folder" in str(event)


def test_a_domain_of_one_class_is_bad_data(desk: Desk) -> None:
    """A classifer cannot be trained there, though the task as a whole is sound."""
    rows = [(f"text {i} is {'so' if i % 2 else 'not so'}", ("good", "bad")[i % 2], "a") for i in range(80)]
    rows += [(f"other text {i}", "good", "b") for i in range(40)]
    write_csv(desk.path / "reviews.csv", rows)
    run = desk.run(SUITE.replace("domain: {test: [barber]}, rare-words", "domain"))
    bad = {c.address.condition for c in run.cells if c.status == "failed"}
    assert bad == {"domain[b>b]"}
    for message in failed(run).values():
        assert message.startswith("bad-data: all 3")
        assert "training texts of domain b have the label 'good'; a classifier needs two classes." in message


def test_a_domain_without_test_texts_is_bad_data(desk: Desk) -> None:
    """As a small sample may leave it."""
    rows = [(f"text {i}", ("good", "bad")[i % 2], "a") for i in range(200)]
    rows += [(f"other {i}", ("good", "bad")[i % 2], "b") for i in range(3)]
    write_csv(desk.path / "train.csv", rows)
    write_csv(desk.path / "test.csv", [(f"test {i}", ("good", "bad")[i % 2], "a") for i in range(30)])
    text = SUITE.replace("data: reviews.csv", "train: train.csv, test: test.csv")
    run = desk.run(text.replace("keyboard, domain: {test: [barber]}, rare-words", "domain"))
    assert {c.address.condition for c in run.cells if c.status == "failed"} == {"domain[b>b]", "domain[a>b]"}
    for message in failed(run).values():
        assert message == "bad-data: task 'reviews': there are no test texts of domain b. Raise max_samples.test."


def test_a_suite_without_encoders_has_the_rows_that_need_none(desk: Desk) -> None:
    run = desk.run(PLAIN.replace("{name: one, checkpoint: ./one}", ""))
    assert {c.address.encoder for c in run.cells} == {"majority", "tfidf"}
    assert {c.status for c in run.cells} == {"done"}
