"""A run as the gate reads it: every cell of its plan by address."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core.address import PARTS
from harness.core.data import Outcomes
from harness.core.errors import HarnessError
from harness.core.shapes import told
from harness.metrics.retrieval import answers_of
from harness.results import AnyRun, RunCell
from harness.results.manifest import Encoder
from harness.results.records import BuildFacts
from harness.tasks.kinds import target_of
from harness.wording.visible import visible

#: Pooler and mode of a row that has no encoder.
NO_ENCODER = "–"
#: Targets whose predictions are kept by name.
CLASSED = ("class", "labels")
#: What is said of a skipped cell.
NOTHING = "found nothing to compare in these texts"
#: Task, encoder, pooler, mode.
Row = tuple[str, ...]
#: All names of an address.
Names = tuple[str, ...]


class Cells:
    """The planned cells of a run, by address, in plan order; `skipped` are those that found nothing to compare."""

    def __init__(self, run: AnyRun) -> None:
        self.run = run
        self.manifest = run.about
        self.documents = cache(self._documents)
        planned = {cell.address.names: _whole(cell) for cell in run.cells}
        self.skipped = {names: cell for names, cell in planned.items() if cell.status == "skipped"}
        self.by_address = {names: cell for names, cell in planned.items() if names not in self.skipped}

    def __iter__(self) -> Iterator[RunCell]:
        return iter(self.by_address.values())

    @property
    def rows(self) -> list[Row]:
        """The rows of the plan, in its order."""
        return list(dict.fromkeys(cell.address.names[:4] for cell in self))

    def of(self, row: Row) -> list[RunCell]:
        """The cells of one row."""
        return [cell for cell in self if cell.address.names[:4] == row]

    def absent(self, address: Names) -> str:
        """Why a cell of the baseline is not one of these."""
        return NOTHING if address in self.skipped else "in the baseline, not in this run's plan"

    def _documents(self, task: str) -> NDArray[np.uint32]:
        """The hashes of all documents of a search, in order; none where a cell does not know which they are.

        They are those that answer a question, so a search that finds others too does not know.
        """
        made = [p.outcomes for p in self if p.address.task == task and p.outcomes is not None]
        answers = {answers for outcomes in made for answers in outcomes.answers.tolist()}
        found = {one for several in answers for one in answers_of(several)} if all(answers) else set()
        ranked = {one for outcomes in made for several in set(outcomes.ranking) for one in several.split("|")}
        known = found if ranked <= found | {""} else set()
        return np.array(sorted(int(one, 16) for one in known), dtype=np.uint32)

    def target(self, task: str) -> str | None:
        """What is learnt of a task: `class`, `number` or `relevant`; None where it could not be read."""
        return target_of(about.kind) if (about := self.manifest.tasks.get(task)) else None

    def version(self, bundle: str) -> int | None:
        """The version of a bundle; None where the run has no such."""
        about = self.manifest.bundles.get(bundle)
        return about.version if about else None

    def cost(self, cell: RunCell) -> dict[str, float]:
        """What a row costs that no clock measures: parameters, megabytes on disk, tokens read of a text."""
        encoder = self.manifest.encoders.get(cell.address.encoder, Encoder())
        facts = told(encoder) | told(self._built(cell)) | told(cell.facts)
        return {name: facts[name] for name in ("n_parameters", "disk_mb", "tokens_per_text") if name in facts}

    def weights(self, cell: RunCell) -> str | None:
        """The hash of the weights that a cell's row was trained to; None where it was not trained."""
        return None if cell.build is None else str(self._built(cell).weights or cell.build)[:16]

    def _built(self, cell: RunCell) -> BuildFacts:
        """What is known of the checkpoint that was built for a cell."""
        return next((one.facts for one in self.run.builds if one.checkpoint == cell.build), BuildFacts())


def _whole(cell: RunCell) -> RunCell:
    """A cell that has lost its outcomes counts as failed; as does one of a version that kept no hashes of items."""
    outcomes = cell.outcomes
    if cell.status != "done" or (outcomes is not None and all(outcomes.content)):
        return cell
    why = "the outcomes of its items are missing from the run folder; run the suite again"
    why += " (into a new folder, where an earlier version made it)"
    return replace(cell, status="failed", reason=why, message="")


def outcomes_of(cell: RunCell) -> Outcomes:
    """The outcomes of one of the cells that is done; `Cells` has seen to it that they are there."""
    outcomes = cell.outcomes
    assert outcomes is not None
    return outcomes


def item_hashes(outcomes: Outcomes) -> NDArray[np.uint32]:
    """32 bits of what each item is, (n,)."""
    return np.array([int(content[:8], 16) for content in outcomes.content.tolist()], dtype=np.uint32)


def is_number(values: NDArray[Any]) -> bool:
    """Whether gold or predictions are numbers, not names."""
    return values.dtype.kind == "f"


def answer_hashes(outcomes: Outcomes) -> NDArray[np.uint32] | None:
    """32 bits of what answers each query, (n,); None where that is not known, or nothing is searched."""
    if not all(outcomes.answers):
        return None
    digests = [hashlib.blake2b(answers.encode(), digest_size=4).digest() for answers in outcomes.answers.tolist()]
    return np.array([int.from_bytes(digest, "big") for digest in digests], dtype=np.uint32)


def named(address: Names) -> str:
    """An address, or a row, on one line, without what it does not have."""
    repeat = [f" ({name})" for name in address[5:] if name != NO_ENCODER]
    return "".join([" / ".join(name for name in address[:5] if name != NO_ENCODER), *repeat])


def primary(cells: Cells, before: Iterable[Row] = ()) -> list[Row]:
    """The rows that the gate guards: one encoder, pooler and mode of the names given, in each task.

    Those that a baseline guards (`before`) where they fit and are planned, else the first; so another order in the
    suite guards no other row. HarnessError where there is none.
    """
    given = cells.manifest.suite.gate.primary
    rows = list(matching([row for row in cells.rows if row[2:] != (NO_ENCODER, NO_ENCODER)], given))
    if not rows:
        asked = ", ".join(f"{k}: {visible(str(v))}" for k, v in given.items()) or "none has an encoder"
        raise HarnessError(
            f"{cells.run.path}: no planned row can be the gate's primary ({asked}). "
            "Name an encoder, pooler, mode and task of the suite under `gate: primary:`."
        )
    guarded = {row[1:4] for row in before}
    first = next((row[1:] for row in rows if row[1:] in guarded), rows[0][1:])
    return [row for row in rows if row[1:] == first]


def matching(rows: Iterable[Row], given: Mapping[Any, Any]) -> Iterator[Row]:
    """The rows that have all the names given."""
    wanted = {place: visible(str(given[axis])) for place, axis in enumerate(PARTS[:4]) if axis in given}
    return (row for row in rows if all(row[place] == name for place, name in wanted.items()))
