"""The funnel: probes of all rows, then a training of those that may be the best, then the conditions for the finalists.

A row is left out only where it is shown to be worse than the best, by the intervals that its rank is read from. Rows
without an encoder stay, and leave nobody out: an encoder that is trained may beat them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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


def stages(suite: Suite) -> Sequence[Stage]:
    """What a suite with a funnel is to be run in; nothing for another."""
    return (_probes, _trainings, _finalists) if suite.funnel else ()


def least(plan: Plan) -> Plan:
    """What is run at least: where the first encoder and pooler of each task leave all others behind."""
    rows = [(c.address.task, c.address.row[:2]) for c in plan.cells if c.address.pooler != NO_POOLER]
    kept = set(dict(reversed(rows)).items())

    def is_wanted(cell: PlannedCell) -> bool:
        task, row = cell.address.task, cell.address.row[:2]
        return _is_first_look(cell) or row[1] == NO_POOLER or (task, row) in kept

    return part(plan, is_wanted)


def _probes(plan: Plan, folder: Path) -> Plan:
    """What needs no training, on texts as they are."""
    return part(plan, _is_first_look)


def _trainings(plan: Plan, folder: Path) -> Plan:
    """With it the training of encoders and poolers that are not behind without one."""
    behind = _behind_untrained(folder)
    kept = part(plan, lambda c: c.kind == "clean" and not _why(c, behind, {}))
    return replace(kept, dropped=(*kept.dropped, *_lines(plan, behind, {})))


def _finalists(plan: Plan, folder: Path) -> Plan:
    """With these every condition, for the rows that are not behind."""
    untrained, behind = _behind_untrained(folder), _behind(folder, trained=True)[0]
    kept = part(plan, lambda c: not _why(c, untrained, behind))
    return replace(kept, dropped=(*kept.dropped, *_lines(plan, untrained, behind)))


def _behind_untrained(folder: Path) -> LeftOut:
    """Encoders and poolers of which every row that needs no training is behind, by task."""
    behind, judged = _behind(folder, trained=False)
    found = {row[:3]: why for row, why in behind.items()}
    return {pair: why for pair, why in found.items() if all(row in behind for row in judged if row[:3] == pair)}


def _behind(folder: Path, *, trained: bool) -> tuple[LeftOut, list[tuple[str, ...]]]:
    """The rows with an encoder that are shown to be worse than the best, and all that are compared.

    Those that are trained are looked at or not.
    """
    source, judged, behind = Source(Run(folder)), list[tuple[str, ...]](), dict[tuple[str, ...], str]()
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
        judged += [(task, *row) for row in known.judged]
        best = max(known.judged, key=lambda row: known.known.scores[known.rows.index(row)], default=None)
        gains = {row: known.gain(row, best) for row in known.judged if best is not None and row != best}
        for row, gain in gains.items():
            if best is not None and gain is not None and gain.high < 0:
                behind[task, *row] = f"{scorer.measure.difference(gain)} against {_said(best)}"
    return behind, judged


def _why(cell: PlannedCell, untrained: LeftOut, behind: LeftOut) -> str:
    """Why a cell is left out; nothing where it is not."""
    row = (cell.address.task, *cell.address.row)
    if _is_trained(cell) and row[:3] in untrained:
        return f"funnel: what it begins with is behind, {untrained[row[:3]]}"
    return f"funnel: the row is behind, {behind[row]}" if cell.kind != "clean" and row in behind else ""


def _lines(plan: Plan, untrained: LeftOut, behind: LeftOut) -> Iterator[Mapping[str, str]]:
    """What is left out, a line a row."""
    told = set[str]()
    for cell in plan.cells:
        what = f"{_said(cell.address.row)} on {cell.address.task}"
        if (why := _why(cell, untrained, behind)) and what not in told:
            told.add(what)
            yield {"what": what if _is_trained(cell) and cell.kind == "clean" else f"conditions of {what}", "why": why}


def _said(row: Names) -> str:
    return " / ".join(row)


def _is_first_look(cell: PlannedCell) -> bool:
    return cell.kind == "clean" and not _is_trained(cell)


def _is_trained(cell: PlannedCell) -> bool:
    return cell.cell is not None and cell.cell.head.is_built
