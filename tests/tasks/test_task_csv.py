"""Files as spreadsheets write them: the delimiter is that of the header, rows of nothing are passed over."""

from collections.abc import Sequence

import pytest

from harness.tasks.sources.layout import delimiter_of
from tests.tasks.conftest import Make, all_texts, csv_of, said_of, table

DELIMITERS = [",", ";", "\t", "|"]


def separated(delimiter: str, rows: Sequence[tuple[str, ...]], header: tuple[str, ...] = ("text", "label")) -> str:
    """Every field between quotes, the header's too."""
    lines = [delimiter.join('"' + field.replace('"', '""') + '"' for field in row) for row in [header, *rows]]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_a_csv_is_separated_by_what_its_header_is(task_of: Make, delimiter: str) -> None:
    """Quoted fields hold any of them, quotes and line breaks."""
    odd = 'commas, semi;colons, a\ttab, a|bar, a "word"\nand a line'
    assert odd in all_texts(task_of(separated(delimiter, [*table(), (odd, "access")])))


@pytest.mark.parametrize("mark", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_before_a_quoted_header_is_none_of_it(task_of: Make, mark: str) -> None:
    assert len(all_texts(task_of(separated(";", table()).encode(mark)))) == 40


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("text;label\n", ";"),
        ("text,label;x,y\n", ","),
        ("a,b;c\n", ","),
        ('"a,b,c";label\n', ";"),
        ('"a\n,,,b"|label\nx,,,,y', "|"),
        ("\n;;;\n\r\ntext;label\n", ";"),
        ("\ttext\tlabel\n", "\t"),
        ("text\n1,2,3\n", ","),
        ("", ","),
    ],
)
def test_the_header_alone_decides_and_only_outside_of_quotes(text: str, found: str) -> None:
    """Of two that stand there as often the comma wins, and it is taken where there is none."""
    assert delimiter_of(text) == found


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_rows_of_nothing_count_but_are_passed_over(task_of: Make, delimiter: str) -> None:
    header, rest = separated(delimiter, table()).split("\n", 1)
    blank = f'\n{delimiter}\n{delimiter * 3}\n""{delimiter} \n'
    content = f"{header}\n{blank}{rest}"
    assert len(all_texts(task_of(content))) == 40
    assert "row 46: 3 fields; expected 2" in said_of(task_of(content + f"a{delimiter}b{delimiter}c\n"))


def test_a_row_with_one_field_has_one_field(task_of: Make) -> None:
    said = said_of(task_of(csv_of([(*row, "x") for row in table()], "text,label,z") + "alone\n"))
    assert "row 42: 1 field; expected 3" in said


@pytest.mark.parametrize(("delimiter", "one", "many"), [(",", "a comma", "commas"), (";", "a semicolon", "semicolons")])
def test_what_is_said_names_the_delimiter(task_of: Make, delimiter: str, one: str, many: str) -> None:
    said = said_of(task_of(separated(delimiter, table()) + delimiter.join("abc") + "\n"))
    assert f"separated by {many}, as in the header: put those that hold {one}" in said


def test_a_column_that_is_not_there_says_how_the_header_was_read(task_of: Make) -> None:
    said = said_of(task_of("text;labels\n" + "".join(f"{text};{label}\n" for text, label in table())))
    assert "The columns are 'text', 'labels'. Did you mean 'labels'? The header was read as separated by semi" in said


def test_a_tsv_that_is_none_says_so(task_of: Make) -> None:
    assert "separated by commas, let its name end in .csv" in said_of(task_of(csv_of(table()), "tickets.tsv"))


def test_rows_of_nothing_in_a_tsv_are_passed_over(task_of: Make) -> None:
    content = "text\tlabel\n" + "\t\n".join(f"{text}\t{label}\n" for text, label in table())
    assert len(all_texts(task_of(content, "tickets.tsv"))) == 40
