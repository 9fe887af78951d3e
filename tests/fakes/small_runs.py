"""Runs of one task that are small enough to work out by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.report.scorer import scorer_of
from tests.fakes.runs import FakeRun, address


def outcomes(right: Any, items: Sequence[str] | None = None) -> Outcomes:
    """Gold is always `yes` but for the last two items; predictions are right where `right` says."""
    n = len(right)
    gold = np.array(["yes"] * (n - 2) + ["no"] * 2)
    wrong = np.where(gold == "yes", "no", "yes")
    names = np.array(items if items is not None else [f"i{k}" for k in range(n)])
    return Outcomes(names, names, np.zeros(n, int), gold, np.where(np.array(right) == 1, gold, wrong), np.zeros(n))


def run_of(cells: dict[tuple[str, str], Outcomes], plan: list[dict[str, Any]], path: Path = Path("run")) -> FakeRun:
    """A run of one task; cells by (row, condition with repeat)."""
    manifest = {
        "suite": {"name": "s"},
        "harness": "0.1.0",
        "environment": {"libraries": {}},
        "plan": plan,
        "encoders": {},
        "complete": True,
        "tasks": {"t": {"kind": "classification", "metrics": ["accuracy"], "n_test": 10}},
        "bundles": {"misspellings": {"version": 1, "members": ["keyboard@3"]}},
    }
    run = FakeRun(path=path, manifest=manifest)
    for entry in plan:
        made = cells.get((entry["address"]["encoder"], entry["key"].split(":", 1)[1]))
        if made is not None:
            run.made[entry["key"]] = made
            value = float((made.gold == made.prediction).mean())
            scores = {"accuracy": {"value": value, "low": value, "high": value}}
            cell = {
                "key": entry["key"],
                "address": entry["address"],
                "status": "done",
                "metric": "accuracy",
                "scores": scores,
            }
            chance = scorer_of("accuracy").component.facts["chance"](made)
            run.lines.append(cell | {"metric": "accuracy", "n": len(made), "chance": chance, "facts": {}})
    return run


def entry(row: str, condition: str, kind: str, against: str | None = None, repeat: str = "–") -> dict[str, Any]:
    """A plan entry of an encoder's probe. Its key: the encoder, a colon, the condition and which repeat it is."""
    name = condition + (repeat if repeat != "–" else "")
    return {
        "key": f"{row}:{name}",
        "address": address(("t", row, "mean", "probe", condition, repeat)),
        "kind": kind,
        "component": condition.partition("@")[0].partition("[")[0] if kind != "clean" else None,
        "against": f"{row}:{against}" if against else None,
        "bundles": ["misspellings"] if kind == "perturbation" else [],
    }
