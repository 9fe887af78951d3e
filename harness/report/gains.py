"""What encoders gained that were trained further, beside how far the tested texts are from those learnt from."""

from collections.abc import Iterator, Mapping, Sequence

from harness.report.adapted_model import Gain
from harness.report.comparison_table import scored
from harness.report.model import Names, Result, Row, Task
from harness.report.scorer import Scorer
from harness.report.source import Group, Source, grouped
from harness.report.standing import compared, repeats_of
from harness.report.table import DASH, Cell, Column, Line, Section, Table
from harness.results.facts import Shift
from harness.results.manifest import Encoder
from harness.wording import numbers

#: What is told: texts as they are, other domains, parts of the test texts.
_KINDS = ("clean", "shift", "slice")


def of_task(
    source: Source, scorer: Scorer, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]]
) -> tuple[Gain, ...]:
    """Of every such row beside the same of its base: clean texts, shifts with the farthest first, slices."""
    by_names, found = {row.names: row for row in rows}, list[Gain]()
    for row in rows:
        base = source.manifest.encoders.get(row.encoder, Encoder()).adapted_from
        before = by_names.get((base, row.pooler, row.mode)) if base else None
        if before is not None:
            found += sorted(_gains(source, scorer, before, row, groups), key=_order)
    return tuple(found)


def _gains(
    source: Source, scorer: Scorer, before: Row, after: Row, groups: Mapping[Names, Sequence[Group]]
) -> Iterator[Gain]:
    results = {one.condition: one for one in before.results if one.kind in _KINDS and one.score}
    cells = {row.names: {one.address.condition: one for one in groups[row.names]} for row in (before, after)}
    for now in after.results:
        then = results.get(now.condition)
        if then is None or then.score is None or now.score is None:
            continue
        both = {names: repeats_of(own[now.condition]) for names, own in cells.items()}
        address = cells[after.names][now.condition].address
        known = compared(source, scorer, both, address.task, scorer.name, now.condition)
        gain = known.gain(after.names, before.names, alone=True)
        if gain is not None:
            yield Gain(after.names, before.encoder, now.condition, then.score, now.score, gain, _shift(then))


def _shift(result: Result) -> Shift | None:
    return result.facts.shift if result.kind == "shift" else None


def _order(gain: Gain) -> tuple[bool, bool, float]:
    """Clean texts, then shifts, the farthest first, then the rest as planned."""
    far = gain.shift.told_apart if gain.shift else None
    return gain.condition != "clean", gain.shift is None, -(far or 0.0)


def table(task: Task) -> Table | None:
    """A section an encoder; None where none was made of another of the suite."""
    if not task.gains:
        return None
    return Table(
        caption=f"{task.name}: what training further gained.",
        explains=(
            f"Scores of the encoder that it was made of, then its own, in {task.measure.unit} on the same items; gain: "
            "the difference, with the interval of this one alone (none where a row was trained once). Told apart: how "
            "often the vectors of the encoder that it was made of tell which side a text is of, learnt from or tested "
            "(50 % is not at all), the size of the shift; the farthest first. Words known: share of the words of the "
            "tested texts that the learnt ones have."
        ),
        sections=tuple(_section(task, mine) for mine in grouped((one.row, one) for one in task.gains).values()),
        grouped_by="row",
    )


def _section(task: Task, mine: Sequence[Gain]) -> Section:
    label = next(row.label for row in task.rows if row.names == mine[0].row)
    return Section(tuple(_line(task, one) for one in mine), label, f"made of {mine[0].base}")


def _line(task: Task, one: Gain) -> Line:
    measure, size, gain = task.measure, one.shift, one.gain
    tell = "" if gain.low > 0 or gain.high < 0 else "not told apart" if gain.low <= gain.high else "trained once"
    bounds = measure.bounds(gain) if gain.low <= gain.high else ""
    return {
        Column("condition", is_number=False): Cell(one.condition),
        Column("before", measure.unit): scored(measure, one.before),
        Column("after", measure.unit): scored(measure, one.after),
        Column("gain", measure.unit): Cell(measure.signed(gain.value), bounds, aside=tell, sort=gain.value),
        Column("told apart"): DASH
        if size is None or size.told_apart is None
        else Cell(numbers.percent(size.told_apart), sort=size.told_apart),
        Column("words known"): DASH
        if size is None or size.words_known is None
        else Cell(numbers.percent(size.words_known), sort=size.words_known),
    }
