"""The comparison table of a task: a row an encoder x pooler x mode, best first."""

from dataclasses import replace

from harness.report import front
from harness.report.measure import Measure
from harness.report.model import CONDITIONS, FEW_CHANGED, Bundle, Result, Row, Task
from harness.report.table import DASH, HEAD, Cell, Column, Footnotes, Line, Section, Table, number
from harness.stats import Interval
from harness.wording import numbers

#: Single conditions that may have a column beside the bundles; more of them stand among all conditions alone.
_N_LOOSE = 3


def comparison(task: Task) -> Table:
    """Score, drops, cut texts, speed and size of every row of a task."""
    notes = Footnotes()
    lines = tuple(_line(row, task, notes) for row in ordered(task))
    return Table(
        caption=f"{task.name}, all rows, best first.",
        explains=_explains(task),
        sections=(Section(lines),),
        notes=(*notes.notes, *_folded(task)),
        can_sort=True,
    )


def _explains(task: Task) -> str:
    said = [
        f"Scores in {task.measure.unit}{_on(task)}, with 95 % intervals. Of rows that share a rank (=) none is shown "
        f"to be worse than one above it ({numbers.plural(task.n_compared, 'row')} compared at once).",
        f"Drop: {task.measure.unit} lost under the worst condition of a bundle; the darker, the more of what there is "
        "above chance. Ids same: texts that the condition leaves as the same tokens.",
        "Texts cut: test texts longer than the encoder reads.",
    ]
    if task.work:
        where = ", timed on the suite's own requests" if task.on_requests else ""
        said.append(f"p50 / p95: milliseconds for one text, from string to vector{where}. Texts/s: in batches.")
    if _has_limits(task):
        bounds = [f"{check.what} {check.bound} {check.unit}" for check in task.rows[0].limits]
        said.append(f"Limits: the most that the suite lets a row take, {numbers.listed(bounds)}.")
    if any(row.taught for row in task.rows):
        faster = "; × faster: the teacher's p50 over the student's" if task.work else ""
        said.append(
            "Of its teacher: the share of the teacher's score above chance that a student keeps, pooled and used "
            f"alike, with the interval of their difference{faster}."
        )
    if task.reference:
        said.append(f"× reference: p50 over that of {task.reference}, paired by replicate.")
    return " ".join(said)


def _on(task: Task) -> str:
    """The items and what is drawn together for the intervals, where there are fewer clusters than items."""
    facts = task.facts
    if "clusters" not in facts or not any(row.clean and row.clean.in_clusters for row in task.rows):
        return ""
    return f" on {facts['clusters'].replace(': ', ' (', 1)})"


def ordered(task: Task) -> list[Row]:
    """The rows by rank, then by score; those without last, of those that are timed alone the fastest."""

    def place(row: Row) -> tuple[float, float, float]:
        cost = front.cost(row, timed=True) if row.is_timed_alone else 0.0
        return row.rank or float("inf"), -front.merit(row, task.measure), cost

    return sorted(task.rows, key=place)


def _bundles(task: Task) -> list[str]:
    """The bundles that apply to at least one row, and conditions in none if they are few: those that have a column."""
    loose = {bundle.name for row in task.rows for bundle in row.bundles if bundle.is_loose}
    return [name for name in stresses(task) if name not in loose or len(loose) <= _N_LOOSE]


def stresses(task: Task) -> list[str]:
    """The bundles, and the conditions that are in none, under which some row of a task has a result."""
    return list(dict.fromkeys(bundle.name for row in task.rows for bundle in row.bundles if bundle.n_members))


def _folded(task: Task) -> tuple[tuple[str, str], ...]:
    """Why the other bundles have no column, in one note."""
    rest = [b.why_not for b in (task.rows[0].bundles if task.rows else ()) if not b.n_in_task]
    return (("", f"No column: {'; '.join(rest)}."),) if rest else ()


def _line(row: Row, task: Task, notes: Footnotes) -> Line:
    line = {
        HEAD: name(row, row.label == task.verdict.pick),
        Column("rank"): rank(row),
        Column(task.measure.label): score(row, task.measure),
    }
    line |= {Column(m.label): scored(m, found) if found else DASH for m, found in others(row, task)}
    shown = _bundles(task)
    line |= {Column(b.name, "drop"): bundle_cell(b, task.measure, notes) for b in row.bundles if b.name in shown}
    line[Column("texts cut")] = _cut(row.clean)
    return line | costs(row, task)


def costs(row: Row, task: Task) -> dict[Column, Cell]:
    """Times, limits, sizes, and what the weights are."""
    line = dict(_speed(row, row.label == task.reference)) if task.work else {}
    if any(one.taught for one in task.rows):
        line |= _taught(row, task)
    if _has_limits(task):
        line[Column("limits", is_number=False)] = _limits(row)
    line[Column("parameters")] = Cell(numbers.parameters(row.n_parameters), sort=row.n_parameters)
    line[Column("on disk", "MB")] = number(row.disk_mb)
    return line | {Column("weights", is_number=False): Cell(row.weights)}


def others(row: Row, task: Task) -> list[tuple[Measure, Interval | None]]:
    """The scores by the further metrics of a task."""
    found = row.clean.others if row.clean else (None,) * len(task.others)
    return list(zip(task.others, found, strict=True))


def rank(row: Row) -> Cell:
    """`1`, or `1=` where it is shared."""
    if row.rank is None:
        return Cell(numbers.NONE, aside=row.unranked)
    return Cell(f"{row.rank}{'=' if row.n_tied > 1 else ''}", sort=row.rank)


def name(row: Row, is_pick: bool = False) -> Cell:
    """The row's names: the encoder, and more quietly the pooler and the mode."""
    return Cell(row.encoder, f"{row.pooler} / {row.mode}", tone="pick" if is_pick else "", join=" / ")


def is_waiting(row: Row) -> bool:
    """Whether nothing of its texts as they are has been run."""
    return row.score is None and (row.clean is None or row.clean.status not in ("failed", "done", "skipped"))


def score(row: Row, measure: Measure) -> Cell:
    """The score on texts as they are, or why there is none."""
    if row.score is not None:
        return replace(scored(measure, row.score), aside=row.clean.seeds if row.clean else "")
    if row.is_timed_alone:
        return Cell(numbers.NONE, aside="timed alone")
    if row.clean is None or is_waiting(row):
        return Cell("not run", tone="failed")
    if row.clean.status == "done":
        return Cell(numbers.NONE, aside="not defined: all predictions are alike")
    return Cell(f"failed: {row.clean.reason}", tone="failed")


def scored(measure: Measure, interval: Interval) -> Cell:
    """A value and its interval."""
    return Cell(measure.number(interval.value), measure.bounds(interval), sort=interval.value)


def bundle_cell(bundle: Bundle, measure: Measure, notes: Footnotes) -> Cell:
    """The drop under the worst condition of a bundle, which is named; a dash with its reason where there is none."""
    worst = bundle.worst
    if worst is None or worst.drop is None:
        return Cell(numbers.NONE, note=notes.mark(bundle.why_not))
    n_lost = bundle.n_members - bundle.n_measured
    lost = f"{n_lost} of {numbers.plural(bundle.n_members, 'condition')} without a result" if n_lost else ""
    other = f"compared with {worst.drop.against}" if worst.drop.is_of_other else ""
    remarks = [remark for remark in (bundle.lacks, lost, _idle(bundle, worst), other) if remark]
    loss = worst.drop.loss
    return Cell(
        measure.number(loss.value),
        measure.bounds(loss),
        worst.condition,
        _aside(bundle, worst),
        sort=loss.value,
        heat=heat(worst),
        note=notes.mark("; ".join(remarks)) if remarks else "",
    )


def _idle(bundle: Bundle, worst: Result) -> str:
    """What to think of a bundle with members that change few texts."""
    if worst.is_idle:
        return f"{worst.condition} {changes(worst)}: a small drop shows nothing"
    if not bundle.n_idle:
        return ""
    verb = "changes" if bundle.n_idle == 1 else "change"
    few = numbers.percent(FEW_CHANGED)
    return (
        f"{bundle.n_idle} of {numbers.plural(bundle.n_measured, 'condition')} {verb} under {few} of texts: left aside"
    )


def changes(result: Result) -> str:
    """`changes 3.0 % of texts`, of a condition that changes few; else nothing."""
    return f"changes {numbers.percent(result.share_changed)} of texts" if result.is_idle else ""


def _aside(bundle: Bundle, worst: Result) -> str:
    """Of how many conditions it is the worst, and the share of texts that it leaves as the same tokens."""
    parts = [f"worst of {bundle.n_measured - bundle.n_idle}"] if bundle.n_in_task > 1 else []
    same = worst.ids_unchanged
    if same is not None and worst.kind in ("perturbation", "reading"):  # a slice or a shift changes no text
        parts.append(f"ids same {numbers.percent(same)}")
    return ", ".join(parts)


def heat(result: Result) -> float | None:
    """How bad a drop is, 0 to 1: the share of what was above chance. None for a drop that the noise explains."""
    if result.drop is None or result.drop.above_chance is None or not result.drop.loss.low > 0:
        return None
    return min(1.0, max(0.0, result.drop.above_chance))


def _cut(clean: Result | None) -> Cell:
    if clean is None or clean.facts.n_truncated is None or not clean.facts.n_texts:
        return DASH
    share = clean.facts.n_truncated / clean.facts.n_texts
    return Cell(numbers.percent(share), sort=share)


def _speed(row: Row, is_reference: bool) -> Line:
    p50, rate, ratio = DASH, DASH, DASH
    if (speed := row.speed) is not None:
        p50 = Cell(percentile(speed.p50_ms), percentile(speed.p95_ms), sort=speed.p50_ms, join=" / ")
        rate = number(speed.texts_per_s)
    if speed is not None and is_reference:
        ratio = Cell("1", "reference", sort=1.0)
    elif speed is not None and (found := speed.ratio) is not None:
        digits = numbers.ratio_digits(found.value)
        shown = f"[{numbers.significant(found.low, digits)}, {numbers.significant(found.high, digits)}]"
        ratio = Cell(numbers.times(found.value), shown, sort=found.value)
    return {Column("p50 / p95", "ms"): p50, Column("texts/s"): rate, Column("× reference"): ratio}


def _taught(row: Row, task: Task) -> Line:
    """What a student keeps of its teacher, and how much faster it is."""
    taught = row.taught
    kept = taught.retained if taught else None
    line = {Column("of its teacher", "%"): DASH}
    if taught and kept:
        shown = numbers.bounds(100 * kept.low, 100 * kept.high, 0)
        line = {
            Column("of its teacher", "%"): Cell(
                numbers.fixed(100 * kept.value, 0), shown, taught.teacher, sort=kept.value
            )
        }
    if task.work:
        faster = taught.faster if taught else None
        line[Column("× faster")] = Cell(numbers.times(faster), sort=faster) if faster else DASH
    return line


def percentile(value: float | None) -> str:
    """Three digits, or why there are none."""
    return "n too small" if value is None else numbers.significant(value)


def _has_limits(task: Task) -> bool:
    return any(row.limits for row in task.rows)


def _limits(row: Row) -> Cell:
    """The limits that a row does not keep, else those that nobody measured, else `met`."""
    missed = [f"{check.what} {check.number} > {check.bound}" for check in row.limits if check.is_met is False]
    if missed:
        return Cell(", ".join(missed), tone="flag")
    unknown = [check.what for check in row.limits if check.is_met is None]
    return Cell("not measured", ", ".join(unknown), join=": ") if unknown else Cell("met")


def conditions(task: Task) -> list[str]:
    """Every condition that is measured in a task, in plan order."""
    return list(dict.fromkeys(r.condition for row in task.rows for r in row.results if r.kind in CONDITIONS))


def before_and_after(before: float | None, now: float | None, digits: int) -> Cell:
    """Two numbers, by the second of which a column is sorted."""
    if before is None or now is None:
        return DASH
    return Cell(f"{numbers.fixed(before, digits)} → {numbers.fixed(now, digits)}", sort=now)
