"""Which texts a set of cells needs read, and how: each distinct text once a tokenization."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.core.data import Examples
from harness.core.inputs import Input
from harness.core.records import Cell, Pooling, Split, Tokenization, read_as
from harness.runner.data import Data

#: How an encoder reads by role.
Readings = Mapping[str, Tokenization]


@dataclass
class Needed:
    """Under one tokenization: the poolings asked for and the distinct inputs, in order of first mention."""

    poolings: dict[Pooling, None] = field(default_factory=dict)
    texts: dict[Input, None] = field(default_factory=dict)


def texts_needed(cells: Sequence[Cell], own: Sequence[Readings], data: Data) -> dict[Tokenization, Needed]:
    """All inputs that must be encoded for these cells of one checkpoint.

    `own` is how the suite's encoders of this checkpoint read by themselves: what a perturbed text or another
    reading is compared with. It is asked for here too, so that cells resumed alone have it.
    """
    found: dict[Tokenization, Needed] = {}
    for cell in cells:
        assert cell.head.pooling is not None
        for tokenization, examples in _read(cell, own, data):
            entry = found.setdefault(tokenization, Needed())
            entry.poolings[cell.head.pooling] = None
            entry.texts.update(dict.fromkeys(examples.text))
    return found


def _read(cell: Cell, own: Sequence[Readings], data: Data) -> Iterator[tuple[Tokenization, Examples]]:
    """Training and test texts as the cell reads them, and what the test texts are compared with."""
    head, task, readings = cell.head, cell.address.task, cell.head.readings
    assert readings is not None
    if not head.is_built:
        for role, examples in data.read(head, task, head.train).items():
            yield read_as(readings, role), examples
    clean = data.read(head, task, {role: split.clean for role, split in cell.test.items()})
    for role, examples in data.read(head, task, cell.test).items():
        yield readings[role], examples
        for tokenization in dict.fromkeys(read_as(one, role) for one in own):
            yield tokenization, clean[role]


def splits_of(cell: Cell) -> list[Split]:
    """The splits a cell needs: its head's training splits and its test splits."""
    return [*cell.head.train.values(), *cell.test.values()]
