"""What conditions, draws and rows say together: rankings, losses compared, curves, worst cases, worst domains."""

from collections.abc import Iterator, Sequence

from harness.report import comparison_table
from harness.report.measure import Measure
from harness.report.model import CONDITIONS, Names, Result, Row, Task
from harness.report.robustness_model import KEPT, Between, Curve, Loss, WorstCase
from harness.report.source import grouped
from harness.report.table import DASH, HEAD, Cell, Column, Line, Section, Table
from harness.wording import numbers

#: Pairs of rows that are named where a ranking turns, and conditions that a sentence lists.
_NAMED, _LISTED = 3, 6


def agreement(task: Task) -> Table | None:
    """A line a condition: Kendall's tau of the rankings on clean texts and under it, and who is first."""
    lines = tuple(_agreement(one, _labels(task)) for one in task.robustness.between if one.tau is not None)
    if not lines:
        return None
    return Table(
        caption=f"{task.name}: is the ranking of the rows the same?",
        explains=(
            "Tau: Kendall's tau-b of the scores on clean texts and those under the condition, 1 for the same order, 0 "
            "for none, −1 for the reverse; its interval is over test items, the same draws for all rows. Told apart: "
            "of the pairs of rows of which one is shown to be better on clean texts, those of which it is shown under "
            "the condition too. First: the best score. Rows no better than chance are left out."
        ),
        sections=(Section(lines),),
    )


def _agreement(one: Between, labels: dict[Names, str]) -> Line:
    assert one.tau is not None
    tau, (before, now) = one.tau, ([labels[row] for row in rows] for rows in one.first)
    turned = f"{numbers.count(len(one.turned))} turned" if one.turned else ""
    return {
        Column("condition", is_number=False): Cell(one.condition),
        Column("rows"): Cell(numbers.count(len(one.losses))),
        Column("tau"): Cell(numbers.fixed(tau.value, 2), numbers.bounds(tau.low, tau.high, 2), sort=tau.value),
        Column("told apart"): Cell(f"{one.n_kept} of {one.n_apart}", turned, join=", ") if one.n_apart else DASH,
        Column("first on clean texts", is_number=False): Cell(numbers.listed(before)),
        Column("first under it", is_number=False): Cell(numbers.listed(now)),
    }


def said(task: Task) -> tuple[str, ...]:
    """Whether the ranking of the rows survives, in sentences."""
    ranked = [one for one in task.robustness.between if one.tau is not None]
    kept, unsettled = ([one.condition for one in ranked if one.is_kept is answer] for answer in (True, None))
    labels = _labels(task)
    lines = []
    if kept:
        lines.append(
            f"The ranking of the rows survives {_some(kept)}: tau is shown to be above {KEPT}, more than "
            "three of four pairs of rows in the same order, and no pair to be turned."
        )
    for one in ranked:
        if one.is_kept is False:
            pairs = [f"{labels[a]} is shown to be better than {labels[b]}" for a, b in one.turned[:_NAMED]]
            pairs += [f"{len(one.turned) - _NAMED} pairs more are turned"] if len(one.turned) > _NAMED else []
            what = "It" if lines else "The ranking of the rows"
            lines.append(f"{what} does not survive {one.condition}: {numbers.listed(pairs)}, unlike on clean texts.")
    if unsettled:
        what = "it" if lines else "the ranking of the rows"
        lines.append(f"These texts do not show whether {what} survives {_some(unsettled)}.")
    return (*lines, *_firsts(ranked, labels))


def _firsts(ranked: Sequence[Between], labels: dict[Names, str]) -> Iterator[str]:
    """Who has the best score where it is another row than on clean texts."""
    found = [one for one in ranked if not set(one.first[0]) & set(one.first[1])]
    named = [f"{one.condition} ({numbers.listed([labels[row] for row in one.first[1]])})" for one in found]
    if named:
        yield f"Another row than on clean texts has the best score under {_some(named)}."
    elif ranked:
        yield "The row with the best score on clean texts has it under every condition, alone or with others."


def _some(named: Sequence[str]) -> str:
    """The first few, and how many more there are: the table below has them all."""
    left = len(named) - _LISTED
    return numbers.listed([*named[:_LISTED], f"{left} others"] if left > 1 else list(named))


def losses(task: Task) -> Table | None:
    """A section a bundle, or a component in none, under its worst condition: which rows lose less than others."""
    found, names = {one.condition: one for one in task.robustness.between}, _stresses(task)
    worst = {name: one for name, conditions in names.items() if (one := _worst(task, conditions, found)) is not None}
    if not worst:
        return None
    rows = {row.names: row for row in task.rows}
    return Table(
        caption=f"{task.name}: which rows lose less?",
        explains=(
            f"Drop: {task.measure.unit} lost. More than the least: how much more than the row that loses least, on the "
            "same changed texts, with an interval that holds for all pairs of rows of a condition at once. Of rows "
            "that share a rank by drop (=) none is shown to lose more than one above it. Each condition is the one of "
            "its bundle or kind that costs most on average over the rows. Rows no better than chance are left out: "
            "they have nothing to lose."
        ),
        sections=tuple(
            Section(tuple(_loss(loss, rows[loss.names], task.measure) for loss in one.losses), one.condition)
            for one in {one.condition: one for one in worst.values()}.values()
        ),
    )


def _stresses(task: Task) -> dict[str, list[str]]:
    """The conditions of every bundle, and of every component that is in none."""
    every = [r for row in task.rows for r in row.results if r.kind in CONDITIONS]
    found = grouped((name, r.condition) for r in every for name in r.bundles or (r.component or r.condition,))
    return {name: list(dict.fromkeys(conditions)) for name, conditions in found.items()}


def _worst(task: Task, conditions: Sequence[str], found: dict[str, Between]) -> Between | None:
    """The condition that costs most on average, of those that change more than a few texts where there are such."""
    active = {r.condition for row in task.rows for r in row.results if not r.is_idle}
    known = [found[name] for name in conditions if name in found]
    among = [one for one in known if one.condition in active] or known
    return max(among, key=lambda one: sum(loss.drop for loss in one.losses) / len(one.losses), default=None)


def _loss(loss: Loss, row: Row, measure: Measure) -> Line:
    more = loss.more
    return {
        HEAD: comparison_table.name(row),
        Column(measure.label): comparison_table.score(row, measure),
        Column("rank"): comparison_table.rank(row),
        Column("drop"): Cell(measure.number(loss.drop), sort=loss.drop),
        Column("rank by drop"): _rank(loss),
        Column("more than the least"): Cell(
            measure.number(more.value), measure.bounds(more) if more.high > more.low else ""
        ),
    }


def _rank(loss: Loss) -> Cell:
    return Cell(f"{loss.rank}{'=' if loss.n_tied > 1 else ''}", sort=loss.rank) if loss.rank else DASH


def curves(task: Task) -> Table | None:
    """A section a component at several severities, a line a row: the score at each, the area under the drops."""
    rows = {row.names: row for row in comparison_table.ordered(task)}
    found = grouped(((curve.component, repr(curve.parameters)), curve) for curve in task.robustness.curves)
    if not found:
        return None
    return Table(
        caption=f"{task.name}: the same condition at several severities.",
        explains=(
            f"Scores and drops in {task.measure.unit}, at the severities that stand with the name of each condition. "
            "Mean drop: the area under the drops over the range of severities (trapezoids), its interval from the same "
            "draws of test items at all severities."
        ),
        sections=tuple(_curve_section(alike, rows, task.measure) for alike in found.values()),
    )


def _curve_section(alike: Sequence[Curve], rows: dict[Names, Row], measure: Measure) -> Section:
    first = alike[0]
    others = [f"{name} {value}" for name, value in first.parameters.items()]
    at = numbers.listed([f"{point.severity:.15g}" for point in first.points])
    meaning = f"at {at}" + (f" ({', '.join(others)})" if others else "")
    mine = {curve.names: curve for curve in alike}
    lines = tuple(_curve(mine[names], row, measure) for names, row in rows.items() if names in mine)
    return Section(lines, first.component, meaning)


def _curve(curve: Curve, row: Row, measure: Measure) -> Line:
    scores, drops = ([getattr(point, what).value for point in curve.points] for what in ("score", "drop"))
    return {
        HEAD: comparison_table.name(row),
        Column("clean"): Cell(measure.number(curve.clean.value), sort=curve.clean.value),
        Column("scores"): Cell(" → ".join(map(measure.number, scores))),
        Column("drops"): Cell(" → ".join(map(measure.number, drops))),
        Column("mean drop"): comparison_table.scored(measure, curve.area),
    }


def worst_cases(task: Task) -> Table | None:
    """A line a row: the score on clean texts, over all changed copies, and where each item has its worst copy."""
    found = task.robustness.worst_cases
    lines = [
        _worst_case(row, found[row.names], task.measure) for row in comparison_table.ordered(task) if row.names in found
    ]
    if not lines:
        return None
    other = len({one.k for one in found.values()}) > 1
    return Table(
        caption=f"{task.name}: each item at its worst.",
        explains=(
            f"Scores in {task.measure.unit} of the same n items: as they are, on average over k changed copies of each "
            "(every perturbation of the test texts, every draw), and where of each item the worst of the clean text "
            "and its copies counts. The more copies, the worse"
            + (": rows with another k are not to be compared." if other else "; k is the same for all rows.")
        ),
        sections=(Section(tuple(lines)),),
        can_sort=True,
    )


def _worst_case(row: Row, one: WorstCase, measure: Measure) -> Line:
    return {
        HEAD: comparison_table.name(row),
        Column("clean"): Cell(measure.number(one.clean), sort=one.clean),
        Column("mean of copies"): Cell(measure.number(one.mean), sort=one.mean),
        Column("worst case"): comparison_table.scored(measure, one.worst),
        Column("k"): Cell(numbers.count(one.k), sort=one.k),
        Column("n"): Cell(numbers.count(one.n), sort=one.n),
    }


def domains(task: Task) -> Table | None:
    """A section a shift, a line a row: the worst of several tested domains, and the gap to the in-domain oracle."""
    sections = []
    every = [(row, r) for row in comparison_table.ordered(task) for r in row.results if r.kind == "shift" and r.score]
    for component, pairs in grouped((r.component, (row, r)) for row, r in every).items():
        by_row = grouped((row.names, (row, r)) for row, r in pairs)
        lines = [_domain(own[0][0], [r for _, r in own], task.measure) for own in by_row.values()]
        if max(map(len, by_row.values())) > 1:
            sections.append(Section(tuple(lines), component))
    if not sections:
        return None
    return Table(
        caption=f"{task.name}: the worst of the tested domains.",
        explains=(
            f"Scores in {task.measure.unit}. Oracle gap: what is lost against a model trained in the "
            "tested domain, on the same items; there, its mean over the n domains, and the widest. The worst of "
            "several, picked after the fact, is a little too bad."
        ),
        sections=tuple(sections),
    )


def _domain(row: Row, results: Sequence[Result], measure: Measure) -> Line:
    worst = min(results, key=lambda r: measure.merit(r.score.value) if r.score else 0.0)
    known = [(r, r.drop) for r in results if r.drop is not None]
    widest = max(known, key=lambda pair: pair[1].loss.value, default=None)
    assert worst.score is not None
    score, gap = worst.score, worst.drop
    mean = sum(r.score.value for r in results if r.score) / len(results)
    mean_gap = sum(drop.loss.value for _, drop in known) / len(known) if known else None
    return {
        HEAD: comparison_table.name(row),
        Column("worst domain"): Cell(measure.number(score.value), measure.bounds(score), worst.condition),
        Column("mean"): Cell(measure.number(mean), sort=mean),
        Column("oracle gap there"): comparison_table.scored(measure, gap.loss) if gap else DASH,
        Column("mean gap"): DASH if mean_gap is None else Cell(measure.number(mean_gap), sort=mean_gap),
        Column("widest gap"): Cell(measure.number(widest[1].loss.value), more=widest[0].condition) if widest else DASH,
        Column("n"): Cell(numbers.count(len(results))),
    }


def _labels(task: Task) -> dict[Names, str]:
    return {row.names: row.label for row in task.rows}
