"""The baseline file: what is in it, what is not, which runs it refuses."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness import gate
from harness.core.errors import HarnessError, MissingFileError
from harness.gate.baseline import read
from tests.fakes.gate_runs import SmallRun, accepted, timed


def text_of(run: SmallRun, **more: object) -> str:
    return gate.dump(gate.baseline_of(run, reason="first", date="2026-01-02", **more))  # type: ignore[arg-type]


def test_it_is_the_same_text_for_the_same_run() -> None:
    """Canonical, so that a diff shows what changed: one line a cell, in order."""
    one, again = text_of(SmallRun()), text_of(SmallRun())
    assert one == again
    assert len([line for line in one.splitlines() if line.startswith('{"address"')]) == 4
    changed = SmallRun()
    changed.spoil("one/clean", 3)
    differing = [a for a, b in zip(one.splitlines(), text_of(changed).splitlines(), strict=True) if a != b]
    assert len(differing) == 1


def test_predictions_come_back() -> None:
    run = SmallRun(n=50)
    baseline = accepted(run)
    predictions = baseline.by_address["reviews", "one", "main", "probe", "clean", "–"].predictions()
    assert predictions is not None
    assert sorted(predictions.tolist()) == sorted(run.made["one/clean"].prediction.tolist())


def test_no_text_and_no_item_id_is_in_it() -> None:
    assert "review " not in text_of(SmallRun())


def test_its_size_is_as_promised() -> None:
    """10,000 items: 5 kB a cell and 50 kB for the items, once."""
    lines = text_of(SmallRun(n=10_000)).splitlines()
    cells = [len(line) for line in lines if line.startswith('{"address"')]
    splits = [len(line) for line in lines if '"items"' in line]
    assert max(cells) < 5_000
    assert len(splits) == 1
    assert max(splits) < 50_100


def test_its_history_goes_on() -> None:
    second = gate.baseline_of(SmallRun(), reason="new tokenizer", date="2026-02-03", before=accepted(SmallRun()))
    assert [entry["reason"] for entry in second["history"]] == ["first", "new tokenizer"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda run: run.fail("one/clean", "out of memory"), "reviews / one / main / probe / clean: killed: out of"),
        (lambda run: run.lines.pop(), "tfidf / keyboard@3: has not been run"),
        (lambda run: run.made.pop("one/clean"), "clean: the outcomes of its items are missing"),
        (lambda run: run.manifest.update(only={"encoder": "one"}), "--only encoder=one"),
        (lambda run: run.manifest.update(complete=False), "stopped before its end"),
        (
            lambda run: run.manifest.update(timing_failures=[{"what": "a", "reason": "bug", "message": ""}]),
            "timing of a: bug",
        ),
    ],
)
def test_an_incomplete_run_is_refused(spoil: object, said: str) -> None:
    run = SmallRun()
    spoil(run)  # type: ignore[operator]
    with pytest.raises(HarnessError, match=said):
        text_of(run)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [], "splits": {}, "format": 99}', '{"cells": [1]'])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(HarnessError, match="harness baseline RUN -o FILE"):
        read(tmp_path / "b.json")


def test_a_damaged_baseline_is_refused(tmp_path: Path) -> None:
    """A merge that went wrong must not look like a regression."""
    value = json.loads(text_of(SmallRun()))
    value["cells"][0]["predictions"] = value["cells"][0]["predictions"][:-5]
    (tmp_path / "b.json").write_text(json.dumps(value))
    with pytest.raises(HarnessError, match="damaged"):
        read(tmp_path / "b.json")
    with pytest.raises(MissingFileError):
        read(tmp_path / "none.json")


@pytest.mark.parametrize(
    "path",
    [
        *("axes", "cells", "classes", "environment", "gate", "history", "primary", "splits", "suite", "timings"),
        *("axes/poolers", "environment/libraries", "cells/0/kind", "cells/0/metric", "history/0", "timings/0/texts"),
    ],
)
def test_a_baseline_that_lacks_something_says_what(tmp_path: Path, path: str) -> None:
    """As a merge leaves it: told when it is read, not as a bug of the harness later."""
    value = json.loads(text_of(timed(SmallRun(), 2)))
    *way, last = path.split("/")
    part = value
    for name in way:
        part = part[int(name) if name.isdigit() else name]
    del part[int(last) if last.isdigit() else last]
    (tmp_path / "b.json").write_text(json.dumps(value))
    place = path.replace("/", ".")
    what = "history is an empty list; expected at least one entry" if path == "history/0" else f"{place} is missing"
    with pytest.raises(HarnessError, match=re.escape(f"a damaged baseline ({what})")):
        read(tmp_path / "b.json")


def test_sums_that_one_side_does_not_know_are_left_out() -> None:
    """A later version may keep more columns of a search, or fewer."""
    both, one = ({name: np.ones(300) for name in names} for names in (("ndcg@10", "recall@10"), ("ndcg@10",)))
    for then, now in ((one, both), (both, one), (both, both)):
        found = gate.judge(search(now), accepted(search(then)), name="b.json")
        assert {check.name: (check.verdict, check.n_changed) for check in found.checks}["clean"] == ("ok", 0)
    kept = accepted(search(one))
    found = gate.judge(search(one), replace(kept, cells=[replace(line, sums={}) for line in kept.cells]))
    assert next(check.why for check in found.checks) == "the baseline kept nothing of its items"


def search(sums: dict[str, np.ndarray]) -> SmallRun:
    run = SmallRun()
    run.manifest["tasks"]["reviews"] = {"kind": "retrieval", "metrics": ["ndcg@10"], "n_test": 9}
    for cell in run.lines:
        cell["metric"] = "ndcg@10"
    run.made = {key: replace(made, sums=sums) for key, made in run.made.items()}
    return run
