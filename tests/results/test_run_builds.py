"""Checkpoints that a run built, read back."""

import json
from pathlib import Path
from typing import Any

from harness.results import Run

NAMES = dict.fromkeys(("task", "encoder", "pooler", "mode", "repeat"), "a")


def build(checkpoint: str, status: str = "done") -> dict[str, Any]:
    return {"checkpoint": checkpoint, **NAMES, "status": status, "facts": {}}


def builds_of(path: Path, *lines: dict[str, Any], plan: tuple[str | None, ...]) -> list[tuple[str, str]]:
    planned = [{"key": "k", "address": NAMES, "kind": "clean", "build": key} for key in plan]
    about = {"suite": {"name": "s"}, "harness": "0.1.0", "environment": {"libraries": {}}, "encoders": {}, "tasks": {}}
    path.joinpath("run.json").write_text(json.dumps({**about, "plan": planned}))
    if lines:
        path.joinpath("builds.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return [(built.checkpoint, built.status) for built in Run(path).builds]


def test_builds_are_the_latest_of_those_that_the_plan_names(tmp_path: Path) -> None:
    lines = [build("a", "failed"), build("old"), build("a")]
    assert builds_of(tmp_path, *lines, plan=("a", None, "b")) == [("a", "done")]


def test_a_run_without_builds_has_none(tmp_path: Path) -> None:
    """As all runs of before there was training."""
    assert builds_of(tmp_path, plan=(None,)) == []
