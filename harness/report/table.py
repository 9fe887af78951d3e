"""A table as values: what both renderers print, each in its way."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.wording import numbers


@dataclass(frozen=True)
class Cell:
    """One entry. `small`, `more` and `aside` are said more quietly (an interval, a name, a remark on it).

    `note` marks a footnote, `sort` is what the column is sorted by, `heat` (0..1) how bad it is, `tone` what kind
    of entry it is (`pick`, `failed`, `flag`). `join` stands between text and small where there is one line only.
    """

    text: str
    small: str = ""
    more: str = ""
    aside: str = ""
    sort: float | None = None
    heat: float | None = None
    tone: str = ""
    note: str = ""
    join: str = " "

    @property
    def line(self) -> str:
        """Text, mark and what is said more quietly on one line."""
        named = ", ".join(part for part in (self.more, self.aside) if part)
        return self.join.join(part for part in (self.text + self.note, self.small, named) if part)


@dataclass(frozen=True)
class Column:
    """A heading, and what it counts in. Numbers stand on the right."""

    title: str
    unit: str = ""
    is_number: bool = True


#: A row: the entry of each column, the same columns in every row of a table. The first names the row.
Line = Mapping[Column, Cell]
#: The heading of names of rows, and what stands where there is nothing.
HEAD, DASH = Column("encoder / pooler / mode", is_number=False), Cell(numbers.NONE)


@dataclass(frozen=True)
class Section:
    """Rows under a common heading (`title`, and in words `meaning`); tables without headings have one section."""

    lines: tuple[Line, ...]
    title: str = ""
    meaning: str = ""

    @property
    def rows(self) -> list[list[Cell]]:
        """The entries alone."""
        return [list(line.values()) for line in self.lines]


@dataclass(frozen=True)
class Table:
    """At least one line. `explains` says what the columns hold.

    `notes` are footnotes by mark; one without a mark is of the whole table. `grouped_by` is what the titles of
    sections are names of.
    """

    caption: str
    explains: str
    sections: tuple[Section, ...]
    notes: tuple[tuple[str, str], ...] = ()
    can_sort: bool = False
    grouped_by: str = "condition"

    @property
    def columns(self) -> list[Column]:
        """What the lines have entries of."""
        return list(self.sections[0].lines[0])


def number(value: float | None) -> Cell:
    """Three significant digits, by which its column is sorted; or a dash."""
    return Cell(numbers.optional(value), sort=value)


class Footnotes:
    """Collects remarks while a table is made; the same remark has the same mark."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}

    def mark(self, remark: str) -> str:
        """A superscript number for the remark."""
        if remark not in self._marks:
            self._marks[remark] = str(len(self._marks) + 1).translate(_SUPERSCRIPT)
        return self._marks[remark]

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """(mark, remark) in order."""
        return tuple((mark, remark) for remark, mark in self._marks.items())


_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
