"""`time`: learnt from what came first, judged on what came later."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.tasks import Task, describe, load, make_split
from harness.tasks.pool import split_by_time
from harness.tasks.sources.row import Reading, Row, Time
from tests.tasks.conftest import Make, csv_of, table

START = date(2024, 1, 11)


def dated(times: Sequence[str], *extra: Sequence[str]) -> str:
    """A CSV with a row a time, and further columns."""
    rows = [(*row, *more) for row, *more in zip(table(len(times)), times, *extra, strict=True)]
    return csv_of(rows, ",".join(["text", "label", "created", "customer"][: 3 + len(extra)]))


def days(n_rows: int = 40, form: str = "%Y-%m-%d") -> list[str]:
    return [(START + timedelta(days=i)).strftime(form) for i in range(n_rows)]


def side(task: Task, name: str, **options: Any) -> Examples:
    return load(task, make_split(task, describe(task), name, **options))


def numbers_of(examples: Examples) -> list[int]:
    """Which rows of `table` these are."""
    return sorted(int(text.split()[2]) for text in examples.text)


FORMS = [
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M",
    "%d.%m.%Y",
    "%d %B %Y",
    "%b %d, %Y",
]


@pytest.mark.parametrize("form", [*FORMS, "%Y%m%d", "%a, %d %b %Y 10:00:00 +0100"])
def test_the_latest_rows_are_the_test_side(task_of: Make, form: str) -> None:
    """In any order of the file, and in all the ways that a date is written."""
    times = days(40, form)
    head, *lines = dated(times).splitlines()
    task = task_of("\n".join([head, *lines[::-1]]), time="created")
    assert numbers_of(side(task, "train")) == list(range(28))
    assert numbers_of(side(task, "test")) == list(range(28, 40))
    assert describe(task).notes == (f"split by time: the test side is from {times[28]} on",)


@pytest.mark.parametrize(
    "times", [range(1990, 2030), range(1_700_000_000, 1_700_000_040), [i / 8 for i in range(-9, 31)]]
)
def test_numbers_are_times(task_of: Make, times: Sequence[float]) -> None:
    """Years, epochs: only their order matters."""
    assert numbers_of(side(task_of(dated([str(t) for t in times]), time="created"), "test")) == list(range(28, 40))


def test_zones_are_taken_into_account(task_of: Make) -> None:
    """A time without one is UTC."""
    times = [f"2024-03-01T{i // 2:02}:{30 * (i % 2):02}:00" for i in range(40)]
    times[0] = "2024-03-01T20:00:00-08:00"
    assert 0 in numbers_of(side(task_of(dated(times), time="created"), "test"))
    times[0] = "2024-03-01T20:00:00+08:00"
    assert 0 not in numbers_of(side(task_of(dated(times), time="created"), "test"))


def test_parquet_and_json_have_times_of_their_own(task_of: Make) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    stamps = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=i) for i in range(40)]
    texts, labels = zip(*table(), strict=True)
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table({"text": texts, "label": labels, "created": stamps}), sink)
    lines = [{"text": t, "label": q, "created": s.timestamp()} for (t, q), s in zip(table(), stamps, strict=True)]
    content = "\n".join(json.dumps(line) for line in lines)
    for task in (
        task_of(bytes(sink.getvalue()), "tickets.parquet", time="created"),
        task_of(content, "tickets.jsonl", time="created"),
    ):
        assert numbers_of(side(task, "test")) == list(range(28, 40))


@pytest.mark.parametrize("value", ["soon", "10:15", "31.01.24", "2024-13-01", "2024-02-30", "now", "17"])
def test_what_is_no_time_is_a_bad_row(task_of: Make, value: str) -> None:
    times = [*days(40), value]
    with pytest.raises(DataError) as caught:
        describe(task_of(dated(times), time="created"))
    assert f"tickets.csv, row 42: column 'created' is {value!r}; expected a time" in str(caught.value)


def test_a_word_among_numbers_is_a_bad_row(task_of: Make) -> None:
    times = [*map(str, range(40)), "n/a"]
    with pytest.raises(DataError, match="row 42: column 'created' is 'n/a'; expected a time"):
        describe(task_of(dated(times), time="created"))


def test_an_empty_time_is_a_bad_row_or_dropped(task_of: Make) -> None:
    content = dated([*days(40), " "])
    with pytest.raises(DataError, match=r"row 42: column 'created' is empty.*`drop_empty: true`"):
        describe(task_of(content, time="created"))
    assert describe(task_of(content, time="created", drop_empty=True)).notes[0].endswith("1 in 'created'")


def test_day_and_month_are_not_guessed(task_of: Make) -> None:
    """01/02/2024 is refused unless some row says which is which; then all rows are read that way."""
    unsure = [f"0{1 + i % 9}/02/2024" for i in range(40)]
    with pytest.raises(DataError, match=r"'created' is '01/02/2024' \(row 2\): day or month first\?.*as 2024-01-31"):
        describe(task_of(dated(unsure), time="created"))
    both = ["13/02/2024", "02/14/2024", *unsure[2:]]
    with pytest.raises(DataError, match=r"day first in '13/02/2024' \(row 2\) and the month first in '02/14/2024'"):
        describe(task_of(dated(both), time="created"))
    by_day, by_month = (["20/01/2023"], ["01/20/2023"])
    for first, latest in ((by_day, "09/02/2024"), (by_month, "09/02/2024")):
        times = [*first, *["01/03/2024"] * 29, *[latest] * 10]
        in_test = numbers_of(side(task_of(dated(times), time="created"), "test"))
        assert in_test == (list(range(1, 30)) if first == by_day else list(range(30, 40)))


def test_dates_that_read_the_same_both_ways_are_sure(task_of: Make) -> None:
    times = [f"0{m}/0{m}/2024" for m in range(1, 9) for _ in range(5)]
    assert numbers_of(side(task_of(dated(times), time="created"), "test")) == list(range(30, 40))


@given(st.lists(st.integers(0, 9), min_size=2, max_size=60), st.floats(0.05, 0.95))
def test_rows_of_one_time_are_on_one_side_and_the_share_is_as_near_as_can_be(times: list[int], share: float) -> None:
    rows = tuple(Row(str(i), f"text {i}", "a", time=Time(at, str(at))) for i, at in enumerate(times))
    reading = Reading("x", {"all": rows})
    if len(set(times)) == 1:
        with pytest.raises(DataError, match="all rows are of one time"):
            split_by_time(reading, share)
        return
    sides = split_by_time(reading, share).sides
    assert max(row.time for row in sides["train"]) < min(row.time for row in sides["test"])
    possible = [sum(at >= cut for at in times) for cut in set(times) - {min(times)}]
    wanted = share * len(times)
    assert abs(len(sides["test"]) - wanted) == min(abs(n - wanted) for n in possible)


def test_a_group_on_both_sides_leaves_the_train_side(task_of: Make) -> None:
    customers = [f"c{i % 14}" if i > 13 else f"old {i}" for i in range(40)]
    task = task_of(dated(days(40), customers), time="created", group="customer")
    train, test = side(task, "train"), side(task, "test")
    assert numbers_of(test) == list(range(28, 40))
    assert not set(train.clusters) & set(test.clusters)
    assert "12 train rows left out: 12 values of 'customer' stand in test too" in describe(task).notes
    assert "group" not in make_split(task, describe(task), "train").rule


def test_too_few_rows_after_that_says_what_was_left_out(task_of: Make) -> None:
    with pytest.raises(DataError, match=r"too few rows to train on.* 28 train rows left out: 1 value of 'customer'"):
        describe(task_of(dated(days(40), ["c"] * 40), time="created", group="customer"))


def test_a_train_text_that_comes_again_later_is_removed(task_of: Make) -> None:
    rows = [(*row, day) for row, day in zip([*table(40), table(1)[0]], days(41), strict=True)]
    info = describe(task_of(csv_of(rows, "text,label,created"), time="created"))
    assert (info.n_train, info.n_test, info.n_duplicates) == (28, 12, 1)


def test_as_a_shift_it_makes_two_domains_and_splits_by_hash(task_of: Make) -> None:
    task = task_of(dated(days(90)), time={"column": "created", "as": "shift"})
    plain = task_of(dated(days(90)), "plain.csv")
    info = describe(task)
    assert sorted(info.domains) == ["earlier", "later"]
    assert [side(task, name).items for name in ("train", "test")] == [
        side(plain, name).items for name in ("train", "test")
    ]
    later = [*numbers_of(side(task, "train", domains=["later"])), *numbers_of(side(task, "test", domains=["later"]))]
    assert sorted(later) == list(range(60, 90))
    assert "`later` is from 2024-03-11 on" in info.notes


def test_a_shift_by_time_goes_from_earlier_to_later(task_of: Make) -> None:
    """The task says so, whatever the sizes of the two."""
    assert task_of(dated(days(90)), time={"column": "created", "as": "shift"}).shift_from == "earlier"
    assert task_of(dated(days(90)), time="created").shift_from is None
    assert task_of(dated(days(90))).shift_from is None


@pytest.mark.parametrize("time", ["created", {"column": "created"}, {"column": "created", "as": "split"}])
def test_a_split_is_what_it_is_by_default(task_of: Make, time: object) -> None:
    content = dated(days())
    one, other = task_of(content, time="created"), task_of(content, time=time)
    assert make_split(one, describe(one), "test").key == make_split(other, describe(other), "test").key
