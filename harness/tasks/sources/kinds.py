"""What a file is whose name says something else, by how it begins; and what to do about it."""

import json
import re
from typing import Any

from harness.core.errors import DataError

_AS_CSV = "Save the sheet as CSV (UTF-8) and name that file"
_UNPACK = "Unpack it and name the file inside"
_EXPORT = "Export its texts as CSV"
_FETCH = "It is not the file that was wanted: open its address in a browser, or log in, and fetch it again"
_AS_TABLE = "Write it as Parquet or CSV"
#: How the bytes of a file begin, what it is, what to do.
_KINDS = tuple(
    (re.compile(begins, re.DOTALL), what, advice)
    for begins, what, advice in (
        (rb"PAR1", "Parquet", "Let its name end in .parquet"),
        (rb"\xd0\xcf\x11\xe0", "an old Excel or Word file (.xls, .doc)", _AS_CSV),
        (rb"PK\x03\x04.*xl/workbook", "an Excel workbook (.xlsx)", _AS_CSV),
        (rb"PK\x03\x04.*opendocument\.spreadsheet", "a spreadsheet (.ods)", _AS_CSV),
        (rb"PK\x03\x04.*word/document", "a Word document", _EXPORT),
        (rb"PK\x03\x04", "a zip archive", _UNPACK),
        (rb"\x1f\x8b", "packed by gzip", _UNPACK),
        (rb"BZh", "packed by bzip2", _UNPACK),
        (rb"\xfd7zXZ\0", "packed by xz", _UNPACK),
        (rb"\x28\xb5\x2f\xfd", "packed by zstd", _UNPACK),
        (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
        (rb"Rar!", "a rar archive", _UNPACK),
        (rb"%PDF", "a PDF", _EXPORT),
        (rb"{\\rtf", "a text document (RTF)", _EXPORT),
        (rb"ARROW1|\xff\xff\xff\xff", "an Arrow file or stream", _AS_TABLE),
        (rb"SQLite format 3\0", "an SQLite database", "Export the table as CSV"),
        (rb"\x89HDF", "HDF5", _AS_TABLE),
        (rb"\x93NUMPY", "a NumPy array", _AS_TABLE),
        (rb"\x89PNG|\xff\xd8\xff", "a picture", "Name the file of the texts"),
        (rb"version https://git-lfs", "a git-lfs pointer, which stands for the file", "Run `git lfs pull`"),
        (rb"\x80[\x02-\x05].", "a Python pickle, which could run code and is not read", _AS_TABLE),
        (rb"(?i:(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html|<head))", "a web page (HTML)", _FETCH),
        (rb"(?:\xef\xbb\xbf)?\s*<\?xml", "XML", "Export its rows as CSV"),
    )
)
_MARKDOWN = re.compile(r"\|[^\n]*\|\s*\n\|[ :|-]+\|\s*\n")


def check_kind(data: bytes, place: str, expected: str) -> None:
    """DataError where the bytes are of another kind of file: what it is, and what to do. Says nothing of text."""
    for begins, what, advice in _KINDS:
        if begins.match(data):
            raise DataError(f"{place}: the file is {what}, not {expected}. {advice}.")


def check_is_table(text: str, place: str) -> None:
    """DataError where a text that should be a table is JSON or Markdown."""
    start = text[:1_000_000].lstrip()
    if start[:1] == "{" and isinstance(json_of(start.splitlines()[0])[0], dict):
        raise DataError(f"{place}: the file is JSON, an object a line. Let its name end in .jsonl.")
    if _MARKDOWN.match(start):
        raise DataError(f"{place}: the file is a Markdown table. Write it as CSV.")
    if (start[:1] == "[" and text.rstrip().endswith("]")) or (start[:1] == "{" and text.rstrip().endswith("}")):
        opens = re.match(r'[\[{]\s*[{\["]', start)
        if opens and isinstance(json_of(text)[0], list | dict):
            raise DataError(f"{place}: the file is JSON. Let its name end in .json.")


def json_of(text: str) -> tuple[Any, str]:
    """The JSON value of a text; or None, and why it is none."""
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"column {error.colno}"
        return None, f"not JSON ({error.msg} at {where})"
    except (ValueError, RecursionError) as error:
        return None, f"not JSON ({error})"
