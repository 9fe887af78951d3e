"""Which rows can be told apart, and how far below the best each may be: one set of intervals for all that is said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from harness.core.data import Outcomes
from harness.core.seeds import generator_of
from harness.report.model import Names
from harness.report.scorer import Scorer
from harness.report.source import Group, Source
from harness.stats import Comparisons, Draw, Interval, comparisons

#: Rows that share less of their items with the largest are compared with nothing.
SHARED = 0.9


class Told(NamedTuple):
    """One repeat: what it is of (a condition, a sample), the seed it was trained with, if it was, and its outcomes.

    `before` are those that these are compared with, where it is told by what a condition costs.
    """

    context: str
    seed: str | None
    outcomes: Outcomes
    before: Outcomes | None = None


#: The same by the key of its cell.
Repeat = tuple[str, str | None, str]


@dataclass(frozen=True)
class Standing:
    """The rows of a task on the items they share. `once` were trained with one seed: they are compared with nothing.

    All values are in the metric's units, positive where a row is better, whatever the metric's direction.
    """

    rows: tuple[Names, ...]
    once: frozenset[Names]
    known: Comparisons

    @property
    def judged(self) -> list[Names]:
        """The rows whose differences have an interval, in the order given."""
        return [row for row in self.rows if row not in self.once] if self.is_judged else []

    @property
    def is_judged(self) -> bool:
        """False where all texts are one cluster, or nearly: then no difference has an interval."""
        of_two = self.known.halves[~np.eye(len(self.rows), dtype=bool)]
        return self.known.n_clusters > 1 and (len(of_two) == 0 or bool(np.isfinite(of_two).any()))

    def gain(self, row: Names, other: Names, *, alone: bool = False) -> Interval | None:
        """How much better a row is than another, with the interval of all comparisons at once, or of this one `alone`.

        None where one of them is not here.
        """
        if row not in self.rows or other not in self.rows:
            return None
        return self.known.gain(self.rows.index(row), self.rows.index(other), alone=alone)

    def may_lose(self, row: Names, among: Collection[Names]) -> tuple[float, Names | None]:
        """How far below the best of some judged rows this one may be, and which may be so far above it."""
        loss, to = self.known.may_lose(self.rows.index(row), [self.rows.index(one) for one in among])
        return loss, None if to is None else self.rows[to]

    def is_worse(self, row: Names, other: Names) -> bool:
        """Whether a row is shown to be worse than another."""
        found = self.gain(row, other)
        return found is not None and found.high < 0

    def groups(self) -> dict[Names, int]:
        """The tie group of each judged row."""
        found = self.known.groups([self.rows.index(row) for row in self.judged])
        return {self.rows[i]: group for i, group in found.items()}

    def visible(self, row: Names, other: Names, *, to_best: bool = False) -> float:
        """The smallest difference of two judged rows that would be seen in four of five tests.

        `to_best`: as one of them compares with the best.
        """
        return self.known.visible(self.rows.index(row), self.rows.index(other), to_best=to_best)


def repeats_of(group: Group) -> list[Repeat]:
    """The repeats of a condition that are done."""
    found = []
    for cell in group.done:
        drawn = cell.address.repeat.known
        seed = f"train={drawn.pop('train')}" if "train" in drawn else None
        context = ",".join([group.address.condition, *(f"{role}={number}" for role, number in drawn.items())])
        if cell.build or seed:
            seed = (seed or "") if cell.build else Draw(seed)
        found.append((context, seed, str(cell.key)))
    return found


def compared(source: Source, scorer: Scorer, rows: Mapping[Names, Sequence[Repeat]], *seed: str) -> Standing:
    """How rows compare, those aside that have no score or no outcomes; computed once for a run folder."""
    names, cells = list(rows), [[list(one) for one in repeats] for repeats in rows.values()]

    def compute() -> tuple[Any, bool]:
        told = {
            row: [Told(c, s, made) for c, s, key in rows[row] if (made := source.outcomes(key)) is not None]
            for row in names
        }
        scored = {row: own for row, own in told.items() if own and np.isfinite(scorer.value(own[0].outcomes))}
        found = standing(scorer, scored, *seed)
        places = {"rows": [names.index(row) for row in found.rows], "once": sorted(names.index(r) for r in found.once)}
        whole = all(len(told[row]) == len(rows[row]) for row in names)
        known = {field.name: getattr(found.known, field.name) for field in fields(Comparisons)}
        plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in known.items()}
        return {**places, **plain}, whole

    found = {**source.compared("rows", cells, scorer, seed, compute)}
    of, once = tuple(names[i] for i in found.pop("rows")), frozenset(names[i] for i in found.pop("once"))
    shapes = {"scores": (len(of),), "errors": (len(of), len(of)), "df": (len(of), len(of))}
    arrays = {name: np.array(found[name], dtype=float).reshape(shape) for name, shape in shapes.items()}
    return Standing(of, once, Comparisons(**{**found, **arrays}))


def standing(scorer: Scorer, rows: Mapping[Names, Sequence[Told]], *seed: str) -> Standing:
    """The rows that share enough of their items, compared on the items that all of these share."""
    shared = on_shared_items(rows)
    kept = {names: parts for names, parts in shared.items() if parts}
    known = comparisons(
        scorer.better,
        [[scorer.part(told.outcomes, told.seed) for told in parts] for parts in kept.values()],
        generator_of("report", "best", *seed),
        unit=scorer.width,
    )
    return stood(kept, known)


def stood(rows: Mapping[Names, Sequence[Told]], known: Comparisons) -> Standing:
    """What is known of rows in this order."""
    seeds = {names: {told.seed for told in parts} for names, parts in rows.items()}
    once = frozenset(names for names, found in seeds.items() if found != {None} and len(found) == 1)
    return Standing(tuple(rows), once, known)


def on_shared_items(rows: Mapping[Names, Sequence[Told]]) -> dict[Names, list[Told]]:
    """Each row's repeats on the items that all rows have; nothing for rows that share too little."""
    if _are_alike(list(rows.values())):
        return {names: list(parts) for names, parts in rows.items()}
    items = {names: _items(parts) for names, parts in rows.items()}
    if not items:
        return {}
    largest = max(items.values(), key=_size)
    near, common, least = set(), largest, SHARED * _size(largest)
    for names, own in sorted(items.items(), key=lambda row: -_size(row[1])):
        both = {context: np.intersect1d(common[context], own[context]) for context in common if context in own}
        if _size(both) >= least > 0:  # else it would take too much from the others
            common = both
            near.add(names)
    return {
        names: [
            told._replace(outcomes=told.outcomes.take(np.isin(told.outcomes.item, common[told.context])))
            for told in parts
            if told.context in common and names in near
        ]
        for names, parts in rows.items()
    }


def _are_alike(rows: Sequence[Sequence[Told]]) -> bool:
    """Whether all rows have the same items in the same order: most have, and are then looked at no further."""
    if len({frozenset(told.context for told in parts) for parts in rows}) != 1:
        return False
    first = {told.context: told.outcomes.item for told in rows[0]}
    return all(
        len(told.outcomes) and np.array_equal(told.outcomes.item, first[told.context]) for p in rows for told in p
    )


_Items = dict[str, "np.ndarray[tuple[int], np.dtype[np.str_]]"]


def _items(parts: Sequence[Told]) -> _Items:
    """The items that all repeats of a row have, by what they are of."""
    found: _Items = {}
    for told in parts:
        own = np.unique(told.outcomes.item)
        found[told.context] = np.intersect1d(found[told.context], own) if told.context in found else own
    return found


def _size(items: _Items) -> int:
    return sum(map(len, items.values()))
