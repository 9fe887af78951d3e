"""Texts and what stands in their place, made elsewhere: tables of them, read once."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from harness.core.data import utf8
from harness.core.errors import DataError
from harness.core.user_files import Content
from harness.tasks.sources.files import is_data, readers, shown, table_of
from harness.tasks.sources.headerless import sure_names
from harness.tasks.sources.table import Bad, Form, Table, check_columns, raise_bad_rows, texts_of

#: What columns are called where nobody names them, the likeliest first; that of seeds may be left out.
_GUESSES = {
    "original": ("original", "original_text", "text", "sentence"),
    "replacement": ("replacement", "transformed", "transformed_text", "perturbed", "perturbed_text", "paraphrase"),
    "seed": ("seed",),
}
#: A column of HTEB: the transformation, its seed, and the field of a record.
_BY_SEED = re.compile(r"(?P<name>[^.]+)_seed_(?P<seed>\d+)(?P<field>\..+)?")
#: Columns of the documents of a search, which are read as one text.
_TITLED = ("original.title", "original.text")
_LAYOUTS = "a column `original` and one of what replaces it, or HTEB's `original` and `NAME_seed_N`"
_ADVICE = (
    "Mend these or remove them: a text without a replacement stays as it is, and of several for one text a column of "
    "seeds (`seed: COLUMN`) says which is drawn."
)

#: By text what stands in its place; one for each seed, in their order.
Replacements = tuple[Mapping[str, str], ...]


class Named(NamedTuple):
    """The columns that a suite names; None where they are to be guessed."""

    original: str | None = None
    replacement: str | None = None
    seed: str | None = None


@lru_cache(maxsize=8)
def replacements(file: Content, named: Named, encoding: str) -> Replacements:
    """What a file, or a folder of such files, says. DataError names file and row of what cannot be used.

    Read are the formats that tasks have, in two layouts. A row a text: columns of the text, of what replaces it and
    perhaps of a seed. Or that of HTEB (Frank and Afli 2026, v1.1), of which a folder holds a file a seed: records in
    `original`, and as `NAME_seed_N` what a transformation made of them. Of a record each field of text counts, or of a
    list of texts; where a text stands there twice its first transformation does, and an empty one is none.
    """
    tables = [table_of(path, Form(encoding, header=True), None) for path in _paths(file.path)]
    if file.path.is_file() and (any(named) or not _transformed(tables[0])):
        found = _rows(tables[0], named)
    else:
        found = _records(file.path, tables)
    order = sorted(found, key=lambda seed: (not seed.isdecimal(), int(seed) if seed.isdecimal() else 0, seed))
    return tuple(found[seed] for seed in order)


def _paths(path: Path) -> list[Path]:
    """The file, or those of a folder. DataError where there is none, or it is of no known kind."""
    if path.is_dir():
        found = sorted(one for one in path.rglob("data*.parquet") if one.is_file())
        if not found:
            raise DataError(f"{shown(path)} holds no data*.parquet; expected a folder as HTEB writes it, or a file.")
        return found
    if not is_data(path):
        raise DataError(f"{shown(path)} is no table; expected a file that ends in {', '.join(readers())}, or a folder.")
    return [path]


def _rows(table: Table, named: Named) -> dict[str, dict[str, str]]:
    """By seed, what stands in place of each text. DataError for empty cells, and for two replacements of one text."""
    names = [_column(table, what, given) for what, given in named._asdict().items()]
    bad = Bad()
    cells = [texts_of(table, name, bad) if name else [None] * len(table.numbers) for name in names]
    for name, column in zip(names, cells, strict=True):
        empty = [n for n, cell in zip(table.numbers, column, strict=True) if cell is not None and not cell.strip()]
        bad += [(number, f"{name!r} is empty; expected a value") for number in empty]
    found, first = defaultdict[str, dict[str, str]](dict), dict[tuple[str, str], int]()
    for number, text, new, seed in zip(table.numbers, *cells, strict=True):
        if text and new and found[seed or ""].setdefault(text, new) != new:
            where = f"the text of {table.unit} {first[seed or '', text]}" + (f" for seed {seed}" if seed else "")
            bad.append((number, f"another replacement of {where}"))
        first.setdefault((seed or "", text or ""), number)
    raise_bad_rows(table.place, table.unit, bad, _ADVICE)
    return found


def _column(table: Table, what: str, given: str | None) -> str | None:
    """The column that is meant; None where there is none of seeds. DataError where a needed one is not there."""
    names = list(table.columns)
    if given is None and (given := next((name for name in _GUESSES[what] if name in names), None)) is None:
        if what == "seed":
            return None
        given = _GUESSES[what][0]
    hint = f"`{what}: COLUMN` names it; expected is {_LAYOUTS}."
    return check_columns((given,), names, table.place, hint, plain=sure_names(names, (given,)))[0]


def _transformed(table: Table) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """By transformation and seed, the columns of originals and of what was made of them, field by field."""
    found = defaultdict[tuple[str, str], list[tuple[str, str]]](list)
    for column in table.columns:
        match = _BY_SEED.fullmatch(column)
        if match and (original := "original" + (match["field"] or "")) in table.columns:
            found[match["name"], match["seed"]].append((original, column))
    return found


def _records(path: Path, tables: Sequence[Table]) -> dict[str, dict[str, str]]:
    """By seed, what stands in place of each text. DataError for several transformations, or files of one seed."""
    found, places = dict[str, dict[str, str]](), dict[tuple[str, str], str]()
    for table in tables:
        transformed = _transformed(table)
        if not transformed:
            raise DataError(f"{table.place}: no columns `original` and `NAME_seed_N`, as HTEB writes them.")
        for (name, seed), fields in transformed.items():
            if (name, seed) in places:
                raise DataError(f"{table.place} holds {name} of seed {seed}, as {places[name, seed]} does. Keep one.")
            places[name, seed] = table.place
            found[seed] = {text: utf8(new, table.place) for text, new in reversed(list(_pairs(table, fields)))}
    if len(names := dict.fromkeys(name for name, _ in places)) > 1:
        raise DataError(f"{shown(path)} holds several transformations ({', '.join(names)}). Name the folder of one.")
    return found


def _pairs(table: Table, fields: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each text with what was made of it, of fields that were changed at all; and a title with its text as one."""
    changed = [pair for pair in fields if table.columns[pair[0]] != table.columns[pair[1]]]
    for original, made in changed:
        for before, after in zip(table.columns[original], table.columns[made], strict=True):
            yield from _texts(before, after)
    of = dict(fields)
    if changed and _TITLED[0] in of and _TITLED[1] in of:
        columns = [table.columns[one] for name in _TITLED for one in (name, of[name])]
        for title, new_title, text, new_text in zip(*columns, strict=True):
            if title and text:
                yield from _texts(f"{title}\n{text}", f"{new_title or title}\n{new_text or text}")


def _texts(before: Any, after: Any) -> Iterator[tuple[str, str]]:
    """The texts of a value, which may be a list, and what stands in their place where that is not empty."""
    if isinstance(before, str) and isinstance(after, str) and before.strip() and after.strip():
        yield before, after
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _texts(one, other)
