"""Seconds and bytes of a page, a frame and a gate on runs of many cells. `python -m benchmarks.report [CELLS …]`.

The runs are made by chance and written as a run writes them: no model is needed. `first` is the page of a run whose
comparisons nobody has stored yet, `page` that of any later look.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import harness
from harness import gate, report
from harness.core.data import Outcomes
from harness.core.fingerprint import fingerprint
from harness.core.seeds import generator_of
from harness.results import Run, RunFolder
from harness.results.outcomes import OutcomeWriter

N_ITEMS, N_CLASSES, N_DRAWS = 1000, 8, 3
ENCODERS = ("small", "base", "large", "wide", "deep")
POOLERS = ("cls", "mean", "max", "mean-sqrt-len", "first-last-mean")
#: Components and severities; the page draws curves of those that have several.
PERTURBED = (("keyboard", 1.0), ("keyboard", 3.0), ("keyboard", 5.0), ("truncate", 0.5), ("truncate", 0.25))
METRICS = ("accuracy", "macro-f1")
#: Cells of a row: clean, five perturbations drawn three times, a shift with its oracle, a slice with its control.
A_ROW = 1 + len(PERTURBED) * N_DRAWS + 4


@dataclass(frozen=True)
class Condition:
    """A condition of every row: what it is made of, what it costs, which part of the items it has."""

    name: str
    kind: str
    component: str | None = None
    parameters: dict[str, Any] | None = None
    severity: float | None = None
    against: str | None = None
    cost: float = 0.0
    start: int = 0
    stop: int = N_ITEMS
    step: int = 1

    @property
    def part(self) -> slice:
        """Its items among those of the task."""
        return slice(self.start, self.stop, self.step)


def conditions() -> Iterator[Condition]:
    """`A_ROW` cells of them, where the perturbations are drawn `N_DRAWS` times."""
    yield Condition("clean", "clean")
    for i, (name, severity) in enumerate(PERTURBED):
        yield Condition(f"{name}@{severity:g}", "perturbation", name, {}, severity, "clean", 0.1 * (i + 1))
    shift, half = {"from": "a"}, N_ITEMS // 2
    yield Condition("domain[b>b]", "oracle", "domain", shift, stop=half)
    yield Condition("domain[a>b]", "shift", "domain", shift, against="domain[b>b]", cost=0.3, stop=half)
    yield Condition("rare-words:control", "control", "rare-words", {}, step=4)
    yield Condition("rare-words", "slice", "rare-words", {}, against="rare-words:control", start=1, step=4)


class Maker:
    """Writes a run of tasks x encoders x poolers x conditions into a folder."""

    def __init__(self, folder: RunFolder, writer: OutcomeWriter) -> None:
        self.folder, self.writer, self.plan = folder, writer, list[dict[str, Any]]()
        self.items: dict[str, Any] = {}

    def row(self, task: str, encoder: str, pooler: str) -> None:
        """All cells of one row."""
        skill = float(generator_of("skill", task, encoder, pooler).uniform(0.8, 1.6))
        for condition in conditions():
            for draw in range(N_DRAWS) if condition.kind == "perturbation" else (None,):
                self.cell((task, encoder, pooler), condition, draw, skill)

    def cell(self, row: tuple[str, str, str], condition: Condition, draw: int | None, skill: float) -> None:
        """One cell: its entry of the plan, its outcomes, its line."""
        repeat = "–" if draw is None else f"perturb={draw}"
        names = dict(zip(("task", "encoder", "pooler"), row, strict=True)) | {"mode": "probe"}
        address = {**names, "condition": condition.name, "repeat": repeat}
        key = fingerprint(address)
        against = fingerprint({**names, "condition": condition.against, "repeat": "–"}) if condition.against else None
        of = {"component": condition.component, "severity": condition.severity, "parameters": condition.parameters}
        entry = {"key": key, "address": address, "kind": condition.kind, "against": against, "build": None, **of}
        entry |= {"repeat": {} if draw is None else {"perturb": draw}, "parts": {"checkpoint": row[1][:8]}}
        self.plan.append({**entry, "bundles": ["edits"] if condition.kind == "perturbation" else []})
        made = self.outcomes(row[0], key, condition, skill)
        value = float((made.gold == made.prediction).mean())
        score = {"value": value, "low": value - 0.02, "high": value + 0.02, "chance": 1 / N_CLASSES}
        facts = {"n_texts": len(made), "n_truncated": 3, "texts_changed": 0.4, "ids_unchanged": {}, "converged": True}
        content = {"text": fingerprint([row[0], condition.name])}
        line: dict[str, Any] = {
            "key": key,
            "job": row[1],
            "address": address,
            "status": "done",
            "reason": None,
            "message": None,
        }
        line |= {"metric": METRICS[0], "scores": dict.fromkeys(METRICS, score), "chance": 1 / N_CLASSES}
        line |= {"n": len(made), "n_clusters": len(made), "facts": {**facts, "content": content}, "seconds": 0.1}
        self.folder.append_cell({**line, "outcomes": self.writer.append(made)})

    def outcomes(self, task: str, key: str, condition: Condition, skill: float) -> Outcomes:
        """Right where skill and luck beat the difficulty of the item."""
        if task not in self.items:
            names = np.array([f"{task}-item-{i}" for i in range(N_ITEMS)])
            content = np.array([f"{generator_of(task, i).integers(2**60):016x}" for i in range(N_ITEMS)])
            gold = np.array([f"class {i % N_CLASSES}" for i in range(N_ITEMS)])
            self.items[task] = names, content, gold, generator_of("hard", task).normal(size=N_ITEMS)
        names, content, gold, hard = (column[condition.part] for column in self.items[task])
        rng = generator_of("cell", key)
        right = skill - condition.cost > hard + 0.4 * rng.normal(size=len(hard))
        predicted = np.where(right, gold, np.roll(gold, 1))
        draw = np.zeros(len(gold), np.int32)
        return Outcomes(names, names, draw, gold, predicted, rng.uniform(0.125, 1, len(gold)), {}, content)


def make(path: Path, n_cells: int) -> None:
    """A run folder of about so many cells, without comparisons."""
    folder = RunFolder(path)
    rows = [(e, p) for e in ENCODERS for p in POOLERS]
    n_tasks = max(1, round(n_cells / A_ROW / len(rows)))
    tasks = [f"task-{i}" for i in range(n_tasks)]
    with folder.locked():
        writer = folder.outcome_writer()
        maker = Maker(folder, writer)
        for task in tasks:
            for encoder, pooler in rows[: max(2, round(n_cells / A_ROW / n_tasks))]:
                maker.row(task, encoder, pooler)
        writer.close()
        folder.write_manifest(manifest(tasks, maker.plan))


def manifest(tasks: list[str], plan: list[dict[str, Any]]) -> dict[str, Any]:
    """What run.json says."""
    about = {"kind": "classification", "metrics": METRICS, "n_train": N_ITEMS, "n_test": N_ITEMS, "n_clusters": N_ITEMS}
    encoder = {"weights": "pretrained", "family": "bert", "n_parameters": 10**7, "disk_mb": 40.0, "max_length": 256}
    return {
        "suite": {
            "name": "many",
            "tasks": [{"name": name} for name in tasks],
            "poolers": [],
            "modes": [],
            "gate": None,
        },
        "harness": "0.1.0",
        "complete": True,
        "environment": {"python": "3.11", "n_cores": 2, "libraries": {}},
        "encoders": {name: {**encoder, "checkpoint": name} for name in ENCODERS},
        "tasks": dict.fromkeys(tasks, about),
        "bundles": {"edits": {"version": 1, "members": [f"{name}@{severity:g}" for name, severity in PERTURBED]}},
        "plan": plan,
    }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what it gave."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def size(*paths: Path) -> str:
    """Megabytes of files."""
    return f"{sum(path.stat().st_size for path in paths) / 1e6:.1f} MB"


def measure(n_cells: int) -> None:
    """Print what looking at a run of so many cells takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        wrote, _ = timed(lambda: make(path, n_cells))
        n_cells = len(Run(path).manifest["plan"])
        first, files = timed(lambda: report.write(Run(path)))
        page, _ = timed(lambda: report.write(Run(path)))
        load, frame = timed(lambda: harness.load(path))
        accept, value = timed(lambda: gate.dump(gate.baseline_of(Run(path), reason="first", date="2026-01-02")))
        (path / "baseline.json").write_text(value, encoding="utf-8")
        judge, judged = timed(lambda: gate.judge(Run(path), gate.read(path / "baseline.json"), name="baseline.json"))
        assert judged.outcome == "passed"
        assert len(frame) >= n_cells
        print(
            f"{n_cells:,} cells (written in {wrote:.1f} s): first {first:.2f} s, page {page:.2f} s, load {load:.2f} s, "
            f"baseline {accept:.2f} s, gate {judge:.2f} s; outcomes {size(*path.glob('outcomes/*'))}, "
            f"page {size(*files.values())}, lines {size(*path.glob('*.json*'))}",
            flush=True,
        )


if __name__ == "__main__":
    for number in sys.argv[1:] or ("500", "5000"):
        measure(int(number))
