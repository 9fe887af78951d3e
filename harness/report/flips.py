"""Items that a perturbation flipped, to be looked at: their texts, what encoders read of them, which rows flipped.

Texts and tokens are what jobs kept of each cell; the rows come from outcomes, since no job knows another's. Shown are
the same items of a condition for all rows: first those on which most rows flip, then by the hash of what the item is.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from harness.core.data import Example, Piece
from harness.core.errors import LONGEST_NAME
from harness.core.fingerprint import fingerprint
from harness.report.model import Names
from harness.report.robustness_model import Flip, Flips
from harness.report.scorer import shared
from harness.report.source import Source, grouped
from harness.results import RunCell
from harness.tasks.kinds import roles, target_of
from harness.wording.visible import visible

#: Items of a condition that are shown.
MOST = 3
#: One draw of a condition: a cell a row.
Draw = Sequence[RunCell]


def of_task(source: Source, task: str, labels: Mapping[Names, str]) -> Flips | None:
    """What is shown of a task; None where nothing is kept, or nothing may be shown."""
    if source.manifest.suite.texts == "none":
        return None
    found = ((name, _of_condition(source, task, draws, labels)) for name, draws in _draws(source, task).items())
    conditions = tuple((name, flips) for name, flips in found if flips)
    is_search = target_of(source.manifest.tasks[task].kind) == "relevant"
    what = "queries whose answer stands further down" if is_search else "texts whose prediction changed"
    return Flips(what, conditions) if conditions else None


def _draws(source: Source, task: str) -> dict[str, list[Draw]]:
    """By perturbation its draws; of rows that are trained several times the first seed that is done."""
    found: dict[str, dict[int | None, dict[Names, RunCell]]] = {}
    for names, groups in source.tasks[task].items():
        for cell in (cell for group in groups if group.kind == "perturbation" for cell in group.done if cell.against):
            draws = found.setdefault(cell.address.condition, {})
            draws.setdefault(cell.address.repeat.perturb, {}).setdefault(names, cell)
    return {name: [list(rows.values()) for rows in draws.values()] for name, draws in found.items()}


def _of_condition(source: Source, task: str, draws: Sequence[Draw], labels: Mapping[Names, str]) -> tuple[Flip, ...]:
    kept = [
        grouped((one.item, (cell, one)) for cell in draw for one in source.run.examples(cell.key)) for draw in draws
    ]
    if not any(kept):
        return ()
    cells = [[(str(cell.against), str(cell.key)) for cell in draw] for draw in draws]
    items = [sorted(draw) for draw in kept]
    compute = partial(_chosen, source, task, cells, items)
    found = []
    for place, item, asked, rows, n_rows in source.compared("flips", cells, None, [fingerprint(items)], compute):
        names = grouped(((was, now), labels[draws[place][row].address.row]) for row, was, now in rows)
        changes = tuple((_word(was), _word(now), tuple(own)) for (was, now), own in names.items())
        found.append(Flip(*_looks(kept[place][item]), _word(asked), changes, n_rows))
    return tuple(found)


def _chosen(
    source: Source, task: str, draws: Sequence[Sequence[tuple[str, str]]], items: Sequence[Sequence[str]]
) -> tuple[Any, bool]:
    """Of the items kept of each draw those that are shown: draw, item, what was asked, the rows that flipped (place,
    before, now) of how many. And whether all cells have outcomes.
    """
    scoring, found, n_lost = source.scoring(task), list[Any](), 0
    for place, (cells, kept) in enumerate(zip(draws, items, strict=True)):
        flips, n_rows = dict[str, Any](), 0
        for row, (clean, changed) in enumerate(cells):
            one, other = source.outcomes(clean), source.outcomes(changed)
            if one is None or other is None:
                n_lost += 1
                continue
            before, after = shared(one, other)
            told = scoring.telling(before, after)
            if told is None:
                continue
            n_rows += 1
            was, now, asked = scoring.said(before), scoring.said(after), scoring.asked(after)
            for at in np.flatnonzero(told & np.isin(after.item, kept)).tolist():
                item, content = str(after.item[at]), str(after.content[at])
                flips.setdefault(item, (content, asked[at], []))[2].append([row, was[at], now[at]])
        found += [
            (-len(own), content, place, item, asked, own, n_rows) for item, (content, asked, own) in flips.items()
        ]
    best: dict[str, Any] = {}  # an item may flip in several draws
    for _, _, *one in sorted(found):
        best.setdefault(one[1], one)
    return list(best.values())[:MOST], not n_lost


def _looks(kept: Sequence[tuple[RunCell, Example]]) -> tuple[Any, Any]:
    """Texts by what their role is called, and tokens by the encoders that read them so."""
    called, (_, first) = roles(), kept[0]
    texts = tuple((_called(called, role), _visible(pieces)) for role, pieces in first.texts.items())
    read = grouped(
        ((_called(called, role), _visible(pieces)), cell.address.encoder)
        for cell, one in kept
        for role, pieces in one.tokens.items()
    )
    tokens = tuple((", ".join(dict.fromkeys(own)), *what) for what, own in read.items())
    return texts, tokens


def _called(names: Mapping[str, str], role: str) -> str:
    return "" if role == "text" else names.get(role, visible(role))


def _visible(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(visible(one) if isinstance(one, str) else (visible(one[0]), visible(one[1])) for one in pieces)


def _word(said: str) -> str:
    """A prediction, which may be as long as a text."""
    return visible(said if len(said) <= LONGEST_NAME else f"{said[:LONGEST_NAME]}…")
