"""Columns of words and their tags, as lists or as texts with spaces between, to words and tags in IOB2."""

from collections.abc import Sequence
from typing import NamedTuple

from harness.core.tags import Scheme, entities, iob2, parts, scheme_of
from harness.tasks.sources.conll import LINES
from harness.tasks.sources.table import ABSENT, Bad, Table, as_text, is_empty, shown_name
from harness.tasks.text import counted

#: A tag that is longer may be a text, and is not quoted.
_LONGEST_TAG = 60


class Tagged(NamedTuple):
    """Words and tags of each row, both empty where the row has no words; and what was done to get them."""

    words: list[tuple[str, ...]]
    tags: list[tuple[str, ...]]
    notes: tuple[str, ...]


def tagged(table: Table, words: str, tags: str, bad: Bad) -> Tagged:
    """The words and tags of a table. Rows whose lists are none or of other lengths, and tags of no scheme, are `bad`.

    Tags that break their scheme are read as conlleval and seqeval read them, and counted: so do others score.
    """
    rows = [_lists(table, row, words, tags, bad) for row in range(len(table.numbers))]
    if bad:
        return Tagged([()] * len(rows), [()] * len(rows), ())
    raw = [of for _, of in rows]
    normal = [iob2(entities(of), len(of)) for of in raw]
    scheme, n_empty = scheme_of(raw), sum(not own for own, _ in rows)
    notes = [*_scheme_notes(scheme)]
    if n_empty:
        notes.append(f"{counted(n_empty, 'sentence')} without a word left out")
    return Tagged([own for own, _ in rows], normal, tuple(notes))


def _scheme_notes(scheme: Scheme | None) -> list[str]:
    if scheme is None:
        return []
    notes = [] if scheme.name == "IOB2" else [f"tags are written in {scheme.name}, and read as IOB2"]
    if scheme.n_broken:
        what = "with I in place of B" if scheme.name == "IOB2" else "out of place"
        notes.append(f"{counted(scheme.n_broken, 'tag')} {what} ({scheme.name}), read as conlleval and seqeval do")
    return notes


def _lists(table: Table, row: int, words: str, tags: str, bad: Bad) -> tuple[tuple[str, ...], tuple[str, ...]]:
    number, of_words = table.numbers[row], LINES in table.columns
    lines: Sequence[int] = table.columns[LINES][row] if of_words else ()
    found = [_texts(table.columns[name][row], name, number, bad) for name in (words, tags)]
    own, given = found
    if len(own) != len(given):
        told = f"{counted(len(own), 'word')} in {words!r} and {counted(len(given), 'tag')} in {tags!r}"
        bad.append((number, f"{told}; expected a tag for each word"))
    for place, tag in enumerate(given):
        if parts(tag) is None:
            at = number if not of_words else lines[place]
            where = "" if of_words else f" of word {place + 1}"
            bad.append(
                (at, f"tag {_shown(tag)}{where} is none; expected O, or B, I, E or S, a hyphen and a type (B-place)")
            )
    return own, given


def _shown(tag: str) -> str:
    said = shown_name(tag) if len(tag) <= _LONGEST_TAG else f"(of {len(tag):,} characters)"
    return f"{said}, a number without a name," if tag.isdigit() else said


def _texts(value: object, column: str, number: int, bad: Bad) -> tuple[str, ...]:
    """A cell as a list of texts: a list, or a text with spaces between."""
    if value is not ABSENT and isinstance(value, list | tuple):
        return tuple((as_text(one, column, number, bad) or "").strip() for one in value)
    if is_empty(value) and value is not ABSENT:
        return ()
    return tuple((as_text(value, column, number, bad) or "").split())
