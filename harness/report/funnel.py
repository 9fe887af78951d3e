"""The funnel: probes of all rows, then a training of those that may be the best, then the conditions for the finalists.

A row is left out where it is shown to be worse than the best, by the intervals that its rank is read from; of those
that may be the best no more than `rows` go on, if the suite says so. Rows without an encoder stay, and leave nobody
out: an encoder that is trained may beat them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.report.model import NO_POOLER, Names
from harness.report.scorer import scorer_of
from harness.report.source import Source
from harness.report.tasks import standing_of
from harness.results import Run
from harness.runner.run import Stage
from harness.suite import Suite
from harness.suite.cells import PlannedCell
from harness.suite.plan import Plan, part

#: Why rows are left out, by task, encoder and pooler; for conditions by mode too.
LeftOut = Mapping[tuple[str, ...], str]


@dataclass(frozen=True)
class _Row:
    """A row on texts as they are; `behind` says by what it is shown to be worse than the best, where it is."""

    names: Names
    score: float
    behind: str


def stages(suite: Suite) -> Sequence[Stage]:
    """What a suite with a funnel is to be run in; nothing for another."""
    if suite.funnel is None:
        return ()
    rows = suite.funnel.rows
    return _probes, partial(_trainings, rows=rows), partial(_finalists, rows=rows)


def narrowed(plan: Plan, rows: int = 1) -> Plan:
    """What is run where so many encoders and poolers of each task are trained, and so many rows put to conditions.

    Nobody knows before which these will be: those that a suite names first stand for them, trained ones before others.
    """
    trained, finalists = set[tuple[str, ...]](), set[tuple[str, ...]]()
    own = [cell.address for cell in plan.cells if cell.address.pooler != NO_POOLER]
    costly = {(cell.address.task, *cell.address.row) for cell in plan.cells if _is_trained(cell)}
    for task in dict.fromkeys(address.task for address in own):
        mine = dict.fromkeys(address.row for address in own if address.task == task)
        pairs = _each_encoder_first(row[:2] for row in mine)[:rows]
        trained |= {(task, *pair) for pair in pairs}
        going_on = [(task, *row) for row in mine if row[:2] in pairs]
        finalists |= set(sorted(going_on, key=lambda row: row not in costly)[:rows])

    def is_wanted(cell: PlannedCell) -> bool:
        row = (cell.address.task, *cell.address.row)
        if cell.kind == "clean":
            return not _is_trained(cell) or row[:3] in trained
        return cell.address.pooler == NO_POOLER or row in finalists

    return part(plan, is_wanted)


def _each_encoder_first(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Encoders with their poolers, the first of each encoder before the second of any."""
    seen, place = defaultdict[str, int](int), dict[tuple[str, str], int]()
    for encoder, pooler in dict.fromkeys(pairs):
        place[encoder, pooler] = seen[encoder]
        seen[encoder] += 1
    return sorted(place, key=lambda pair: place[pair])


def _probes(plan: Plan, folder: Path) -> Plan:
    """What needs no training, on texts as they are."""
    return part(plan, lambda cell: cell.kind == "clean" and not _is_trained(cell))


def _trainings(plan: Plan, folder: Path, *, rows: int | None) -> Plan:
    """With it the training of encoders and poolers that may be the best without one."""
    untrained = _untrained(folder, rows)
    kept = part(plan, lambda c: c.kind == "clean" and not _why(c, untrained, {}))
    return replace(kept, dropped=(*kept.dropped, *_lines(plan, untrained, {})))


def _finalists(plan: Plan, folder: Path, *, rows: int | None) -> Plan:
    """With these every condition, for the rows that may be the best."""
    untrained, others = _untrained(folder, rows), _others(folder, rows)
    kept = part(plan, lambda c: not _why(c, untrained, others))
    return replace(kept, dropped=(*kept.dropped, *_lines(plan, untrained, others)))


def _untrained(folder: Path, rows: int | None) -> LeftOut:
    """Encoders and poolers that are not trained, by task: what they begin with is behind, or too many are not.

    Each encoder comes with its best pooler before any comes with a second one.
    """
    found = dict[tuple[str, ...], str]()
    for task, known in _rows(folder, trained=False).items():
        may_be_best = _each_encoder_first(row.names[:2] for row in known if not row.behind)
        for row in reversed(known):
            if row.names[:2] not in may_be_best:
                found[task, *row.names[:2]] = f"what it begins with is behind, {row.behind}"
        for pair in may_be_best[rows:] if rows else ():
            found[task, *pair] = f"one of {len(may_be_best)} that may be the best, of which {rows} are trained"
    return found


def _others(folder: Path, rows: int | None) -> LeftOut:
    """The rows that are not put to conditions, by task."""
    found = dict[tuple[str, ...], str]()
    for task, known in _rows(folder, trained=True).items():
        found |= {(task, *row.names): f"the row is behind, {row.behind}" for row in known if row.behind}
        may_be_best = [row.names for row in known if not row.behind]
        for names in may_be_best[rows:] if rows else ():
            why = f"one of {len(may_be_best)} rows that may be the best, of which {rows} are put to conditions"
            found[task, *names] = why
    return found


def _rows(folder: Path, *, trained: bool) -> Mapping[str, Sequence[_Row]]:
    """The rows with an encoder of each task, the best score first; those that are trained, or not."""
    source, found = Source(Run(folder)), dict[str, Sequence[_Row]]()
    for task, rows in source.tasks.items():
        if task not in source.manifest.tasks:
            continue
        scorer = scorer_of(source.manifest.tasks[task].metrics[0])
        seen = {
            names: groups
            for names, groups in rows.items()
            if names[1] != NO_POOLER and (trained or groups[0].first.build is None)
        }
        known = standing_of(source, scorer, seen, task)
        score = dict(zip(known.rows, known.known.scores, strict=True))
        best = max(known.judged, key=lambda row: score[row], default=None)
        behind = dict[Names, str]()
        for row in known.judged:
            if best is not None and row != best and (gain := known.gain(row, best)) and gain.high < 0:
                behind[row] = f"{scorer.measure.difference(gain)} against {_said(best)}"
        in_order = sorted(known.rows, key=lambda row: -score[row])
        found[task] = [_Row(row, float(score[row]), behind.get(row, "")) for row in in_order]
    return found


def _why(cell: PlannedCell, untrained: LeftOut, others: LeftOut) -> str:
    """Why a cell is left out; nothing where it is not."""
    row = (cell.address.task, *cell.address.row)
    if _is_trained(cell) and row[:3] in untrained:
        return f"funnel: {untrained[row[:3]]}"
    return f"funnel: {others[row]}" if cell.kind != "clean" and row in others else ""


def _lines(plan: Plan, untrained: LeftOut, others: LeftOut) -> Iterator[Mapping[str, str]]:
    """What is left out, a line a row."""
    told = set[str]()
    for cell in plan.cells:
        what = f"{_said(cell.address.row)} on {cell.address.task}"
        if (why := _why(cell, untrained, others)) and what not in told:
            told.add(what)
            yield {"what": what if _is_trained(cell) and cell.kind == "clean" else f"conditions of {what}", "why": why}


def _said(row: Names) -> str:
    return " / ".join(row)


def _is_trained(cell: PlannedCell) -> bool:
    return cell.cell is not None and cell.cell.head.is_built
