"""Rows whose weights were trained here: against the probe, against each other, and how training went."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.report import front
from harness.report.measure import Measure
from harness.report.model import CONDITIONS, Names, Row
from harness.report.scorer import Scorer
from harness.report.source import Group, Source, grouped
from harness.report.standing import Standing, compared, repeats_of
from harness.report.tuning_model import Gain, Recipe, Training, Tuned, Tuning
from harness.results import Build
from harness.stats import Interval

#: The mode that a trained row is compared with where a suite has several without training.
PROBE = "probe"


def build(source: Source, scorer: Scorer, task: str, rows: Sequence[Row], known: Standing) -> Tuning | None:
    """What there is to say of a task's trained rows; None where it has none.

    `known` is how its rows compare on texts as they are.
    """
    tuned = [row for row in rows if row.is_tuned]
    if not tuned:
        return None
    groups = source.tasks[task]
    found = []
    for row in tuned:
        probe = _probe(row, rows)
        found.append(
            Tuned(
                names=row.names,
                probe=probe,
                gain=known.gain(row.names, probe, alone=True) if probe else None,
                seeds=tuple(c.score.value for c in row.cells if c.kind == "clean" and c.score is not None),
                trainings=tuple(_trainings(source, groups[row.names])),
            )
        )
    recipes = tuple(_recipes(source, scorer, tuned, groups))
    return Tuning(tuple(found), recipes, _choice(rows, scorer.measure, known))


def _probe(row: Row, rows: Sequence[Row]) -> Names | None:
    """The row of the same encoder and pooler that was not trained; the one called `probe` of several."""
    beside = [r.names for r in rows if r.names[:2] == row.names[:2] and not r.is_tuned]
    return min(beside, key=lambda names: names[2] != PROBE, default=None)


def builds(groups: Sequence[Group]) -> dict[str, tuple[str, str]]:
    """Checkpoint -> (condition, repeat) of the first cell that uses it, for all that a row's cells need built.

    No training depends on what is done to the test texts alone: no draw of such a perturbation is told.
    """
    found: dict[str, tuple[str, str]] = {}
    for cell in (cell for group in groups for cell in group.cells if cell.build):
        drawn = cell.address.repeat
        repeat = drawn if "apply" in cell.parameters else replace(drawn, perturb=None)
        found.setdefault(str(cell.build), (cell.address.condition, str(repeat)))
    return found


def _trainings(source: Source, groups: Sequence[Group]) -> Iterator[Training]:
    modes = {one.name: one.parameters for one in source.manifest.suite.modes}
    told = modes.get(groups[0].address.mode, {}).get("epochs")
    planned = float(told) if isinstance(told, (int, float)) else None
    for checkpoint, (condition, repeat) in builds(groups).items():
        line = source.builds.get(checkpoint) or Build(checkpoint)
        yield Training(**(vars(line) | {"repeat": repeat}), condition=condition, planned=planned)


def _recipes(
    source: Source, scorer: Scorer, tuned: Sequence[Row], groups: Mapping[Names, Sequence[Group]]
) -> Iterator[Recipe]:
    """Every trained row against the first of its encoder and pooler, on texts as they are and under each bundle."""
    first: dict[tuple[str, str], Row] = {}
    for row in tuned:
        other = first.setdefault((row.encoder, row.pooler), row)
        if other is row:
            continue
        gains = []
        for under, conditions in _stresses(row).items():
            shared = {group.address.condition for group in groups[other.names]}.intersection(conditions)
            both = {
                names: [one for g in groups[names] if g.address.condition in shared for one in repeats_of(g)]
                for names in (row.names, other.names)
            }
            known = compared(source, scorer, both, "recipe", under, groups[row.names][0].address.task, *row.names)
            if (gain := known.gain(row.names, other.names, alone=True)) is not None:
                gains.append(Gain(under, gain, len(shared)))
        if gains:
            yield Recipe(row.names, other.mode, tuple(gains))


def _stresses(row: Row) -> dict[str, list[str]]:
    """`clean` and each bundle (or loose condition) with the conditions of this row that it is made of."""
    found = {"clean": ["clean"]}
    for result in row.results:
        if result.kind in CONDITIONS:
            for name in result.bundles or (result.component or result.condition,):
                found.setdefault(name, []).append(result.condition)
    return found


def _choice(rows: Sequence[Row], measure: Measure, known: Standing) -> str:
    """Which encoder the probe picks and which the first way of training does, with their difference.

    An encoder stands for its best pooler. Only those that have both scores take part.
    """
    mode = next(row.mode for row in rows if row.is_tuned)
    probes = _best([row for row in rows if not row.is_tuned and not row.is_baseline], measure)
    tuned = _best([row for row in rows if row.is_tuned and row.mode == mode], measure)
    both = [encoder for encoder in tuned if encoder in probes]
    if len(both) < 2:
        who = f"One encoder only ({both[0]})" if both else "No encoder"
        return f"{who} has both a probe's and a fine-tuned score: there is no choice of encoders to compare."
    by_probe, by_training = (
        sorted(both, key=lambda encoder: -front.merit(found[encoder], measure)) for found in (probes, tuned)
    )
    picked, best = by_probe[0], by_training[0]
    other = by_training[1] if picked == best else picked
    ahead = known.gain(tuned[best].names, tuned[other].names)
    same = f"the same encoder ({best})" if picked == best else picked
    n_modes = len({row.mode for row in rows if row.is_tuned})
    how = "fine-tuned" if n_modes == 1 else f"with {mode}"
    return f"The probe would have picked {same}; {how}, {_against(best, other, ahead, measure)}."


def _against(best: str, other: str, ahead: Interval | None, measure: Measure) -> str:
    if ahead is None:
        return f"{best} and {other} share no items"
    amount = f"{measure.number(ahead.value)} {measure.unit} {measure.bounds(ahead)}".strip()
    if not math.isfinite(ahead.low):
        return f"{best} is ahead of {other} by {amount}, but another training, or other texts, may say otherwise"
    if ahead.low > 0:
        return f"{best} is better than {other} by {amount}"
    return f"{best} and {other} cannot be told apart (a difference of {amount})"


def _best(rows: Sequence[Row], measure: Measure) -> dict[str, Row]:
    """The best row of each encoder that has a score."""
    by_encoder = grouped((row.encoder, row) for row in rows)
    return {encoder: best for encoder, mine in by_encoder.items() if (best := front.best(mine, measure)) is not None}
