"""Which texts a set of cells needs read, and how: each distinct text once a tokenization."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.core.records import Cell, Pooling, Split, Tokenization
from harness.runner.data import Data


@dataclass
class Wanted:
    """Under one tokenization: the poolings asked for and the distinct texts, in order of first mention."""

    poolings: dict[Pooling, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)


def wanted(cells: Sequence[Cell], clean: Mapping[str, Tokenization], data: Data) -> dict[Tokenization, Wanted]:
    """Everything that must be encoded for these cells; `clean` is how each encoder of the suite reads by itself."""
    found: dict[Tokenization, Wanted] = {}
    for cell in cells:
        assert cell.head.pooling is not None
        for tokenization, split in _readings(cell, clean[cell.address.encoder]):
            entry = found.setdefault(tokenization, Wanted())
            entry.poolings[cell.head.pooling] = None
            entry.texts.update(dict.fromkeys(data(cell.address.task, split).text))
    return found


def _readings(cell: Cell, clean: Tokenization) -> Iterator[tuple[Tokenization, Split]]:
    """Training and test texts as the cell reads them, and the clean reading that they are compared with.

    The clean reading is there for cells that are resumed alone; otherwise the clean cell needs it anyway.
    """
    own = cell.head.tokenization
    assert own is not None
    if cell.head.train is not None:
        yield own, cell.head.train
    for split in cell.test.values():
        yield own, split
        yield clean, unperturbed(split)


def unperturbed(split: Split) -> Split:
    """The same split before anything was done to its texts."""
    return replace(split, perturbations=())


def splits_of(cell: Cell) -> list[Split]:
    """The splits a cell needs: its head's training split and its test splits."""
    return [*([cell.head.train] if cell.head.train else []), *cell.test.values()]
