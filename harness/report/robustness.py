"""Robustness side by side: what every condition costs every row, and what the encoders see of changed texts."""

from collections.abc import Sequence

from harness.report import comparison_table, domains
from harness.report.legends import legend
from harness.report.model import Result, Row, Task
from harness.report.robustness_model import Flip
from harness.report.table import DASH, HEAD, Cell, Column, Line, Section, Table
from harness.wording import numbers

#: With fewer conditions the comparison table says it all.
_FEW = 2
#: More rows than these are counted where a flipped item names rows.
MANY = 8


def drops(task: Task) -> Table | None:
    """A line a row, a column a condition: the drop, the darker the more of what there is above chance."""
    apart = {r.condition for row in task.rows for r in row.results if domains.is_in_matrix(r)}
    names = [name for name in comparison_table.conditions(task) if name not in apart]
    lines = tuple(_drops(row, names, task) for row in comparison_table.ordered(task) if row.score is not None)
    if len(names) <= _FEW or not lines:
        return None
    return Table(
        caption=f"{task.name}: what every condition costs every row.",
        explains=(
            f"{task.measure.unit.capitalize()} lost against the same row without the condition; negative is a gain. "
            "The darker, the more of what there is above chance; a drop that chance explains has no shade. In "
            "brackets: the encoder sees none of the changes."
        ),
        sections=(Section(lines),),
        can_sort=True,
    )


def _drops(row: Row, names: Sequence[str], task: Task) -> Line:
    found = {result.condition: result for result in row.results}
    line = {HEAD: comparison_table.name(row), Column(task.measure.label): comparison_table.score(row, task.measure)}
    return line | {Column(name): _drop(found.get(name), task) for name in names}


def _drop(result: Result | None, task: Task) -> Cell:
    if result is None or result.drop is None:
        return DASH
    lost = result.drop.loss.value
    said = task.measure.number(lost)
    is_unseen = result.share_changed == 0
    return Cell(f"({said})" if is_unseen else said, sort=lost, heat=comparison_table.heat(result))


def seen(task: Task) -> Table | None:
    """What the encoders see of texts that perturbations change: a section a condition, a line an encoder and pooler."""
    looks: dict[str, dict[tuple[str, str], Result]] = {}
    for row in comparison_table.ordered(task):
        for result in row.results:
            if result.facts.seen is not None and result.status == "done":
                looks.setdefault(result.condition, {}).setdefault(row.names[:2], result)
    names = [name for name in comparison_table.conditions(task) if name in looks]
    if not names:
        return None
    return Table(
        caption=f"{task.name}: what the encoders see of it.",
        explains=(
            "Ids unchanged: share of texts that reach the encoder as the very same tokens; at 100 % it cannot be "
            "harmed, and its score says nothing of robustness. Tokens a word, unknown tokens and tokens beyond what "
            "is read (a text): before, then after. Drift: 1 − cosine of a text's vector before and after, the mean "
            "over texts that are read as other tokens."
        ),
        sections=tuple(_section(name, looks[name]) for name in names),
    )


def _section(name: str, looks: dict[tuple[str, str], Result]) -> Section:
    first = next(iter(looks.values()))
    changed, rate = first.facts.texts_changed, first.facts.edit_rate
    said = [legend(first)] if legend(first) != name else []
    said += [f"reached {numbers.percent(rate)} of what fits"] if rate is not None else []
    said += [f"{numbers.percent(1 - changed)} of texts unchanged"] if changed is not None else []
    return Section(tuple(_seen(*names, result) for names, result in looks.items()), name, "; ".join(said))


def _seen(encoder: str, pooler: str, result: Result) -> Line:
    look = result.facts.seen
    assert look is not None
    return {
        Column("encoder / pooler", is_number=False): Cell(encoder, pooler, join=" / "),
        Column("ids unchanged"): Cell(numbers.percent(result.ids_unchanged)),
        Column("tokens a word"): comparison_table.before_and_after(
            look.tokens_per_word_before, look.tokens_per_word_now, 2
        ),
        Column("unknown", "%"): comparison_table.before_and_after(
            _percent(look.unknown_before), _percent(look.unknown_now), 1
        ),
        Column("tokens cut"): comparison_table.before_and_after(look.tokens_cut_before, look.tokens_cut_now, 0),
        Column("drift"): DASH if look.drift is None else Cell(numbers.significant(look.drift), sort=look.drift),
    }


def flipped(flip: Flip) -> str:
    """What became of a flipped item, in which rows."""
    said = [f"gold: {flip.asked}"] if flip.asked else []
    for before, now, rows in flip.changes:
        more = [f"{len(rows) - MANY} more"] if len(rows) > MANY + 1 else []
        named = [*rows[:MANY], *more] if more else list(rows)
        said.append(f"{before} → {now}: {numbers.listed(named)}")
    n_changed = sum(len(rows) for _, _, rows in flip.changes)
    return "; ".join([*said, f"{n_changed} of {numbers.plural(flip.n_rows, 'row')}"])


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
