"""Splits and domains by time: learnt from what came first, judged on what came later."""

from collections import Counter
from dataclasses import replace

from harness.core.errors import DataError
from harness.tasks.sources.row import Reading, Time

#: What the domain `later` gets of the rows.
LATER_SHARE = 1 / 3


def split_by_time(reading: Reading, test_share: float) -> Reading:
    """The latest rows as the test side. DataError where the rows are not in one piece, or all of one time."""
    cut = _cut(reading, test_share)
    train = tuple(row for row in reading.sides["all"] if row.time.at < cut.at)
    test = tuple(row for row in reading.sides["all"] if row.time.at >= cut.at)
    notes = (*reading.notes, f"split by time: the test side is from {cut.shown} on")
    return replace(reading, sides={"train": train, "test": test}, notes=notes)


def with_domains_by_time(reading: Reading) -> Reading:
    """The first two thirds of the rows as domain `earlier`, the others as `later`. DataError as for the split."""
    cut = _cut(reading, LATER_SHARE)
    rows = (row._replace(domain="later" if row.time.at >= cut.at else "earlier") for row in reading.sides["all"])
    return replace(reading, sides={"all": tuple(rows)}, notes=(*reading.notes, f"`later` is from {cut.shown} on"))


def _cut(reading: Reading, share: float) -> Time:
    """From when on the rows are the latest `share`, as nearly as rows of one time, kept together, allow."""
    if "all" not in reading.sides:
        raise DataError(
            f"{reading.place}: it has train and test splits of its own; `time` splits data in one piece. Leave it out."
        )
    times = [row.time for row in reading.sides["all"]]
    counts = Counter(time.at for time in times)
    n_from, nearest, best = 0, float("inf"), None
    for at in sorted(counts, reverse=True)[:-1]:  # from the earliest on, nothing would be left to train on
        n_from += counts[at]
        if (off := abs(n_from - share * len(times))) < nearest:
            nearest, best = off, at
    if best is None:
        raise DataError(f"{reading.place}: all rows are of one time; expected two or more to split between.")
    return min(time for time in times if time.at == best)
