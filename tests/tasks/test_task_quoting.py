"""Quotes in TSV files: a program's are taken off, the texts' own are kept; which it is, the file decides."""

import csv
import io
from typing import Literal

import pytest

from harness.tasks import describe, make_split
from harness.tasks.sources.quoting import quoting_of
from tests.tasks.conftest import Make, all_texts, table

#: One of csv's `QUOTE_…`.
Quoting = Literal[0, 1, 2, 3]


def written(rows: list[tuple[str, str]], quoting: Quoting) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter="\t", quoting=quoting).writerows([("text", "label"), *rows])
    return out.getvalue()


def test_a_header_without_quotes_over_quoted_cells_is_one(task_of: Make) -> None:
    content = "text\tlabel\n" + "".join(f'"{text}"\t"{label}"\n' for text, label in table())
    assert all_texts(task_of(content, "tickets.tsv")) == {text for text, _ in table()}


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_what_a_program_quoted_is_read_without(task_of: Make, quoting: Quoting) -> None:
    odd = ['He said "no" twice', '"all of it"', "two\nlines", "a\ttab"]
    content = written([*table(), *((text, "access") for text in odd)], quoting)
    assert set(odd) <= all_texts(task_of(content, "tickets.tsv"))
    notes = " ".join(describe(task_of(content, "tickets.tsv")).notes)
    assert "quotes around" in notes
    assert "taken off" in notes


def test_the_quotes_of_a_spreadsheet_are_taken_off(task_of: Make) -> None:
    """It quotes cells that hold a comma."""
    rows = [*table(), ('"Hello, it is me"', "access"), ('"a ""word"""', "billing")]
    content = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows)
    assert {"Hello, it is me", 'a "word"'} <= all_texts(task_of(content, "tickets.tsv"))


LITERAL = {
    "a word in quotes": ['a "quoted" word'],
    "a lone quote": ['"opened and not closed', '"Great," she said'],
    "a whole text among others": ['"Great movie"', "not so great"],
    "an inch": ['a 5" screen', '"big, bigger"'],
    "commas elsewhere too": ['"yes, it is"', "no, it is not"],
}


@pytest.mark.parametrize("kind", LITERAL)
def test_the_quotes_of_texts_are_kept(task_of: Make, kind: str) -> None:
    rows = [*table(), *((text, "access") for text in LITERAL[kind])]
    content = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows)
    task = task_of(content, "tickets.tsv")
    assert set(LITERAL[kind]) <= all_texts(task)
    assert "form" not in make_split(task, describe(task), "test").columns


def test_cells_between_literal_quotes_are_told(task_of: Make) -> None:
    content = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in [*table(), ('"Great movie"', "access")])
    assert any(
        note.startswith("1 cell between quotes read with them") for note in describe(task_of(content, "t.tsv")).notes
    )


def test_the_key_tells_a_table_whose_quotes_are_taken_off(task_of: Make) -> None:
    task = task_of(written(table(), csv.QUOTE_ALL), "tickets.tsv")
    assert make_split(task, describe(task), "test").columns["form"] == "all: quotes taken off"
    plain = task_of(written(table(), csv.QUOTE_MINIMAL), "plain.tsv")
    assert "form" not in make_split(plain, describe(plain), "test").columns


def test_a_large_file_of_quotes_is_decided_quickly() -> None:
    for content in ('"' * 200_000, '"a ""b' * 50_000, ('"a ""b"" c"\t"x"\n' * 20_000)):
        quoting_of(content)
