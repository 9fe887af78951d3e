"""What it takes to fit heads and to score their cells, in seconds, before it is done."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from harness.catalogue import catalogue
from harness.core.records import Cell, Head
from harness.core.registry import named
from harness.encoders import EncoderFolder
from harness.modes.protocols import N_FOLDS
from harness.runner.costs import Machine
from harness.runner.data import Data
from harness.runner.turns import is_timed


def fitting(cells: Sequence[Cell], folder: EncoderFolder | None, data: Data, speed: Machine) -> float:
    """Seconds to fit every head that these cells need, once, and to score them."""
    seconds, fitted = 0.0, set()
    for cell in cells:
        head, task = cell.head, cell.address.task
        train = data(task, next(iter(head.train.values()))) if head.train else None
        n_items, n_classes = train.n_asked if train else (0, 1)
        is_tfidf = folder is None and is_timed(head.mode.name)
        tests = [data(task, split) for split in cell.test.values()]
        seconds += speed.cell(max(map(len, tests)), n_classes)
        if is_tfidf:
            seconds += sum(speed.tfidf_reading(test.text) for test in tests)
        if train is None or head.is_built or head.key in fitted:
            continue
        fitted.add(head.key)
        n_fits = N_FOLDS if any(split.side == "all" for split in head.train.values()) else 1
        seconds += n_fits * speed.tfidf(train.text) if is_tfidf else 0.0
        if folder is not None:
            seconds += _fitted(head, n_items, width(folder), n_classes, speed)
    return seconds


def _fitted(head: Head, n: int, d: int, n_classes: int, speed: Machine) -> float:
    """Seconds to fit a probe, by what its protocol or its head says of its work; else as by Newton's method."""
    parameters = head.mode.parameters
    known = catalogue().of("protocol").get(str(parameters.get("protocol")))
    if known is not None and "work" in known.facts:
        crossed = any(split.side == "all" for split in head.train.values())
        return speed.fitting(known.facts["work"](n, d, n_classes, {**parameters, "crossed": crossed}))
    n = min(n, int(parameters.get("per_label", n)) * n_classes)
    name, given = named(parameters.get("head") or "")
    work = catalogue().get("head", name).facts.get("work") if name else None
    return speed.fitting(work(n, d, n_classes, given)) if work else speed.head(n, d, n_classes)


@cache
def _config(path: str) -> Mapping[str, Any]:
    config: Mapping[str, Any] = json.loads((Path(path) / "config.json").read_text(encoding="utf-8"))
    return config


def width(folder: EncoderFolder) -> int:
    """The width of states, from the configuration."""
    config = folder.random.config if folder.random else _config(folder.path)
    return int(config.get("hidden_size") or config.get("dim") or 768)
