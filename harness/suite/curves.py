"""Learning curves: the sizes of training sample that a suite names beside the largest, and their cells."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.suite.cells import CellMaker, PlannedCell, Row, Setting
from harness.suite.model import Suite

#: What a cell of a smaller training sample is.
KIND = "curve"


def smaller(max_samples: Any) -> tuple[int, ...] | None:
    """All sizes but the largest, of `{train: [50, 200, 800]}`; None where nothing is said of training texts."""
    if not isinstance(max_samples, Mapping) or "train" not in max_samples:
        return None
    given = max_samples["train"]
    sizes = sorted({one for one in given if one is not None}) if isinstance(given, list) else []
    return tuple(sizes if isinstance(given, list) and None in given else sizes[:-1])


def why_not(row: Row) -> str:
    """Why a row that learns has no learning curve; nothing where it has one."""
    if row.builds:
        return "each size would be a training of its own; give the sizes to suites of their own"
    if row.protocol is not None:
        return "its protocol says what it learns from"
    return ""


def left_out(suite: Suite, task: str, rows: Sequence[Row]) -> list[Mapping[str, str]]:
    """Modes without a learning curve where one is asked for, and why."""
    if not suite.smaller(task):
        return []
    why = {row.named: why for row in rows if row.needs_train and (why := why_not(row))}
    return [{"what": f"the learning curve of {name} on {task}", "why": said} for name, said in why.items()]


def cells(maker: CellMaker, clean: Any) -> Iterator[PlannedCell]:
    """The clean cell of a row with each smaller sample of training texts; the larger ones hold the smaller."""
    if not maker.row.needs_train or why_not(maker.row):
        return
    for size in maker.suite.smaller(maker.row.task):
        cell = maker.cell(f"train@{size}", clean.test, train_sample=size)
        if cell.key != clean.key:  # there are so many
            yield PlannedCell(cell.address, KIND, cell, condition=Setting("max_samples", float(size), {}))
