"""What a file is whose name says something else, by how it begins; and what to do about it."""

import json
import re

from harness.core.errors import DataError

_AS_CSV = "Save the sheet as CSV (UTF-8) and name that file"
_UNPACK = "Unpack it and name the file inside"
_FETCH = "It is not the file that was wanted: open its address in a browser, or log in, and fetch it again"
#: (first bytes, what it is, what to do).
_MAGIC = (
    (b"PAR1", "Parquet", "Let its name end in .parquet"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file (.xls, .doc)", _AS_CSV),
    (b"\x1f\x8b", "packed by gzip", _UNPACK),
    (b"BZh", "packed by bzip2", _UNPACK),
    (b"\xfd7zXZ\0", "packed by xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a rar archive", _UNPACK),
    (b"%PDF", "a PDF", "Export its texts as CSV"),
    (b"{\\rtf", "a text document (RTF)", "Export its texts as CSV"),
    (b"ARROW1", "an Arrow file", "Write it as Parquet"),
    (b"\xff\xff\xff\xff", "an Arrow stream", "Write it as Parquet"),
    (b"SQLite format 3\0", "an SQLite database", "Export the table as CSV"),
    (b"\x89HDF", "HDF5", "Write it as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy array", "Write it as CSV"),
    (b"\x89PNG", "a picture", "Name the file of the texts"),
    (b"\xff\xd8\xff", "a picture", "Name the file of the texts"),
    (b"version https://git-lfs", "a git-lfs pointer, which stands for the file", "Run `git lfs pull`"),
)
_ZIPPED = (
    (b"xl/workbook", "an Excel workbook (.xlsx)", _AS_CSV),
    (b"opendocument.spreadsheet", "a spreadsheet (.ods)", _AS_CSV),
    (b"word/document", "a Word document", "Export its texts as CSV"),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05].", re.DOTALL)
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html|<head)", re.IGNORECASE)
_MARKDOWN = re.compile(r"\|[^\n]*\|\s*\n\|[ :|-]+\|\s*\n")
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml")


def check_kind(data: bytes, place: str, expected: str) -> None:
    """DataError where the bytes are of another kind of file: what it is, and what to do. Says nothing of text."""
    if found := _of_bytes(data):
        what, advice = found
        raise DataError(f"{place}: the file is {what}, not {expected}. {advice}.")


def check_is_table(text: str, place: str) -> None:
    """DataError where a text that should be a table is JSON or Markdown."""
    start = text[:1_000_000].lstrip()
    if start[:1] == "{" and isinstance(_json(start.splitlines()[0]), dict):
        raise DataError(f"{place}: the file is JSON, an object a line. Let its name end in .jsonl.")
    if _MARKDOWN.match(start):
        raise DataError(f"{place}: the file is a Markdown table. Write it as CSV.")
    if (start[:1] == "[" and text.rstrip().endswith("]")) or (start[:1] == "{" and text.rstrip().endswith("}")):
        opens = re.match(r'[\[{]\s*[{\["]', start)
        if opens and isinstance(_json(text), list | dict):
            raise DataError(f"{place}: the file is JSON. Let its name end in .json.")


def _of_bytes(data: bytes) -> tuple[str, str] | None:
    for magic, what, advice in _MAGIC:
        if data.startswith(magic):
            return what, advice
    if data.startswith(b"PK\x03\x04"):
        return next(((what, advice) for part, what, advice in _ZIPPED if part in data), ("a zip archive", _UNPACK))
    if _PICKLE.match(data):
        return "a Python pickle, which could run code and is not read", "Write it as Parquet or CSV"
    if _HTML.match(data):
        return "a web page (HTML)", _FETCH
    if _XML.match(data):
        return "XML", "Export its rows as CSV"
    return None


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
