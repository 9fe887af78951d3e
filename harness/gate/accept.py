"""The baseline file of a run that is accepted, as it is written: small, and in a form that can be read in a diff."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.core.address import PARTS
from harness.core.errors import HarnessError
from harness.core.fingerprint import fingerprint
from harness.core.shapes import told
from harness.gate import packing
from harness.gate.baseline import Baseline
from harness.gate.cells import CLASSED, Cells, answer_hashes, is_number, item_hashes, named, outcomes_of, primary
from harness.gate.changes import UNDER_TEST, axes, settings
from harness.gate.cost import timings
from harness.metrics.labels import SCORE
from harness.report.scorer import scorer_of
from harness.results import AnyRun, RunCell

#: Raised when the file can no longer be read by earlier versions, or earlier files by this one.
FORMAT = 1


def baseline_of(run: AnyRun, *, reason: str, date: str, before: Baseline | None = None) -> dict[str, Any]:
    """The contents of a baseline file. `before` is what it replaces: its history goes on.

    HarnessError where the run is not complete, with what is missing.
    """
    cells = Cells(run)
    _refuse_incomplete(cells)
    manifest, splits = cells.manifest, {}
    classes = _classes(cells)
    lines = []
    for planned in sorted(cells, key=lambda p: p.address.names):
        line, split = _line(cells, planned, classes)
        splits[line["split"]] = split
        lines.append(line)
    documents = {task: cells.documents(task) for task in manifest.tasks}
    guarded = [one.names for one in before.primary] if before else ()
    entry = {"date": date, "reason": reason, "harness": manifest.harness}
    return {
        "format": FORMAT,
        "suite": manifest.suite.name,
        "gate": settings(manifest.suite.gate),
        "primary": [dict(zip(PARTS, row, strict=False)) for row in primary(cells, guarded)],
        "history": [*map(vars, before.history if before else ()), entry],
        "environment": told(manifest.environment),
        "axes": vars(axes(manifest)),
        "classes": classes,
        "documents": {task: packing.pack_hashes(hashes) for task, hashes in documents.items() if len(hashes)},
        "splits": splits,
        "cells": lines,
        "timings": list(map(vars, timings(run))),
    }


def _refuse_incomplete(cells: Cells) -> None:
    manifest, path = cells.manifest, cells.run.path
    if only := manifest.only:
        asked = ",".join(f"{axis}={glob}" for axis, glob in only.items())
        raise HarnessError(f"{path}: a run of part of its suite (--only {asked}) is no baseline. Run all of it.")
    missing = [f"{named(p.address.names)}: {p.why}" for p in cells if p.status != "done"]
    missing += [f"timing of {failure.what}: {failure.reason}" for failure in manifest.timing_failures]
    if not missing and not manifest.complete:
        missing = ["the run was stopped before its end"]
    if missing:
        shown = "\n".join(f"  {line}" for line in missing[:10])
        more = f"\n  and {len(missing) - 10} more" if len(missing) > 10 else ""
        raise HarnessError(
            f"{path}: an incomplete run is no baseline; run the suite again to go on. Missing:\n{shown}{more}"
        )


def _classes(cells: Cells) -> dict[str, list[str]]:
    """The class names of each task that has some: those that are known, and those that were predicted.

    Of several labels an item each set of them is one.
    """
    found: dict[str, set[str]] = {}
    for planned in cells:
        task = planned.address.task
        if (target := cells.target(task)) in CLASSED:
            outcomes = outcomes_of(planned)
            known = found.setdefault(task, set(cells.manifest.tasks[task].labels if target == "class" else ()))
            known |= set(np.unique(outcomes.gold).tolist()) | set(np.unique(outcomes.prediction).tolist())
    return {task: sorted(names) for task, names in found.items()}


def _line(cells: Cells, planned: RunCell, classes: Mapping[str, list[str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is kept of a cell, and of its split: the item hashes in order, of a search those of the answers to each."""
    outcomes = outcomes_of(planned)
    hashes = item_hashes(outcomes)
    order = np.argsort(hashes, kind="stable")
    hashes, outcomes = hashes[order], outcomes.take(order)
    scorer, names, answers = scorer_of(planned.metric), classes.get(planned.address.task), answer_hashes(outcomes)
    split: dict[str, Any] = {"n": len(hashes), "items": packing.pack_hashes(hashes)}
    if answers is not None:
        split["answers"] = packing.pack_hashes(answers)
    line: dict[str, Any] = {
        "address": dict(zip(PARTS, planned.address.names, strict=True)),
        "kind": planned.kind,
        "bundles": {name: cells.version(name) for name in planned.bundles},
        "metric": scorer.measure.name,
        "version": scorer.component.version,
        "score": round(scorer.value(outcomes), 6),
        "perturbations": planned.parts.get("perturbations"),
        "content": dict(planned.facts.content) or None,
        "split": fingerprint(hashes.tolist() if answers is None else [hashes.tolist(), answers.tolist()])[:16],
    }
    if names is not None:
        codes = np.searchsorted(np.array(names), outcomes.prediction)
        line["predictions"] = packing.pack(codes, len(names))
    elif is_number(outcomes.prediction):
        line["numbers"] = vars(packing.pack_values(outcomes.prediction))
    if scorer.is_of_items:
        line["scores"] = vars(packing.pack_values(outcomes.score))
    sums = {
        name: own for name, own in sorted(outcomes.sums.items()) if scorer.is_of_items or not name.startswith(SCORE)
    }
    if sums:
        line["sums"] = {name: vars(packing.pack_values(column)) for name, column in sums.items()}
    if weights := cells.weights(planned):
        line["weights"] = weights
    if planned.kind == "clean":
        line["cost"] = cells.cost(planned)
        line["parts"] = {name: planned.parts.get(name) for name in UNDER_TEST}
    return line, split


def dump(value: Mapping[str, Any]) -> str:
    """Canonical JSON that can be read in a diff: sorted keys, one line an entry of each part."""
    parts = [f"{_json(name)}:{_by_line(part)}" for name, part in sorted(value.items())]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _by_line(part: Any) -> str:
    """A part with a line an entry, where it has entries."""
    if not part or not isinstance(part, (dict, list)):
        return _json(part)
    is_list = isinstance(part, list)
    entries = map(_json, part) if is_list else [f"{_json(key)}:{_json(part[key])}" for key in sorted(part)]
    start, end = "[]" if is_list else "{}"
    return f"{start}\n" + ",\n".join(entries) + f"\n{end}"


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
