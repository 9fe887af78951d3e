"""Which column is taken for what, and that the user's word counts."""

import csv
import io
from collections.abc import Callable

import pytest

from harness.audit import Source, guess
from harness.core.errors import DataError, HarnessError
from tests.fakes.own_data import odd, reviews, tickets

Make = Callable[..., Source]
LONG = "the {} parcel number {} came late and was open when it arrived here"


def table(n: int = 60, **columns: Callable[[int], object]) -> str:
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
    """Names before numbers, and the last of equals."""
    content = table(n_items=lambda i: i % 3, first=lambda i: "ab"[i % 2], second=lambda i: "xyz"[i % 3])
    assert guess(source_of(content), {}).label == "second"


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
