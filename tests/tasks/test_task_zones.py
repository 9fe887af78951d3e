"""Times as old exports have them: names of zones, dots between hours and minutes, the end of time."""

from datetime import UTC, datetime

import pytest

from harness.tasks.sources.table import Bad, Table
from harness.tasks.sources.times import times_of


def read(*texts: str) -> tuple[list[float], Bad]:
    bad: Bad = []
    times = times_of(Table("f", "row", {"when": list(texts)}, list(range(1, len(texts) + 1))), "when", bad)
    return [time.at for time in times], bad


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Mon Apr 06 22:19:45 PDT 2009", datetime(2009, 4, 7, 5, 19, 45)),
        ("Mon Apr 06 22:19:45 +0000 2009", datetime(2009, 4, 6, 22, 19, 45)),
        ("Mon Jan 05 22:19:45 EST 2009", datetime(2009, 1, 6, 3, 19, 45)),
        ("2009-04-06 22:19 CEST", datetime(2009, 4, 6, 20, 19)),
        ("2009-04-06 22:19:45.5 (CET)", datetime(2009, 4, 6, 21, 19, 45, 500_000)),
        ("Tue, 24 Feb 2015 11:35:00 GMT", datetime(2015, 2, 24, 11, 35)),
        ("2015-02-24 11:35 PM", datetime(2015, 2, 24, 23, 35)),
        ("24-02-2015 11.35", datetime(2015, 2, 24, 11, 35)),
        ("24.02.2015 11.35.30", datetime(2015, 2, 24, 11, 35, 30)),
        ("24.02.2015", datetime(2015, 2, 24)),
        ("Feb 24, 2015", datetime(2015, 2, 24)),
        ("9999-12-31", datetime(9999, 12, 31)),
        ("0001-01-01", datetime(1, 1, 1)),
    ],
)
def test_a_time_is_read(text: str, at: datetime) -> None:
    found, bad = read(text, text)
    assert bad == []
    assert found == [at.replace(tzinfo=UTC).timestamp()] * 2


def test_years_and_epochs_keep_their_order() -> None:
    for numbers in (["1999", "2004"], ["1425000000", "1425000001"], ["1425000000000", "1425000000500"]):
        found, bad = read(*numbers)
        assert bad == []
        assert found == sorted(found)


def test_a_zone_that_several_places_call_so_is_the_trouble() -> None:
    _, ((number, said),) = read("2009-04-06 22:19:45 IST", "2009-04-06")
    assert number == 1
    assert said.endswith("(the zone 'IST' is not known: write its offset, as +05:30)")


@pytest.mark.parametrize("text", ["31/02/2015", "2015-02-24 25:00", "Q1 2015", "soon"])
def test_what_is_no_time_is_told(text: str) -> None:
    _, ((_, said),) = read(text, "2015-02-24")
    assert f"is {text!r}; expected a time such as" in said
    assert "zone" not in said
