"""What stands where: the report as a list of sections and blocks, for a renderer to print in its way."""

from collections.abc import Sequence

from harness.report import (
    above,
    adapted,
    by_type,
    chart,
    comparison_table,
    contrasts,
    curves,
    details,
    domains,
    front,
    insights_tables,
    latency_table,
    lengths,
    lengths_drawing,
    notes,
    profile,
    robustness,
    robustness_tables,
    severity,
    timed,
    tuning_tables,
)
from harness.report.blocks import Block, Code, Figure, Part, Section
from harness.report.model import Task, View
from harness.wording import numbers

_CURVES = (
    "Solid lines: training loss. Dashed lines with dots: loss on the validation part. Rings: the best epoch, whose "
    "weights are kept. A line a seed."
)


def banner(view: View) -> str:
    """A warning where the run is not whole or was restricted; else nothing."""
    said = []
    if view.only:
        only = numbers.listed([f"{axis}={glob}" for axis, glob in view.only])
        said.append(f"This page shows only cells that match {only}, and what they are compared with.")
    is_over = view.complete and not view.n_waiting
    if not is_over or view.n_failed:
        said.append(
            f"{'Some cells failed' if is_over else 'This run is not finished'}. "
            f"Of {numbers.plural(view.n_planned, 'planned cell')}: {numbers.count(view.n_done)} done, "
            f"{numbers.count(view.n_failed)} failed, {numbers.count(view.n_waiting)} not run yet. "
            "All below is of what is done alone."
        )
    return " ".join(said)


def sections(view: View) -> tuple[Section, ...]:
    """The whole report in reading order; sections that would be empty are left out."""
    verdicts = [(task.name, task.verdict) for tasks in (view.tasks, view.lost_tasks) for task in tasks]
    found = (
        Section("verdict", "Verdict", tuple(Part(name, (said,)) for name, said in verdicts)),
        Section("comparison", "Comparison", tuple(part for task in view.tasks for part in _comparison(task))),
        Section("robustness", "Robustness", tuple(part for task in view.tasks for part in _robustness(task))),
        Section("calibration", "Calibration", tuple(part for task in view.tasks for part in _calibration(task))),
        Section("labels", "Suspected label errors", tuple(part for task in view.tasks for part in _suspects(task))),
        Section("learning", "Learning curve", tuple(part for task in view.tasks for part in _learning(task))),
        Section("hard-negatives", "Hard negatives", tuple(part for task in view.tasks for part in above.parts(task))),
        Section("conditions", "Every condition", tuple(part for task in view.tasks for part in _conditions(task))),
        Section("adapted", "Adaptation to a domain", adapted.parts(view.adapted, view.tasks)),
        Section("fine-tuning", "Fine-tuning", tuple(part for task in view.tasks for part in _tuning(task))),
        Section("latency", "Latency", _latencies(view)),
        Section("identity", "Identity control", _identity(view)),
        Section("missing", "What is missing", _missing(view)),
        Section("reading", "How to read this", (Part("", (view.notes,)),)),
        Section("data", "Data", tuple(map(_data, view.tasks))),
        Section("provenance", "Encoders, machine, command", _provenance(view)),
    )
    return tuple(section for section in found if section.parts)


def _comparison(task: Task) -> tuple[Part, ...]:
    if timed.is_alone(task.rows):
        return (Part(task.name, tuple(table for table in (timed.costs(task), timed.ratios(task)) if table)),)
    blocks: list[Block] = [comparison_table.comparison(task)]
    if said := (*task.notes, *task.computed):
        blocks.append(said)
    if (choices := contrasts.table(task)) is not None:
        blocks.append(choices)
    if (by_length := lengths.by_length(task)) is not None:
        blocks.append(by_length)
    if (over_length := lengths_drawing.figure(task.sweeps, task.measure)) is not None:
        blocks.append(over_length)
    drawn = points(task)
    if len(drawn) > 1:
        blocks.append(_chart(task, drawn))
    types = by_type.entities(task)
    folded = (Part(f"{task.name}: entities by type", (types,), is_folded=True),) if types else ()
    return (Part(task.name, tuple(blocks)), *folded)


def _chart(task: Task, drawn: Sequence[chart.Point]) -> Figure:
    unit, better_is_up = f"{task.measure.label}, {task.measure.unit}", task.measure.higher_is_better
    title, absent = f"{task.name}: latency against {task.measure.label}", _not_drawn(task, drawn)
    wide, narrow = (
        chart.drawing(drawn, title, unit, better_is_up=better_is_up, width=width)
        for width in (chart.WIDE, chart.NARROW)
    )
    remark = "Named are the rows on the front." if len(drawn) > chart.MANY else ""
    caption = (
        "Filled: on the front, no other row is both faster and better. Hollow: another row is. "
        f"Bars: 95 % intervals. {absent}"
    )
    return Figure((wide,), caption.strip(), narrow=(narrow, remark), words=(f"{wide.words} {absent}".strip(),))


def points(task: Task) -> list[chart.Point]:
    """The rows of a task that have a latency and a score above chance."""
    on_front = {row.label for row in front.front(task.rows, task.measure)}
    found = []
    for row in task.rows:
        p50 = row.speed.p50_ms if row.speed else None
        if p50 is None or row.score is None or not front.above_chance(row, task.measure):
            continue
        y, low, high = (task.measure.factor * v for v in (row.score.value, row.score.low, row.score.high))
        if not low <= y <= high:
            low = high = y
        is_pick = row.label == task.verdict.pick
        found.append(chart.Point(row.label, p50, y, low, high, row.label in on_front, is_pick))
    return found


def _not_drawn(task: Task, drawn: Sequence[chart.Point]) -> str:
    there = {point.label for point in drawn}
    absent = [row.label for row in task.rows if row.label not in there]
    return f"Not drawn (no better than chance, or no time or score): {numbers.listed(absent)}." if absent else ""


#: What is to be known of flips.
_FLIPS = (
    "Of each perturbation the same items for all rows, three at most: those on which most rows flip. Texts are cut to "
    "what is around the edits, tokens (as the encoders named read them) to those around what is read otherwise. Of "
    "rows that are trained several times, the first seed."
)


def _robustness(task: Task) -> tuple[Part, ...]:
    """Profiles, curves, drops and what follows from them open on the page, the rest folded away."""
    tables = robustness_tables
    (profiles, others), drops = profile.profiles(task), robustness.drops(task)
    agreement, matrices = tables.agreement(task), domains.matrices(task)
    ranking = (tables.said(task), agreement) if agreement else ()
    shown = (profiles, severity.figure(task), drops, *ranking)
    shown += (tables.curves(task), tables.worst_cases(task), tables.domains(task))
    folded: dict[str, Block | None] = {
        "profiles of the other rows": others,
        "which rows lose less": tables.losses(task),
        "what the encoders see": robustness.seen(task),
        "how far the domains are apart": domains.sizes(task),
    }
    flips = (
        (Part(f"{task.name}: flips, {task.flips.what}", (_FLIPS, task.flips), is_folded=True),) if task.flips else ()
    )
    blocks = tuple(block for block in shown if block)
    found = [Part(task.name, blocks)] if blocks else []
    found += [Part(f"{task.name}: across domains", matrices)] if matrices else []
    return (
        *found,
        *(Part(f"{task.name}: {what}", (block,), is_folded=True) for what, block in folded.items() if block),
        *flips,
    )


def _calibration(task: Task) -> tuple[Part, ...]:
    table = insights_tables.calibration(task)
    return (Part(task.name, (table,)),) if table else ()


def _suspects(task: Task) -> tuple[Part, ...]:
    blocks = insights_tables.suspects(task)
    return (Part(task.name, blocks),) if blocks else ()


def _learning(task: Task) -> tuple[Part, ...]:
    blocks = insights_tables.learning(task)
    return (Part(task.name, blocks),) if blocks else ()


def _conditions(task: Task) -> tuple[Part, ...]:
    n = len(comparison_table.conditions(task))
    title = f"{task.name}: {numbers.plural(n, 'condition')}"
    return (Part(title, (details.conditions(task),), is_folded=True),) if n else ()


def _tuning(task: Task) -> tuple[Part, ...]:
    tuning = task.tuning
    if tuning is None:
        return ()
    blocks: list[Block] = [tuning.choice, tuning_tables.gains(task, tuning)]
    if comparison_table.stresses(task):
        blocks.append(tuning_tables.robustness(task, tuning))
    if tuning.recipes:
        blocks.append(tuning_tables.recipes(task, tuning))
    blocks.append(tuning_tables.total(tuning))
    went: list[Block] = [tuning_tables.trainings(task, tuning)]
    drawings = curves.drawings(task, tuning)
    if drawings:
        went.append(Figure(drawings, _CURVES))
    return Part(task.name, tuple(blocks)), Part(f"{task.name}: how training went", tuple(went), is_folded=True)


def _data(task: Task) -> Part:
    read = lengths.table(task)
    return Part(task.name, (task.facts, read) if read else (task.facts,))


def _latencies(view: View) -> tuple[Part, ...]:
    """A part a task; but one for all where the suite's own requests were timed."""
    timed = [task for task in view.tasks if task.work]
    shown = {task.name: task for task in timed}
    if timed and timed[0].on_requests:
        shown = {"all tasks": timed[0]}
    return tuple(Part(title, (latency_table.noise(task), latency_table.work(task))) for title, task in shown.items())


def _identity(view: View) -> tuple[Part, ...]:
    if not view.identity:
        return ()
    unsound = [control.named for control in view.identity if not control.is_sound]
    said = (
        f"Not the same results in other batches: {numbers.listed(unsound)}. "
        "Small differences between its scores and others' may come from that."
        if unsound
        else "Every encoder gives the same vectors and predictions in other batches."
    )
    return (Part("", (said, details.identity(view))),)


def _missing(view: View) -> tuple[Part, ...]:
    caption = (
        "Cells without a result; those of one row that failed alike stand together. Tracebacks are in cells.jsonl."
    )
    return (
        *_words("Failed", caption, ("row", "conditions", "reason", "message"), view.failed),
        *_words("Left out", "Asked for, but not in the plan.", ("what", "why"), view.left_out),
    )


def _provenance(view: View) -> tuple[Part, ...]:
    parts = [
        *_words("Encoders", "What stands behind each name.", notes.ENCODERS, view.encoders),
        *_words(
            "Bundles", "The conditions that each bundle is made of.", ("bundle", "version", "members"), view.bundles
        ),
        Part("Machine", (view.environment,)),
    ]
    parts += [Part("Command", (Code(view.command),))] if view.command else []
    return (*parts, *([Part("And then", (view.note,))] if view.note else []))


def _words(title: str, caption: str, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> tuple[Part, ...]:
    """A table of words, where there are any."""
    return (Part(title, (details.plain(caption, columns, lines),)),) if lines else ()
