"""Whether quotes around the cells of a TSV file are a program's or the texts' own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.tasks.text import counted

#: A cell and what ends it: quoted, its quotes doubled; or without any quote.
_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^"\t\r\n]*))(\t|\r\n|\r|\n|\Z)')
#: What programs quote cells for: all do for these, and spreadsheets for a comma too.
_SPECIAL = re.compile(r'["\t\r\n]')
_SPECIAL_OR_COMMA = re.compile(r'["\t\r\n,]')
_WRAPPED = re.compile(r'(?:^|\t)"[^"\t\r\n]*"(?=\t|\r|$)', re.MULTILINE)


@dataclass(frozen=True)
class Quoting:
    """Whether quotes around cells are taken off, what is said of that, and what it is called in a key."""

    is_read: bool = False
    notes: tuple[str, ...] = ()
    form: str = ""


def quoting_of(text: str) -> Quoting:
    """How the quotes of a TSV are meant.

    They are a program's where every cell with a quote is quoted and closes, quotes in it doubled, and cells are quoted
    for a reason: for what stands in them (and no other cell has that), or all of a column. Else they are literal.
    """
    if '"' not in text:
        return Quoting()
    quoted: list[str] = []
    plain: list[str] = []
    mixed = False
    columns: dict[int, set[bool]] = {}
    for row, place, cell, is_quoted in _cells(text):
        if is_quoted is None:
            return _literal(text)
        (quoted if is_quoted else plain).append(cell)
        if row and cell and not _is_number(cell):
            columns.setdefault(place, set()).add(is_quoted)
    for special in (_SPECIAL, _SPECIAL_OR_COMMA):
        if all(map(special.search, quoted)) and not any(map(special.search, plain)):
            break
    else:
        mixed = any(len(kinds) > 1 for kinds in columns.values())
    if mixed or not quoted:
        return _literal(text)
    return Quoting(True, (f"quotes around {counted(len(quoted), 'cell')} taken off",), "quotes taken off")


def _literal(text: str) -> Quoting:
    """Literal quotes; said where whole cells stand between them."""
    if not (n := len(_WRAPPED.findall(text))):
        return Quoting()
    said = f"{counted(n, 'cell')} between quotes read with them: quotes are literal in a .tsv file unless all close"
    return Quoting(notes=(said,))


def _cells(text: str) -> Iterator[tuple[int, int, str, bool | None]]:
    """(row, column, cell, whether it is quoted) of every cell; None, and the end, where a quote is neither."""
    at = row = column = 0
    while at < len(text):
        match = _CELL.match(text, at)
        if match is None:
            yield row, column, "", None
            return
        is_quoted = match[1] is not None
        yield row, column, match[1] if is_quoted else match[2], is_quoted
        row, column = (row, column + 1) if match[3] == "\t" else (row + 1, 0)
        at = match.end()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
