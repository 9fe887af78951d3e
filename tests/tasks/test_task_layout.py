"""Tables that do not begin with their header: without one, below titles, after `sep=`, above notes."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest

from harness.tasks import describe, make_split
from harness.tasks.sources.headerless import may_be_data, why_data
from harness.tasks.sources.layout import layout_of
from tests.tasks.conftest import Make, all_texts, csv_of, said_of, table

#: Text of no row of `table`, to find again where it must not stand.
SECRET = "xylograph of a private matter that nobody may read"


def news(n: int = 40) -> list[tuple[str, str, str]]:
    """Class, title and text between quotes, as news corpora are spread."""
    return [("3", "Xylograph shares fall", SECRET)] + [
        (str(1 + i % 4), f"A title of story {i}", f"The story of number {i} is told here at some length")
        for i in range(n)
    ]


HEADERLESS: dict[str, Sequence[tuple[str, ...]]] = {
    "a number, a title and a text": news(),
    "a text and a class": [(SECRET, "billing"), *table()],
    "a class and a text": [("access", SECRET), *((label, text) for text, label in table())],
    "an address": [("a@b.org", SECRET, "billing"), *((f"u{i}@b.org", *row) for i, row in enumerate(table()))],
    "an id": [("T-17", SECRET, "access"), *((f"T-{i}", *row) for i, row in enumerate(table()))],
    "a date": [("2024-01-31", SECRET, "access"), *((f"2024-02-{i % 28:02}", *row) for i, row in enumerate(table()))],
    "no more than five rows": [(SECRET, "0"), *((text, str(i % 2)) for i, (text, _) in enumerate(table(4)))],
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERLESS)
def test_a_first_row_of_data_stops_a_run_and_is_not_told(task_of: Make, kind: str) -> None:
    rows = HEADERLESS[kind]
    content = csv_of(rows[1:], ",".join(f'"{cell}"' for cell in rows[0]))
    said = said_of(task_of(content))
    assert "row 1 looks like data, not like a header (" in said
    assert "`header: false`" in said
    assert "`header: true`" in said
    assert f"text: column{1 + rows[0].index(SECRET)}" in said
    assert [cell for row in rows[:1] for cell in row if len(cell) > 3 and cell in said] == []


def test_a_file_without_a_header_is_read_by_the_places_of_its_columns(task_of: Make) -> None:
    content = csv_of(news()[1:], ",".join(f'"{cell}"' for cell in news()[0]))
    task = task_of(content, header=False, text=["column2", "column3"], label="column1")
    assert f"Xylograph shares fall\n{SECRET}" in all_texts(task)
    assert len(all_texts(task)) == 41
    assert describe(task).labels == ("1", "2", "3", "4")
    assert "The columns are 'column1', 'column2', 'column3'" in said_of(task_of(content, header=False))


@pytest.mark.parametrize("name", ["tickets.csv", "tickets.tsv"])
def test_the_split_of_a_file_without_a_header_has_a_key_of_its_own(task_of: Make, name: str) -> None:
    delimiter = "\t" if name.endswith("tsv") else ","
    content = "\n".join(delimiter.join(row) for row in [("column1", "column2"), *table()])
    said: tuple[dict[str, Any], ...] = ({}, {"header": True}, {"header": False})
    tasks = [task_of(content, name, text="column1", label="column2", **more) for more in said]
    none, header, no_header = [make_split(task, describe(task), "test") for task in tasks]
    assert none.key == header.key != no_header.key
    assert "header" not in none.columns
    assert no_header.columns["header"] is False


SOUND = [
    ("text", "label"), ("tekst", "klasse"), ("消息", "类别"), ("v2", "v1"), ("0", "1"), ("1", "2"), ("2023", "2024"),
    ("a", "b"), ("Sentence", "Emotion"), ("Customer complaint narrative", "Product"), ("tweet", "airline_sentiment"),
    ("How was your stay with us at the hotel this year?", "Would you come again, and would you tell your friends?"),
    ("In a few words: what should we do better? Please be as specific as you can", "spam or not"),
    ("The text of the message as it was sent to us", "access or billing"),
]  # fmt: skip


@pytest.mark.parametrize("header", SOUND)
@pytest.mark.parametrize("n_rows", [4, 40])
def test_a_header_is_not_taken_for_data(header: tuple[str, str], n_rows: int) -> None:
    """Short names and questions, numbers and years, over short texts and long ones, words and numbers."""
    for rows in (
        table(n_rows),
        [(text.split()[2], str(i % 2)) for i, (text, _) in enumerate(table(n_rows))],
        [(f"{text} {text}", f"{label} {i % 3}") for i, (text, label) in enumerate(table(n_rows))],
    ):
        assert why_data([header, *rows]) == ""


SHORT = [(f"{text} {text}", ("pos", "neg")[i % 2]) for i, (text, _) in enumerate(table(400))]
CLASSES = ("card_arrival", "lost_card", "pin_blocked", "top_up_failed")
FIRST = {
    "a short text, and a class that is there again": (("Anna Schmidt owes", "pos"), SHORT),
    "the class before the text": (("pos", "Team wins"), [(label, text) for text, label in SHORT]),
    "an id and a short text": (("1001", "my card is lost"), [(str(1002 + i), row[0]) for i, row in enumerate(SHORT)]),
    "a class that is not there again": (
        ("I am still waiting for my new card, where is it?", "change_pin"),
        [(text, CLASSES[i % 4]) for i, (text, _) in enumerate(SHORT)],
    ),
}


@pytest.mark.parametrize("kind", FIRST)
def test_a_short_first_text_or_a_rare_class_is_data_too(task_of: Make, kind: str) -> None:
    first, rows = FIRST[kind]
    assert why_data([first, *rows]) != ""
    said = said_of(task_of(csv_of(rows, ",".join(f'"{cell}"' for cell in first))))
    assert "row 1 looks like data, not like a header (" in said
    assert [cell for cell in first if cell in said] == []


@pytest.mark.parametrize(
    ("header", "unsure"),
    [
        (("Anna Schmidt owes", "rare"), True),
        (("x" * 50, "rare"), True),
        (("Anna Schmidt owes", "label"), False),
        (("v1", "v2"), False),
        (("tekst", "klasse"), False),
    ],
)
def test_words_that_no_column_is_called_may_be_data(header: tuple[str, str], unsure: bool) -> None:
    assert may_be_data(header) is unsure


VETOES: dict[str, tuple[tuple[str, ...], Sequence[tuple[str, ...]]]] = {
    "a class that a column is named for, beside one of few values": (
        ("spam", "How would you say it in words of your own, if you please?", "Gruppe"),
        [(("spam", "ham")[i % 2], f"{text} and more of it", "abc"[i % 3]) for i, (text, _) in enumerate(table())],
    ),
    "a header again": (("tekst", "klasse"), [*table(), ("tekst", "klasse"), *table(10)]),
    "a usual name beside a number": (("name", "7"), [(f"w{i * 7}", str(i)) for i in range(40)]),
}


@pytest.mark.parametrize("kind", VETOES)
def test_one_cell_that_is_no_data_makes_a_header(kind: str) -> None:
    header, rows = VETOES[kind]
    assert why_data([header, *rows]) == ""


def test_a_header_that_stands_in_the_file_again_is_one(task_of: Make) -> None:
    """Two exports, one after the other: the second header is passed over, and the key says so."""
    twice, once = csv_of(table()) + csv_of(table(50)[40:]), csv_of(table(50))
    task = task_of(twice)
    assert all_texts(task) == all_texts(task_of(once, "once.csv"))
    assert "1 row passed over: the header again" in describe(task_of(twice)).notes
    assert make_split(task, describe(task), "test").columns["form"] == "all: header passed over"


def test_named_columns_are_taken_at_their_word(task_of: Make) -> None:
    """A class may be the name of its column: who names the columns knows that they are names."""
    content = csv_of([*table(), ("one more text that is long enough", "spam")], "a long name of a text column,spam")
    task = task_of(content, text="a long name of a text column", label="spam", min_class=2)
    assert len(all_texts(task)) == 40


TITLES = {
    "two lines and a blank": ("Support report 2024-01\nGenerated by desk\n\n", ","),
    "between delimiters": ("Support report;;\n;;\n", ";"),
    "with other delimiters in them": ("Report, of all tickets, 2024\n", ";"),
    "as wide as the table": ("Report,January\n", ","),
    "several, tabs": ("Report\nA\nB\nC\n\n\n", "\t"),
}


@pytest.mark.parametrize("kind", TITLES)
@pytest.mark.parametrize("wanted", [("text", "label"), None])
def test_titles_above_the_header_are_passed_over(kind: str, wanted: tuple[str, ...] | None) -> None:
    above, delimiter = TITLES[kind]
    lines = [delimiter.join(row) for row in [("text", "label"), *table()]]
    layout = layout_of(above + "\n".join(lines), wanted)
    if kind == "as wide as the table" and wanted is None:  # it may be the header, and the next row data
        above = ""
    assert (layout.delimiter, layout.n_above, layout.start) == (delimiter, above.count("\n"), len(above))


@pytest.mark.parametrize("header", [("anliegen", "klasse"), ("verzoek", "soort")])
@pytest.mark.parametrize("wanted", [True, False])
def test_a_row_of_data_is_no_header_whatever_stands_in_it(header: tuple[str, str], wanted: bool) -> None:
    rows = [header, *table(2), ("wrong date", "date"), *table()]
    layout = layout_of("\n".join(map(";".join, rows)), header if wanted else None)
    assert (layout.delimiter, layout.n_above) == (";", 0)


def test_rows_below_titles_are_counted_as_a_person_does(task_of: Make) -> None:
    task = task_of("Report\n\n" + csv_of(table()))
    assert "2 lines above the header passed over" in describe(task).notes
    assert "row 44: column 'label' is empty" in said_of(
        task_of("Report\n\n" + csv_of([*table(), ("a b", "")]), "b.csv")
    )


def test_one_column_is_no_title(task_of: Make) -> None:
    said = said_of(task_of("text\n" + "\n".join(text for text, _ in table())))
    assert "no column 'label'. The columns are 'text'" in said


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n', "sep=;;\n"])
def test_the_first_line_may_say_the_separator(task_of: Make, line: str) -> None:
    content = line + "text;label\n" + "".join(f"{text}, {text};{label}\n" for text, label in table())
    assert len(all_texts(task_of(content))) == 40
    assert any("says that fields are separated by ';'" in note for note in describe(task_of(content)).notes)


def test_notes_below_the_table_are_passed_over_after_a_blank_line(task_of: Make) -> None:
    content = csv_of(table())
    below = describe(task_of(content + "\nTotal: 40 tickets\nexported today\n")).notes
    assert "2 rows below the table, after a blank line, passed over" in below
    assert "row 42: 1 field; expected 2" in said_of(task_of(content + "Total: 40 tickets\n", "b.csv"))


def test_what_is_said_of_a_missing_column_is_no_text(task_of: Make) -> None:
    """Of a first row that is not found out, the long names at least."""
    out = io.StringIO()
    rows: Sequence[tuple[str, str]] = [
        (SECRET * 2, "Where?"),
        *((text, f"q {i}") for i, (text, _) in enumerate(table())),
    ]
    csv.writer(out).writerows(rows)
    said = said_of(task_of(out.getvalue()))
    assert SECRET not in said
    assert "(a name of 100 characters)" in said
