"""Files that are given as the sides of a split: which is which, whether they fit together, and what lies beside one."""

import json
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.audit.source import Source, read
from harness.audit.tables import read_tables, tables_of
from harness.core.errors import DataError, HarnessError
from harness.core.registry import nearest
from harness.tasks.sources.decode import encoding_of
from harness.tasks.sources.files import readers, shown
from harness.tasks.sources.table import Form, shown_name
from harness.tasks.text import words_of
from harness.wording.numbers import listed

#: Words of a file's name that say which side it is; the first is the side.
_SIDES = {
    "train": ("train", "training", "trn"),
    "validation": ("validation", "valid", "val", "dev", "devel", "development"),
    "test": ("test", "testing", "tst", "eval", "heldout"),
}
#: Bytes that are read of a file that lies beside.
_N_BYTES = 200_000


def read_all(
    data: Sequence[str], named: Mapping[str, str | None], config: str | None = None, header: bool | None = None
) -> Source:
    """One file or data set of the hub; or the files of both sides, by their names or as `named` says, with a validation
    file perhaps; or a search in tables. `header`: whether the first row of each file is one (None: look). HarnessError
    where the sides cannot be told, DataError where they have other columns or encodings.
    """
    given = {side: path for side, path in named.items() if path is not None}
    if not data and not given:
        raise HarnessError(
            "Missing argument 'DATA': a file or a data set of the hub, a train and a test file, or a folder with "
            "queries, corpus and qrels."
        )
    if not given and (tables := tables_of(data)):
        return read_tables(tables)
    if len(data) == 1 and not given:
        source = read(data[0], config, header)
        return replace(source, notes=(*source.notes, *_beside(source))) if source.files else source
    files, notes = _by_side(data, given), list[str]()
    if "test" not in files:
        files["test"] = files.pop("validation")
        notes = [f"there is no test file: {files['test']} is the test side"]
    both = _together({side: read(files[side], config, header) for side in _SIDES if side in files})
    return replace(both, notes=(*both.notes, *notes))


def _by_side(data: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    files = dict(given)
    everything = [*data, *given.values()]
    if len({Path(path).resolve() for path in everything}) < len(everything):
        raise HarnessError(f"{listed(everything)}: the same file twice. Give it once, and it is split by rule.")
    left = [side for side in ("train", "test") if side not in given]
    for path in data:
        side = left[0] if len(data) == len(left) == 1 else side_of(Path(path))
        if side is None or side in files:
            sides = ("train", "test") if len(data) == 2 else _SIDES
            options = [f"--{side} {shlex.quote(path)}" for side, path in zip(sides, data, strict=False)]
            raise HarnessError(
                f"{listed(everything)}: which of them is which side cannot be told by their names. "
                f"Say it: harness init {' '.join(options)}"
            )
        files[side] = path
    if lacking := "train" if "train" not in files else "test" if len(files) < 2 else "":
        raise HarnessError(f"no {lacking} file is given beside {shlex.join(files.values())}. Add it: --{lacking} FILE")
    return files


def side_of(path: Path) -> str | None:
    """Which side a file is, by one word of its name: `train`, `validation` or `test`."""
    words = words_of(path.stem)
    sides = [side for side, names in _SIDES.items() if not set(names).isdisjoint(words)]
    return sides[0] if len(sides) == 1 else None


def _beside(source: Source) -> tuple[str, ...]:
    """A line where files lie in the same folder that are called like this one but for the side, with its columns."""
    path = Path(source.path)
    mine = side_of(path)
    found: dict[str, Path] = {}
    for other in sorted(path.parent.iterdir()) if mine is not None else ():
        side = side_of(other)
        if side not in (None, mine) and other.suffix.lower() in readers() and _rest(other) == _rest(path):
            found.setdefault(str(side), other)
    fitting = {side for side, other in found.items() if has_columns(other, source.columns, source.header)}
    files = {side: shown(found[side]) for side in _SIDES if side in fitting}
    if mine is None or not files:
        return ()
    lie, are = ("lies", "is") if len(files) == 1 else ("lie", "are")
    given = files | {mine: source.place}
    command = shlex.join(["harness", "init", *(given[side] for side in _SIDES if side in given)])
    return (f"{listed(list(files.values()))} {lie} beside it and {are} not used; as sides: {command}",)


def has_columns(path: Path, columns: Collection[str], header: bool) -> bool:
    """Whether all of these columns stand in the head of the file, which has a `header` or none; not, if in doubt."""
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            from pyarrow.parquet import read_schema

            there = read_schema(path).names
            return all(column in there or column.partition(".")[0] in there for column in columns)
        with path.open("rb") as file:
            head, more = file.read(_N_BYTES), bool(file.read(1))
        encoding = encoding_of(head)
        if more:
            head = _whole_rows(head.decode(encoding, "ignore"), kind).encode(encoding)
        how = Form(encoding, header if kind in (".csv", ".tsv") else None)
        return bool(readers()[kind](head, how, None, str(path)).columns.keys() >= set(columns))
    except (HarnessError, OSError, ValueError, NotImplementedError):  # the last three are Arrow's, too
        return False


def _whole_rows(text: str, kind: str) -> str:
    """The text up to a line break outside of quotes; of a JSON list its first object."""
    if kind == ".json" and (start := re.match(r"\s*\[\s*", text)):
        return json.dumps([json.JSONDecoder().raw_decode(text, start.end())[0]])
    end = text.rfind("\n")
    while kind == ".csv" and end > 0 and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end)
    return text[: end + 1]


def _rest(path: Path) -> list[str]:
    """The words of a file's name that say no side."""
    return [word for word in words_of(path.stem) if not any(word in names for names in _SIDES.values())]


def _together(sources: Mapping[str, Source]) -> Source:
    """All rows, those of train first; a row is told by its side too."""
    first = next(iter(sources.values()))
    if hub := [source.place for source in sources.values() if not source.files]:
        raise HarnessError(f"{hub[0]}: a data set of the hub is no side beside others; it brings its own.")
    for source in sources.values():
        _check_columns(first, source)
    return replace(
        first,
        place=" and ".join(source.place for source in sources.values()),
        stem="-".join(_rest(Path(first.path))) or first.folder.resolve().name,
        unit="row",
        columns={name: [v for source in sources.values() for v in source.columns[name]] for name in first.columns},
        numbers=[f"{side} {number}" for side, source in sources.items() for number in source.numbers],
        encoding=_encoding(sources),
        notes=tuple(dict.fromkeys(note for source in sources.values() for note in source.notes)),
        sizes={side: len(source.numbers) for side, source in sources.items()},
        sides={side: source.path for side, source in sources.items()},
    )


def _check_columns(first: Source, source: Source) -> None:
    if first.header != source.header:
        with_, without = (first, source) if first.header else (source, first)
        raise DataError(
            f"{without.place}: no header, which {with_.place} has. Write the same header into both, as its first line."
        )
    if lacking := [name for name in first.columns if name not in source.columns]:
        there, hint = ", ".join(map(shown_name, source.columns)), nearest(lacking[0], list(source.columns))
        raise DataError(
            f"{source.place}: no column {shown_name(lacking[0])}, which {first.place} has. The columns are {there}. "
            f"{hint + ' ' if hint else ''}Expected the same columns in each file. One without labels cannot be a side: "
            "leave it out."
        )


def _encoding(sources: Mapping[str, Source]) -> str | None:
    """The one encoding that reads them all. DataError where there is none."""
    encoding = next(filter(None, (source.encoding for source in sources.values())), None)
    for source in sources.values():
        if source.encoding != encoding and not Path(source.path).read_bytes().isascii():
            told = " and ".join(f"{s.place} ({s.encoding or 'UTF-8'})" for s in sources.values())
            raise DataError(f"{told}: the files are of different encodings. Save them all as UTF-8.")
    return encoding
