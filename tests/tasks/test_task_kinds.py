"""Files whose name says something else than they are, and their encodings."""

import io
import json
import pickle
import sqlite3
import zipfile
from pathlib import Path

import pytest

from harness.core.errors import MissingFileError, SuiteError
from harness.tasks import describe, resolve
from harness.tasks.sources.decode import encoding_of
from harness.tasks.sources.files import readers
from tests.tasks.conftest import Make, all_texts, csv_of, said_of, table
from tests.tasks.test_task_files import parquet_of


def zipped(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return sink.getvalue()


def database(folder: Path) -> bytes:
    with sqlite3.connect(folder / "x.db") as connection:
        connection.execute("create table t (a text)")
    return (folder / "x.db").read_bytes()


KINDS = {
    "excel": (zipped("xl/workbook.xml"), "an Excel workbook (.xlsx)", "Save the sheet as CSV"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an old Excel", "Save the sheet as CSV"),
    "word": (zipped("word/document.xml"), "a Word document", "Export its texts"),
    "zip": (zipped("tickets.csv"), "a zip archive", "Unpack it"),
    "gzip": (b"\x1f\x8b\x08" + bytes(9), "packed by gzip", "Unpack it"),
    "parquet": (parquet_of({"text": ["a"]}), "Parquet", "Let its name end in .parquet"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF", "Export its texts"),
    "login page": (b"\n<!DOCTYPE html>\n<html><body>Sign in", "a web page (HTML)", "log in, and fetch it again"),
    "xml": (b'<?xml version="1.0"?><rows/>', "XML", "Export its rows"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "a git-lfs pointer", "lfs pull"),
    "pickle": (pickle.dumps([("a", "b")]), "a Python pickle", "Write it as Parquet or CSV"),
    "picture": (b"\x89PNG\r\n\x1a\n", "a picture", "Name the file of the texts"),
}  # fmt: skip


@pytest.mark.parametrize("end", [*readers()])
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_file_is_instead_is_said(task_of: Make, kind: str, end: str) -> None:
    data, what, advice = KINDS[kind]
    if kind == "parquet" and end == ".parquet":
        return
    said = said_of(task_of(data, f"tickets{end}"))
    assert f"tickets{end}: the file is {what}" in said
    assert advice in said


def test_a_database_is_one(task_of: Make, tmp_path: Path) -> None:
    assert "an SQLite database" in said_of(task_of(database(tmp_path)))


def test_a_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").mkdir()
    with pytest.raises(MissingFileError, match=r"tickets\.csv is a folder; expected a file"):
        describe(resolve({"name": "t", "data": "tickets.csv"}, tmp_path))


def objects() -> list[dict[str, str]]:
    return [{"text": text, "label": label} for text, label in table()]


@pytest.mark.parametrize("end", [".json", ".jsonl", ".ndjson"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_of_objects_is_read_and_said(task_of: Make, end: str, indent: int | None) -> None:
    task = task_of(json.dumps(objects(), indent=indent), f"tickets{end}")
    assert all_texts(task) == {text for text, _ in table()}
    assert "the file is one JSON list: its objects are the rows" in describe(task).notes


def test_json_lines_named_json_are_read(task_of: Make) -> None:
    task = task_of("\n".join(map(json.dumps, objects())), "tickets.json")
    assert len(all_texts(task)) == 40


JSON = {
    "rows under a key": ({"version": 1, "data": objects()}, "Its rows seem to be the list 'data'"),
    "columns": ({"text": {"0": "a"}, "label": {"0": "b"}}, "orient='records'"),
    "one value": ("text", "the file is a JSON string"),
    "numbers": ([1, 2], "the file is a JSON array"),
    "one that is none": ([*objects(), 7], "object 41: a JSON number instead of an object"),
}


@pytest.mark.parametrize("end", [".json", ".jsonl"])
@pytest.mark.parametrize("kind", JSON)
def test_json_of_another_shape_is_named(task_of: Make, kind: str, end: str) -> None:
    value, expected = JSON[kind]
    said = said_of(task_of(json.dumps(value, indent=1 if isinstance(value, dict) else None), f"tickets{end}"))
    assert expected in said or (end == ".jsonl" and "instead of an object" in said)


@pytest.mark.parametrize("end", [".csv", ".tsv"])
def test_json_named_as_a_table_is_named(task_of: Make, end: str) -> None:
    assert "Let its name end in .jsonl" in said_of(task_of("\n".join(map(json.dumps, objects())), f"a{end}"))
    assert "Let its name end in .json." in said_of(task_of(json.dumps(objects(), indent=2), f"b{end}"))


def test_csv_named_json_lines_is_named(task_of: Make) -> None:
    assert "If the file is CSV, let its name end in .csv" in said_of(task_of(csv_of(table()), "a.jsonl"))


def test_what_is_no_json_is_not_shown(task_of: Make) -> None:
    said = said_of(task_of('{"text": "xylograph', "a.jsonl"))
    assert "line 1: not JSON (" in said
    assert "xylograph" not in said


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("text", ["café", "чай", "茶"])
@pytest.mark.parametrize("n_rows", [2, 40])
def test_the_encoding_is_named_and_reads_the_file(task_of: Make, encoding: str, text: str, n_rows: int) -> None:
    """With a byte order mark or without one, of any letters, however short the file is."""
    if encoding == "cp1252" and text != "café":
        return
    rows = [(f"{text} {i} {text}", label) for i, (_, label) in enumerate(table(n_rows))]
    data = csv_of(rows).encode(encoding)
    assert encoding_of(data) == encoding
    assert f"say `encoding: {encoding}`" in said_of(task_of(data))
    if n_rows > 2:
        assert len(all_texts(task_of(data, encoding=encoding))) == n_rows


@pytest.mark.parametrize("before", ["", "x"])
def test_many_zeros_at_every_second_place_make_none_either(before: str) -> None:
    data = csv_of([*table(), (before + "a\0" * 60, "access")]).encode()
    assert encoding_of(data + b"\n" * (len(data) % 2)) == "utf-8"


def test_zeros_in_a_text_make_no_other_encoding() -> None:
    assert encoding_of(csv_of([*table(), ("a \x00\x00\x00 b\x00", "access")]).encode()) == "utf-8"


def test_a_second_byte_order_mark_is_none_of_the_header(task_of: Make) -> None:
    assert len(all_texts(task_of(b"\xef\xbb\xbf\xef\xbb\xbf" + csv_of(table()).encode()))) == 40


@pytest.mark.parametrize(
    "name", ["base64", "zlib", "hex", "rot13", "bz2", "idna", "punycode", "undefined", "ut\0f", "x"]
)
def test_an_encoding_of_no_texts_is_refused_before_anything_is_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(SuiteError, match="is not known, or none of texts"):
        resolve({"name": "t", "data": "a.csv", "encoding": name}, tmp_path)


SENTENCES = {
    "cp1251": ("cp1251", "Посылка не пришла вовремя / Не могу войти в свой аккаунт / В счёте указана неверная сумма"),
    "koi8-r": ("koi8_r", "Посылка не пришла вовремя / Не могу войти в свой аккаунт / В счёте указана неверная сумма"),
    "gb18030": ("gb18030", "包裹没有按时到达，请退款 / 我无法登录我的账户 / 发票金额有错误 / 应用程序每次启动都会崩溃"),
    "big5": ("big5", "我無法登入我的帳戶"),
    "cp1250": ("cp1252", "Paczka nie dotarła na czas, proszę o zwrot pieniędzy"),
}


@pytest.mark.parametrize("encoding", SENTENCES)
def test_the_encoding_of_another_script_is_named(task_of: Make, encoding: str) -> None:
    """Of Latin letters it cannot be told, so the common one is named, and others as a possibility."""
    named, text = SENTENCES[encoding]
    data = csv_of([(f"{text} {i}", label) for i, (_, label) in enumerate(table())]).encode(encoding)
    said = said_of(task_of(data))
    assert f"say `encoding: {named}`." in said
    assert ("such as cp1250" in said) == (named == "cp1252")
    assert encoding_of(data) == named


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1251", "чай с лимоном"), ("cp1255", "לא הצלחתי להיכנס"), ("cp1253", "Δεν μπορώ")]
)  # fmt: skip
def test_an_encoding_that_is_not_sure_is_not_named(task_of: Make, encoding: str, text: str) -> None:
    data = csv_of([(f"{text} {i}", label) for i, (_, label) in enumerate(table())]).encode(encoding)
    assert "cannot be told for sure: save the file as utf-8" in said_of(task_of(data))
    assert encoding_of(data) == "utf-8"


def test_a_few_bytes_that_are_wrong_make_no_other_encoding(task_of: Make) -> None:
    data = csv_of([*table(), *((f"café {i} café", "access") for i in range(9)), ("caf? x", "access")]).encode()
    said = said_of(task_of(data.replace(b"caf?", b"caf\xe9")))
    assert "line 51: byte 0xe9" in said
    assert "All of it but this place is utf-8: mend the file there" in said
    assert encoding_of(data.replace(b"caf?", b"caf\xe9")) == "utf-8"
