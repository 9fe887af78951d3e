"""Texts that occur more than once, and what of that would stand on both sides of a split."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.tasks.text import normalise


@dataclass(frozen=True)
class Copies:
    """Rows whose text an earlier row has, and texts that stand under several labels, with their row numbers."""

    n_repeated: int
    n_texts_repeated: int
    conflicts: tuple[tuple[int | str, ...], ...]


@dataclass(frozen=True)
class Leak:
    """Of what is shared: the share of test rows with a copy in train, under a random split of rows (expected).

    Where the sides are given, the share of the test rows that has one, and `n_sets` are 0. Else `n_sets`: how many
    sets of rows share something. `n_left`: test texts with a copy in train under the
    suite's own split; 0 for what its rule keeps apart.
    """

    share: float
    n_sets: int
    n_left: int


def copies(texts: Sequence[str], labels: Sequence[str], numbers: Sequence[int | str]) -> Copies:
    """Repeated texts (but for case and spaces); blank texts and labels are not looked at."""
    rows: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        if key := normalise(text):
            rows[key].append(place)
    repeated = [places for places in rows.values() if len(places) > 1]
    conflicts = [places for places in repeated if len({labels[i].strip() for i in places} - {""}) > 1]
    return Copies(
        n_repeated=sum(len(places) - 1 for places in repeated),
        n_texts_repeated=len(repeated),
        conflicts=tuple(tuple(numbers[i] for i in places) for places in conflicts),
    )


def leak(keys: Sequence[str], test_share: float, n_left: int) -> Leak:
    """What rows of equal keys, but for blanks, would do to a random split of rows.

    A row of a set of k is apart with share^(k-1).
    """
    counts = Counter(filter(None, keys))
    with_copy = sum(k * (1 - test_share ** (k - 1)) for k in counts.values())
    return Leak(with_copy / max(1, counts.total()), sum(k > 1 for k in counts.values()), n_left)


def across(keys: Sequence[str], sizes: Mapping[str, int], n_left: int) -> Leak:
    """What the rows of given sides share, `sizes` rows of each in their order; blank keys are not looked at."""
    sides, start = {}, 0
    for side, size in sizes.items():
        sides[side] = [key for key in keys[start : start + size] if key]
        start += size
    others = [key for side, members in sides.items() if side != "test" for key in members]
    return Leak(n_shared(others, sides["test"]) / max(1, len(sides["test"])), 0, n_left)


def n_shared(train: Sequence[str], test: Sequence[str]) -> int:
    """How many of the test side's keys the train side has too."""
    there = set(train)
    return sum(key in there for key in test)
