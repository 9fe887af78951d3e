"""Checkpoints that a run built, read back."""

import json
from pathlib import Path
from typing import Any

from harness.results import Run


def builds_of(path: Path, *lines: dict[str, Any], plan: tuple[str | None, ...]) -> list[dict[str, Any]]:
    path.joinpath("run.json").write_text(json.dumps({"plan": [{"key": "k", "build": key} for key in plan]}))
    if lines:
        path.joinpath("builds.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Run(path).builds


def test_builds_are_the_latest_of_those_that_the_plan_names(tmp_path):
    lines = [{"checkpoint": "a", "status": "failed"}, {"checkpoint": "old"}, {"checkpoint": "a", "status": "done"}, {}]
    assert builds_of(tmp_path, *lines, plan=("a", None, "b")) == [{"checkpoint": "a", "status": "done"}]


def test_a_run_without_builds_has_none(tmp_path):
    """As all runs of before there was training."""
    assert builds_of(tmp_path, plan=(None,)) == []
