"""CSV and JSON as other programs write it: quotes of other kinds, row names, objects that do not stand one a line."""

import json

import pytest

from harness.tasks import describe, make_split
from tests.tasks.conftest import Make, all_texts, csv_of, said_of, table

ROWS = [(f"{text}, and more", label) for text, label in table()]
TEXTS = {text for text, _ in ROWS}


def lines(form: str) -> str:
    return "text,label\n" + "".join(form.format(i=i, text=text, label=label) for i, (text, label) in enumerate(ROWS, 1))


#: (file, what is said of it, what of it is in the key, since earlier versions read something else or nothing).
READ = {
    "single quotes": (lines("'{text}','{label}'\n"), "single quotes around", "all: single quotes taken off"),
    "after a space": (lines('"{text}", "{label}"\n'), "quotes after a space", "all: quotes after a space taken off"),
    "row names": (lines('"{i}","{text}","{label}"\n'), "the header does not name, numbers the rows", None),
    "a delimiter at the end": (lines('"{text}",{label},\n'), "", None),
    "line ends of old": (lines('"{text}",{label}\n').replace("\n", "\r"), "", None),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
def test_csv_of_other_programs_is_read_and_said(task_of: Make, kind: str) -> None:
    content, said, form = READ[kind]
    task = task_of(content)
    assert all_texts(task) == TEXTS
    assert describe(task).labels == ("access", "billing")
    assert said in " ".join(describe(task).notes)
    assert make_split(task, describe(task), "test").columns.get("form") == form


def test_backslashes_before_quotes_are_understood_where_nothing_else_is(task_of: Make) -> None:
    task = task_of(lines('"he said \\"{text}\\"",{label}\n'))
    assert {f'he said "{text}"' for text in TEXTS} == all_texts(task)
    assert "quotes after a backslash taken for quotes inside of a text" in describe(task).notes
    plain = task_of(csv_of([*table(), ('ends in a backslash\\" and goes on', "access")]), "plain.csv")
    assert 'ends in a backslash\\" and goes on' in all_texts(plain)


def test_only_backslashes_that_mark_something_are_no_part_of_the_text(task_of: Make) -> None:
    task = task_of(lines('"{text}, \\"hi\\" in C:\\temp\\new",{label}\n'))
    assert {f'{text}, "hi" in C:\\temp\\new' for text in TEXTS} == all_texts(task)
    assert make_split(task, describe(task), "test").columns["form"] == "all: quotes after a backslash"
    both = task_of(lines('"{text}, \\"hi\\" in C:\\\\temp",{label}\n'), "both.csv")
    assert {f'{text}, "hi" in C:\\temp' for text in TEXTS} == all_texts(both)


def test_texts_with_commas_that_nobody_quoted_are_no_row_names(task_of: Make) -> None:
    assert "row 2: 3 fields; expected 2" in said_of(task_of(lines("{text},{label}\n")))


@pytest.mark.parametrize("header", ["text^label", "text"])
def test_a_header_of_one_name_says_what_may_separate_fields(task_of: Make, header: str) -> None:
    said = said_of(task_of(header + lines("{text}^{label}\n").removeprefix("text,label")))
    assert "The header names one column" in said
    assert "sep=^" in said


def test_what_cannot_be_seen_of_a_name_is_none_of_it(task_of: Make) -> None:
    assert len(all_texts(task_of(csv_of(table(), "text\xa0,\u200blabel")))) == 40


def test_a_markdown_table_is_named(task_of: Make) -> None:
    content = "| text | label |\n|:---|---|\n" + "".join(f"| {text} | {label} |\n" for text, label in ROWS)
    assert "the file is a Markdown table" in said_of(task_of(content))


@pytest.mark.parametrize("between", ["\n", ",\n", "", "\n\n,"])
def test_objects_that_are_not_one_a_line_are_read_and_said(task_of: Make, between: str) -> None:
    objects = [json.dumps({"text": text, "label": label}, indent=2 if between != "," else None) for text, label in ROWS]
    task = task_of(between.join(objects), "a.jsonl")
    assert all_texts(task) == TEXTS
    assert "JSON objects one after the other, not one a line: they are the rows" in describe(task).notes


def test_objects_of_python_are_named(task_of: Make) -> None:
    content = "\n".join(str({"text": text, "label": label}) for text, label in ROWS)
    assert "as Python prints them: write them with json.dumps" in said_of(task_of(content, "a.jsonl"))
