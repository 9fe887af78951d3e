"""Mutated data files: `python benchmarks/fuzz_files.py csv 100000 0`. No error but ours, and none takes long.

Kinds are csv, tsv, json and jsonl. Prints what was found, with the seed that makes the file again; exit 1 where
anything was.
"""

import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from harness.core.errors import HarnessError
from harness.tasks import resolve
from harness.tasks.sources.decode import encoding_of
from harness.tasks.sources.files import readers
from harness.tasks.sources.mapping import to_rows
from harness.tasks.sources.table import Form

#: Seconds of processor time after which a file took too long.
LIMIT = 1.0
_ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1", "utf-7", "shift_jis", "gb18030",
    "zlib", "base64", "rot13", "hex", "idna", "punycode", "undefined", "unicode_escape", "x\0y", "nope")  # fmt: skip
_PIECES = (
    '"', '""', '"""', "'", ",", ";", "\t", "|", "\r", "\n", "\r\n", "\n\n\n", "\0", "\0\0\0\0", "\ufeff", "\u2028",
    "\x85", "{", "}", "[", "]", '{"a": ', "[[[[", '{"text": {"text": ', "null", "NaN", "1e999", "\\ud800", "sep=;\n",
    "sep=\t\n", "text,label\n", "9" * 30, "x" * 100_000, '"' * 5000, "[" * 5000, "\x1a", "é", "茶", "😀", "=1+1",
    "<html>", "2024-13-45", "9999-12-31", "0000-00-00", "Mon Apr 06 22:19:45 PDT 2009",
    "1e308", "١٢٣", "PAR1", "PK\x03\x04",
)  # fmt: skip
_SAID = ("the kind waiter", "a cold soup", "rude, and late", 'she said "no"', "two\nlines", "", "café €5")


def base(kind: str, rng: Random) -> str:
    """A file of a few rows that is read as it is."""
    n = rng.choice((3, 12, 40))
    rows = [(f"{rng.choice(_SAID)} {i}", ("good", "bad")[i % 2], f"2024-01-{1 + i % 28:02}") for i in range(n)]
    if kind in ("json", "jsonl"):
        from json import dumps

        objects = [{"text": text, "label": label, "when": when} for text, label, when in rows]
        if rng.random() < 0.2:
            objects = [{"data": row, **row, "tags": [row["label"]]} for row in objects]  # type: ignore[dict-item]
        return dumps(objects, indent=rng.choice((None, 1))) if kind == "json" else "\n".join(map(dumps, objects))
    delimiter = "\t" if kind == "tsv" else rng.choice(",,,;\t|")
    header = [("text", "label", "when")] if rng.random() < 0.9 else []
    return "\n".join(delimiter.join(_quoted(cell, rng) for cell in row) for row in [*header, *rows])


def _quoted(cell: str, rng: Random) -> str:
    return '"' + cell.replace('"', '""') + '"' if rng.random() < 0.3 or any(c in cell for c in '",\n') else cell


def mutated(kind: str, rng: Random) -> tuple[bytes, str]:
    """A file with one to six things done to it, and the encoding that it is said to have."""
    text = base(kind, rng)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.choice((0, 1, 5, 50)))
        piece = rng.choice(_PIECES) if rng.random() < 0.7 else text[rng.randrange(len(text) + 1) :][:80]
        text = text[:at] + piece + text[end:]
    written = rng.choice(("utf-8",) * 20 + ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"))
    data = bytearray(text.encode(written, errors="replace"))
    for _ in range(rng.choice((0, 0, 0, 0, 1, 3, 20))):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    if rng.random() < 0.15:
        del data[rng.randrange(len(data) + 1) :]
    return bytes(data), written if rng.random() < 0.8 else rng.choice(_ENCODINGS)


def _attempts(kind: str, data: bytes, encoding: str, rng: Random) -> Iterator[Callable[[], object]]:
    """What a run and `init` do with such a file."""
    header = rng.choice((None, None, None, True, False))
    names = ("column1", "column2") if header is False and kind in ("csv", "tsv") else ("text", "label")
    said: dict[str, Any] = {"text": names[0], "label": names[1]} | ({"time": "when"} if rng.random() < 0.2 else {})
    said |= {"encoding": encoding} | ({"header": header} if header is not None and kind in ("csv", "tsv") else {})
    spec = {"name": "t", "data": f"t.{kind}", "drop_empty": rng.random() < 0.3, **said}
    reader = readers()[f".{kind}"]

    def run() -> None:
        columns = resolve(spec, Path()).columns
        to_rows(reader(data, Form(encoding, header), columns.named, "t"), columns)

    yield run
    yield lambda: reader(data, Form(encoding, header), ("text", "label"), "t")
    yield lambda: reader(data, Form(encoding_of(data)), None, "t")


def found(kind: str, seed: int) -> list[str]:
    """What is wrong with how one mutated file is met; nothing where it is read or refused as it should be."""
    rng = Random(f"{kind} {seed}")
    data, encoding = mutated(kind, rng)
    wrong = []
    for attempt in _attempts(kind, data, encoding, rng):
        start = time.process_time()
        try:
            attempt()
        except HarnessError:
            pass
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            wrong.append(f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {str(error)[:100]}")
        if (took := time.process_time() - start) > LIMIT:
            wrong.append(f"took {took:.1f} s")
    return wrong


def main() -> int:
    """Fuzz and print."""
    kind, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
    import pandas  # noqa: F401 - a second that is not the first file's

    start, seen = time.process_time(), Counter[str]()
    for seed in range(first, first + count):
        for what in found(kind, seed):
            seen[what.split(":")[0]] += 1
            if seen[what.split(":")[0]] <= 3:
                print(f"seed {seed}: {what}", flush=True)
        if (done := seed + 1 - first) % 10_000 == 0:
            print(f"{done:,} files", flush=True)
    print(f"{kind}: {count:,} files in {time.process_time() - start:.0f} s, {seen.total():,} found: {dict(seen)}")
    return int(bool(seen))


if __name__ == "__main__":
    sys.exit(main())
