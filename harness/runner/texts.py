"""Which texts a set of cells needs read, and how: each distinct text once a tokenization."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.core.records import Cell, Pooling, Split, Tokenization, read_as
from harness.runner.data import Data

#: How an encoder reads by role.
Readings = Mapping[str, Tokenization]


@dataclass
class Wanted:
    """Under one tokenization: the poolings asked for and the distinct texts, in order of first mention."""

    poolings: dict[Pooling, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)


def wanted(cells: Sequence[Cell], own: Sequence[Readings], data: Data) -> dict[Tokenization, Wanted]:
    """Everything that must be encoded for these cells of one checkpoint.

    `own` is how the suite's encoders of this checkpoint read by themselves: what a perturbed text or another
    reading is compared with. It is asked for here too, so that cells resumed alone have it.
    """
    found: dict[Tokenization, Wanted] = {}
    for cell in cells:
        assert cell.head.pooling is not None
        for tokenization, split in _read(cell, own):
            entry = found.setdefault(tokenization, Wanted())
            entry.poolings[cell.head.pooling] = None
            entry.texts.update(dict.fromkeys(data(cell.address.task, split).text))
    return found


def _read(cell: Cell, own: Sequence[Readings]) -> Iterator[tuple[Tokenization, Split]]:
    """Training and test texts as the cell reads them, and what the test texts are compared with."""
    readings = cell.head.readings
    assert readings is not None
    if not cell.head.is_built:
        for role, split in cell.head.train.items():
            yield read_as(readings, role), split
    for role, split in cell.test.items():
        yield readings[role], split
        for tokenization in dict.fromkeys(read_as(one, role) for one in own):
            if split.perturbations or readings[role] != tokenization:
                yield tokenization, unperturbed(split)


def unperturbed(split: Split) -> Split:
    """The same split before anything was done to its texts."""
    return replace(split, perturbations=())


def splits_of(cell: Cell) -> list[Split]:
    """The splits a cell needs: its head's training splits and its test splits."""
    return [*cell.head.train.values(), *cell.test.values()]
