"""The baseline: a small committed file of an accepted run. No text of the data is in it, only hashes and labels."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core.data import Outcomes
from harness.core.errors import HarnessError, MissingFileError
from harness.core.fingerprint import fingerprint
from harness.core.records import PARTS
from harness.core.shapes import read as shaped
from harness.core.shapes import read_json, told
from harness.gate import packing
from harness.gate.cells import NO_ENCODER, Cells, Names, answer_hashes, named, primary
from harness.gate.shape import File
from harness.gate.timings import timings
from harness.report.scorer import scorer_of
from harness.results import AnyRun, RunCell
from harness.results.manifest import Encoder
from harness.results.records import BuildFacts

#: Raised when the file can no longer be read by earlier versions, or earlier files by this one.
FORMAT = 1
#: Pieces of a cell's key that are under test: named when they change.
UNDER_TEST = ("checkpoint", "backend", "tokenization", "pooling", "mode", "training data")


def baseline_of(run: AnyRun, *, reason: str, date: str, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The contents of a baseline file. `before` is the file it replaces: its history goes on.

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
    entry = {"date": date, "reason": reason, "harness": manifest.harness}
    return {
        "format": FORMAT,
        "suite": manifest.suite.name,
        "gate": dict(cells.settings),
        "primary": [dict(zip(PARTS, row, strict=False)) for row in primary(cells, (before or {}).get("primary") or ())],
        "history": [*((before or {}).get("history") or ()), entry],
        "environment": told(manifest.environment),
        "axes": axes(cells),
        "classes": classes,
        "documents": {task: packing.pack_hashes(hashes) for task, hashes in documents.items() if len(hashes)},
        "splits": splits,
        "cells": lines,
        "timings": timings(run),
    }


def axes(cells: Cells) -> dict[str, dict[str, Any]]:
    """What stands behind the names of encoders, poolers and modes."""
    suite, rows = cells.manifest.suite, cells.manifest.encoders
    facts = ("checkpoint", "weights", "revision", "max_length", "truncation")
    return {
        "encoders": {name: {f: known for f, known in told(row).items() if f in facts} for name, row in rows.items()},
        "poolers": {one.name: [one.component, one.parameters] for one in suite.poolers},
        "modes": {one.name: [one.component, one.parameters] for one in suite.modes},
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
    """The class names of each task that has some: those that are known, and those that were predicted."""
    found: dict[str, set[str]] = {}
    for planned in cells:
        task = planned.address.task
        outcomes = planned.outcomes
        about = cells.about(task)
        if outcomes is not None and about is not None and cells.target(task) == "class":
            known = found.setdefault(task, set(about.labels))
            known |= set(np.unique(outcomes.gold).tolist()) | set(np.unique(outcomes.prediction).tolist())
    return {task: sorted(names) for task, names in found.items()}


def _line(cells: Cells, planned: RunCell, classes: Mapping[str, list[str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is kept of a cell, and of its split: the item hashes in order, of a search those of the answers to each."""
    outcomes = planned.outcomes
    assert outcomes is not None
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
        line["numbers"] = packing.pack_values(outcomes.prediction)
    if scorer.is_of_items:
        line["scores"] = packing.pack_values(outcomes.score)
    if outcomes.sums:
        line["sums"] = {name: packing.pack_values(column) for name, column in sorted(outcomes.sums.items())}
    if weights := trained_weights(cells, planned):
        line["weights"] = weights
    if planned.kind == "clean":
        line["cost"] = cost(cells, planned)
        line["parts"] = {name: planned.parts.get(name) for name in UNDER_TEST}
    return line, split


def cost(cells: Cells, planned: RunCell) -> dict[str, float]:
    """What a row costs that no clock measures: parameters, megabytes on disk, tokens read of a text."""
    encoder = cells.manifest.encoders.get(planned.address.encoder, Encoder())
    facts = told(encoder) | told(_built(cells, planned)) | told(planned.facts)
    return {name: facts[name] for name in ("n_parameters", "disk_mb", "tokens_per_text") if name in facts}


def trained_weights(cells: Cells, planned: RunCell) -> str | None:
    """The hash of the weights that a cell's row was trained to; None where it was not trained."""
    build = planned.build
    return None if build is None else str(_built(cells, planned).weights or build)[:16]


def _built(cells: Cells, planned: RunCell) -> BuildFacts:
    """What is known of the checkpoint that was built for a cell."""
    return next((one.facts for one in cells.run.builds if one.checkpoint == planned.build), BuildFacts())


def _names(line: Mapping[str, Any]) -> Names:
    """The names of a cell's address, as they stand in its line."""
    given = {"condition": "clean", "repeat": NO_ENCODER, **line["address"]}
    return tuple(given[part] for part in PARTS)


def is_number(values: NDArray[Any]) -> bool:
    """Whether gold or predictions are numbers, not names."""
    return values.dtype.kind == "f"


def item_hashes(outcomes: Outcomes) -> NDArray[np.uint32]:
    """32 bits of what each item is, (n,)."""
    return np.array([int(content[:8], 16) for content in outcomes.content.tolist()], dtype=np.uint32)


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


@dataclass(frozen=True)
class Baseline:
    """A baseline file, read back."""

    value: Mapping[str, Any]

    @cached_property
    def cells(self) -> Mapping[Names, Mapping[str, Any]]:
        """What is kept of each cell, by address."""
        return {_names(line): line for line in self.value["cells"]}

    def _split(self, line: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.value["splits"][line["split"]]
        return found

    def items(self, line: Mapping[str, Any]) -> NDArray[np.uint32]:
        """The item hashes of a cell, in order."""
        return packing.unpack_hashes(self._split(line)["items"])

    def predictions(self, line: Mapping[str, Any]) -> NDArray[Any] | None:
        """The predicted label of each item, or the number; None for a search."""
        names = self.classes(line)
        if line.get("predictions") is None or names is None:
            return self.floats(line, "numbers")
        codes = packing.unpack(line["predictions"], self._split(line)["n"], len(names))
        return np.asarray(names)[codes]

    def floats(self, line: Mapping[str, Any], name: str) -> NDArray[np.float64] | None:
        """The `numbers` that are predicted of each item, or the `scores` of predictions; None where none are kept."""
        return None if line.get(name) is None else packing.unpack_values(line[name], self._split(line)["n"])

    def classes(self, line: Mapping[str, Any]) -> list[str] | None:
        """The class names of a cell's task."""
        classes: Mapping[str, list[str]] = self.value["classes"]
        return classes.get(line["address"]["task"])

    def sums(self, line: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
        """What the metrics look at besides, by item."""
        n_items = self._split(line)["n"]
        return {name: packing.unpack_values(packed, n_items) for name, packed in (line.get("sums") or {}).items()}

    def answers(self, line: Mapping[str, Any]) -> NDArray[np.uint32] | None:
        """What answers each query of a search, in the order of `items`; None where that was not kept."""
        packed = self._split(line).get("answers")
        return None if packed is None else packing.unpack_hashes(packed)

    def documents(self, task: str) -> NDArray[np.uint32] | None:
        """The hashes of the documents that a task searched; None where they were not kept."""
        packed = (self.value.get("documents") or {}).get(task)
        return None if packed is None else packing.unpack_hashes(packed)


def read(path: Path) -> Baseline:
    """A baseline file. MissingFileError, or HarnessError where it is not one, or is damaged."""
    try:
        value = read_json(path)
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such baseline.") from None
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: cannot be read as a baseline ({error}). {_RENEW}") from None
    try:
        shaped(File, value)
        _check(Baseline(value))
    except ValueError as error:
        wrong = f"{path}: a damaged baseline ({error}), or none. Restore it, or make a new one. {_RENEW}"
        raise HarnessError(wrong) from None
    return Baseline(value)


def _check(baseline: Baseline) -> None:
    """ValueError with what is wrong with what is packed, and with what refers to other parts."""
    splits = baseline.value["splits"]
    for number, line in enumerate(baseline.value["cells"]):
        place = f"cells.{number}"
        if line["split"] not in splits:
            raise ValueError(f"{place}.split is {line['split'][:40]!r}, which is not in splits")
        if len(baseline.items(line)) != splits[line["split"]]["n"]:
            raise ValueError(f"splits.{line['split']} has lost items")
        if (answers := baseline.answers(line)) is not None and len(answers) != len(baseline.items(line)):
            raise ValueError(f"splits.{line['split']} has lost answers")
        try:
            baseline.documents(line["address"]["task"])
            baseline.sums(line)
            baseline.floats(line, "scores")
            predictions = baseline.predictions(line)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
        if predictions is None and baseline.classes(line) is not None:
            raise ValueError(f"{place} has no predictions, and its task has classes")


_RENEW = "`harness baseline RUN -o FILE --reason …` makes one."
