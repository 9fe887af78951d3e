"""One choice at a time, of rows that search or compare by vectors as they are: pooling, and cosine or dot product."""

from collections.abc import Iterator, Mapping, Sequence

from harness.report import comparison_table, notes
from harness.report.contrasts_model import Contrast
from harness.report.model import Row, Task
from harness.report.source import Source, grouped
from harness.report.standing import Standing
from harness.report.table import DASH, Cell, Column, Line, Section, Table
from harness.results.manifest import Named

#: The parameter of a mode that says whether lengths of vectors count, and what comes of its values.
_SWITCH, _CALLED = "normalize", {True: "cosine", False: "dot product"}
#: The pooler that the others are held against where a suite has it.
_USUAL = "mean"


def of_task(source: Source, rows: Sequence[Row], known: Standing) -> tuple[Contrast, ...]:
    """Every two rows of an encoder that differ in one of these choices; none where a task has no such rows."""
    modes = {one.name: one for one in source.manifest.suite.modes if _SWITCH in one.parameters}
    found = [row for row in rows if row.mode in modes and row.score is not None]
    pairs = [*_by_pooler(found), *_by_switch(found, modes)]
    return tuple(
        Contrast(one.names, other.names, choice, trained, known.gain(one.names, other.names, alone=True))
        for one, other, choice, trained in pairs
    )


def _by_pooler(rows: Sequence[Row]) -> Iterator[tuple[Row, Row, str, str]]:
    """Of each encoder and mode the usual pooler, or the first, against each other one."""
    for alike in grouped(((row.encoder, row.mode), row) for row in rows).values():
        one = next((row for row in alike if row.pooler == _USUAL), alike[0])
        trained = notes.trained_with(one.weights)
        for other in (row for row in alike if row is not one):
            said = f"trained with {trained} pooling" if trained in (one.pooler, other.pooler) else ""
            yield one, other, f"{one.pooler} − {other.pooler}", said


def _by_switch(rows: Sequence[Row], modes: Mapping[str, Named]) -> Iterator[tuple[Row, Row, str, str]]:
    """Of each encoder and pooler normalised vectors against the same as they are."""

    def rest(row: Row) -> str:
        mode = modes[row.mode]
        return str((mode.component, sorted((k, str(v)) for k, v in mode.parameters.items() if k != _SWITCH)))

    for alike in grouped(((row.encoder, row.pooler, rest(row)), row) for row in rows).values():
        by_value = {modes[row.mode].parameters[_SWITCH]: row for row in alike}
        if len(by_value) > 1:
            yield by_value[True], by_value[False], " − ".join(map(_CALLED.__getitem__, (True, False))), ""


def table(task: Task) -> Table | None:
    """A line a contrast; None where there is none."""
    if not task.contrasts:
        return None
    rows = {row.names: row for row in task.rows}
    return Table(
        caption=f"{task.name}, one choice at a time.",
        explains=(
            f"Rows that are alike but for one choice: scores of both, and the first minus the second, in "
            f"{task.measure.unit} on the same items; positive where the first is better. The interval is of this "
            "difference alone."
        ),
        sections=(Section(tuple(_line(one, rows, task) for one in task.contrasts)),),
    )


def _line(one: Contrast, rows: Mapping[tuple[str, str, str], Row], task: Task) -> Line:
    alike = [a for a, b in zip(one.first, one.second, strict=True) if a == b]
    scores = [comparison_table.score(rows[names], task.measure) for names in (one.first, one.second)]
    return {
        Column("encoder", is_number=False): Cell(alike[0], " / ".join(alike[1:]), join=" / "),
        Column("choice", is_number=False): Cell(one.choice, one.trained, join=": "),
        Column("first", task.measure.unit): scores[0],
        Column("second", task.measure.unit): scores[1],
        Column("difference", task.measure.unit): _difference(one, task),
    }


def _difference(one: Contrast, task: Task) -> Cell:
    gain = one.gain
    if gain is None:
        return DASH
    tell = "" if gain.low > 0 or gain.high < 0 else "not told apart"
    return Cell(task.measure.signed(gain.value), task.measure.bounds(gain), aside=tell, sort=gain.value)
