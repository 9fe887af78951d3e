"""Which column is taken for what, and that the user's word counts."""

import csv
import io
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.audit import Source, guess
from harness.core.errors import DataError, HarnessError
from tests.fakes.own_data import odd, reviews, tickets

Make = Callable[..., Source]
LONG = "the {} parcel number {} came late and was open when it arrived here"


def table(n: int = 60, /, **columns: Callable[[int], object]) -> str:
    """CSV with a long text and these columns."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["text", *columns])
    writer.writerows([LONG.format("red", i), *(make(i) for make in columns.values())] for i in range(n))
    return out.getvalue()


def test_tickets(source_of: Make) -> None:
    """Subject and body are one text; customer, time and id are found, each with its reason."""
    found = guess(source_of(tickets(600)), {})
    assert found.text == ("subject", "body")
    assert (found.label, found.group, found.time, found.id) == ("queue", "customer", "created", "ticket")
    assert found.domain is None
    assert not found.split_by_time
    assert set(found.why) == {"text", "label", "group", "time", "id"}
    assert found.why["label"] == "4 values that repeat, by its name"


def test_reviews(source_of: Make) -> None:
    """A title of six values is no text, forty categories are a label, and what else could be one is told."""
    found = guess(source_of(reviews(1500)), {})
    assert (found.text, found.label, found.id) == (("review",), "category", "id")
    assert (found.group, found.time, found.domain) == (None, None, None)
    assert "could be too: 'title' (6) and 'stars' (5)" in found.why["label"]


def test_columns_of_unknown_names(source_of: Make) -> None:
    found = guess(source_of(odd()), {})
    assert (found.text, found.label) == (("Message",), "Department")


def test_a_label_needs_no_name(source_of: Make) -> None:
    """Words before numbers and flags, few classes before many, wherever they stand."""
    content = table(
        n_items=lambda i: i % 2,
        seen=lambda i: ("Yes", "No")[i % 2],
        many=lambda i: "vxyz"[i % 4],
        few=lambda i: "abc"[i % 3],
    )
    assert guess(source_of(content), {}).label == "few"


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("outcome", "country"),
        ("anything", "country"),
        ("anything", "customer_name"),
        ("anything", "split"),
        ("anything", "language"),
        ("anything", "Land"),
        ("anything", "weekday_sent"),
        ("anything", "team_member"),  # whose last word is a person's
        ("anything", "betreff"),
        ("Kategorie", "Kunde"),
        ("Priorität", "anything"),
        ("label_name", "split"),
        ("tags", "anything"),
        ("member_type", "anything"),
    ],
)
def test_people_places_and_sides_are_no_label(source_of: Make, label: str, other: str) -> None:
    """In either order of the columns, and with fewer values."""
    for order in ((label, other), (other, label)):
        content = table(**{name: (lambda i, n=2 + (name == label): "abc"[i % n]) for name in order})
        assert guess(source_of(content), {}).label == label


def test_addresses_are_never_shown_as_classes(source_of: Make) -> None:
    """Whatever their column is called: neither as label nor as domain."""
    at = {"label": lambda i: f"anna{i % 3}@example.com", "channel": lambda i: f"desk{i % 2}@example.com"}
    found = guess(source_of(table(120, **at, kind=lambda i: "ab"[i % 2])), {})
    assert (found.label, found.domain) == ("kind", None)
    with pytest.raises(HarnessError, match="no column looks like a label") as error:
        guess(source_of(table(120, **at)), {})
    assert "@" not in str(error.value).replace("'label'", "")


def test_where_only_people_or_places_are_left_the_user_is_asked(source_of: Make) -> None:
    """And may say that one of them it is."""
    content = table(country=lambda i: "ab"[i % 2], agent=lambda i: ("Zed", "Ann")[i % 2])
    with pytest.raises(HarnessError, match=r"not people, places.*'country' \(2 values\).*--label COLUMN") as error:
        guess(source_of(content), {})
    assert "Zed" not in str(error.value)
    assert guess(source_of(content), {"label": ["country"]}).label == "country"


def test_the_advice_can_be_typed_whatever_the_file_is_called(source_of: Make, tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as error:
        guess(source_of(table(), "it's #1.csv"), {})
    assert shlex.split(str(error.value).partition("Say which it is: ")[2])[:3] == [
        "harness", "init", str(tmp_path / "it's #1.csv"),
    ]  # fmt: skip


def texts(n: int, **columns: str) -> str:
    """CSV with columns of such texts, and a label."""
    words = ("fine", "late", "open")
    rows = [
        ",".join([*(text.format(i, word=words[i % 3]) for text in columns.values()), "ab"[i % 2]]) for i in range(n)
    ]
    return "\n".join([",".join([*columns, "label"]), *rows])


@pytest.mark.parametrize(
    "columns",
    [
        {"customer_request": "I want {} of them back", "internal_notes": "told that {} of them will be sent back soon"},
        {"customer_message": "I want {} of them back", "internal_comment": "told that {} of them will be sent soon"},
        {"Anfrage": "ich warte auf die {}", "Antwort": "wir haben Ihnen nun alle {} gesendet wie besprochen"},
        {"text": "want {}", "notes": "told that {} of them will be sent back soon"},
        {"text": "{word}", "number": "{}"},
        {"review_text": "so {word}", "review_id": "R{}"},
    ],
)
def test_a_column_that_is_called_a_text_is_one(source_of: Make, columns: dict[str, str]) -> None:
    """Before longer notes on it, and where its texts are a word or two."""
    found = guess(source_of(texts(60, **columns)), {})
    assert found.text == (next(iter(columns)),)


def test_short_texts_are_not_called_long(source_of: Make) -> None:
    assert guess(source_of(texts(60, text="{word}")), {}).why["text"] == "by its name (5.0 % distinct, 1 word a row)"


@pytest.mark.parametrize(
    ("name", "value"), [("comment", "1{}"), ("document", "D1{}"), ("text_id", "T1{}"), ("ticket", "T1{}")]
)
def test_numbers_are_no_texts_whatever_they_are_called(source_of: Make, name: str, value: str) -> None:
    with pytest.raises(HarnessError, match="no column looks like a text"):
        guess(source_of(texts(60, **{name: value}) + f"\n{value.format(7)},a"), {})


def test_a_text_stands_on_most_rows(source_of: Make) -> None:
    """A comment that few rows have is none, however long."""
    rows = [f"it is about the {i} again,{'ab'[i % 2]}," for i in range(60)]
    rows[1] += "a much longer comment that stands on this row only and on no other"
    assert guess(source_of("\n".join(["what,label,comment", *rows])), {}).text == ("what",)


def test_few_rows_a_class_are_a_label_where_its_name_says_so(source_of: Make) -> None:
    """Two of each, as in few-shot files; columns with more rows a value go first; of one row each the way is told."""
    few = {"intent": lambda i: f"card_{i // 2}", "count": lambda i: f"{i}"}
    assert guess(source_of(table(80, **few)), {}).label == "intent"
    assert guess(source_of(table(80, **few, kind=lambda i: "abc"[i % 3])), {}).label == "kind"
    assert guess(source_of(table(80, **few, value=lambda i: "abc"[i % 3])), {}).label == "value"
    for one in ({"x": few["intent"]}, {"intent": lambda i: i // 2}):
        with pytest.raises(HarnessError, match="no column looks like a label"):
            guess(source_of(table(80, **one)), {})
    with pytest.raises(
        HarnessError, match=r"With one row a class, tests need a file of their own: harness init train\."
    ):
        guess(source_of(table(80, intent=lambda i: f"card_{i}")), {})


def test_whole_numbers_may_be_classes_however_they_are_written(source_of: Make) -> None:
    """pandas writes a column of whole numbers with gaps as 1.0, 2.0."""
    assert guess(source_of(table(grade=lambda i: f"{i % 5}.0" if i % 9 else "")), {}).label == "grade"


@pytest.mark.parametrize(
    "make",
    [
        lambda i: i / 7,  # measured, not named
        lambda i: i,  # another on every row
        lambda i: "same",
        lambda i: f"name {i // 2}",  # too many for their rows
        lambda i: "a" if i < 5 else "",  # mostly empty
    ],
)
def test_what_is_no_label(source_of: Make, make: Callable[[int], object]) -> None:
    """The error says which columns there are, with their numbers of values, and what to type."""
    source = source_of(table(value=make))
    with pytest.raises(HarnessError) as error:
        guess(source, {})
    n_values = len(set(source.columns["value"]))
    assert "no column looks like a label" in str(error.value)
    assert f"'text' (60 values), 'value' ({n_values} value" in str(error.value)
    assert str(error.value).endswith("data.csv --label COLUMN")


@pytest.mark.parametrize(
    ("name", "make", "is_time"),
    [
        ("x", lambda i: f"2024-03-{1 + i % 28:02} 10:15", True),
        ("x", lambda i: f"{13 + i % 15}.03.2024", True),
        ("x", lambda i: 1_700_000_000 + i, False),  # a number is a time where its name says so
        ("created_at", lambda i: 1_700_000_000 + i, True),
        ("x", lambda i: f"order {i} of 2024", False),
        ("created", lambda i: "" if i % 4 else f"2024-03-{1 + i % 28:02}", False),  # mostly empty
    ],
)
def test_times(source_of: Make, name: str, make: Callable[[int], object], is_time: bool) -> None:
    content = table(label=lambda i: "ab"[i % 2], **{name: make})
    assert guess(source_of(content), {}).time == (name if is_time else None)


@pytest.mark.parametrize(
    ("make", "is_group"),
    [
        (lambda i: f"C{i % 40}", True),
        (lambda i: f"c{i % 40}@example.com", True),
        (lambda i: f"C{i}", False),  # nothing repeats
        (lambda i: f"C{i % 5}", False),  # too few to be split
        (lambda i: f"C{i % 40 if i % 2 else 0}", False),  # one is half of the data
        (lambda i: "" if i % 3 else f"C{i % 40}", False),
    ],
)
def test_groups(source_of: Make, make: Callable[[int], object], is_group: bool) -> None:
    content = table(200, label=lambda i: "ab"[i % 2], customer_id=make)
    assert guess(source_of(content), {}).group == ("customer_id" if is_group else None)


def test_domains(source_of: Make) -> None:
    content = table(200, channel=lambda i: ("mail", "phone", "web")[i % 3], label=lambda i: "ab"[i % 2])
    assert guess(source_of(content), {}).domain == "channel"
    rare = table(200, channel=lambda i: ("mail", "web")[i % 20 == 0], label=lambda i: "ab"[i % 2])
    assert guess(source_of(rare), {}).domain is None


def test_the_users_word_counts(source_of: Make) -> None:
    """What is named is taken, and `none` is nothing; the rest is guessed."""
    given = {"text": ["body"], "label": ["customer"], "group": ["none"], "time": ["created"]}
    found = guess(source_of(tickets(300)), given)
    assert (found.text, found.label, found.group, found.time) == (("body",), "customer", None, "created")
    assert found.split_by_time
    assert found.why["label"] == "as you said"
    assert found.id == "ticket"


def test_a_column_that_is_not_there(source_of: Make) -> None:
    with pytest.raises(DataError, match=r"no column 'quue'.*Did you mean 'queue'"):
        guess(source_of(tickets(50)), {"label": ["quue"]})


def test_no_text(source_of: Make) -> None:
    with pytest.raises(HarnessError, match=r"no column looks like a text .*--text COLUMN"):
        guess(source_of("a,b\n" + "".join(f"{i % 2},{i % 3}\n" for i in range(40))), {})
