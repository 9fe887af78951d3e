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
#: A smaller drift is rounding.
_LEAST_DRIFT = 0.0001


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
    looks: dict[str, dict[tuple[str, str], tuple[Row, Result]]] = {}
    for row in comparison_table.ordered(task):
        for result in row.results:
            look = result.facts.seen
            if look is not None and result.status == "done":
                own = looks.setdefault(result.condition, {})
                if row.names[:2] not in own or look.sensitivity is not None:
                    own[row.names[:2]] = (row, result)
    names = [name for name in comparison_table.conditions(task) if name in looks]
    if not names:
        return None
    tells = any(_sensitivity(result) is not None for own in looks.values() for _, result in own.values())
    return Table(
        caption=f"{task.name}: what the encoders see of it.",
        explains=(
            "Ids unchanged: share of texts that reach the encoder as the very same tokens; at 100 % it cannot be "
            "harmed, and its score says nothing of robustness. Tokens a word, unknown tokens and tokens beyond what "
            "is read (a text): before, then after. Drift: 1 − cosine of a text's vector before and after, the mean "
            "over texts that are read as other tokens."
        )
        + (
            " Extra ms a text: what the tokens more cost, at the encoder's tokens a second offline."
            if task.work
            else ""
        )
        + (
            " Meaning over form: of the pairs that people judged less alike than the median, the share of which the "
            "other text is farther away than the changed form; 100 % is best, 50 % is no matter which."
            if tells
            else ""
        ),
        sections=tuple(_section(name, looks[name], task, tells) for name in names),
    )


def _sensitivity(result: Result) -> float | None:
    return result.facts.seen.sensitivity if result.facts.seen else None


def _section(name: str, looks: dict[tuple[str, str], tuple[Row, Result]], task: Task, tells: bool) -> Section:
    _, first = next(iter(looks.values()))
    facts = first.facts
    said = [legend(first)] if legend(first) != name else []
    said += [f"reached {numbers.percent(facts.edit_rate)} of what fits"] if facts.edit_rate is not None else []
    said += (
        [f"{numbers.percent(1 - facts.texts_changed)} of texts unchanged"] if facts.texts_changed is not None else []
    )
    if facts.rarer is not None:
        said.append(f"{numbers.significant(10**facts.rarer, 2)} times rarer than the words they stand for")
    return Section(tuple(_seen(row, result, task, tells) for row, result in looks.values()), name, "; ".join(said))


def _seen(row: Row, result: Result, task: Task, tells: bool) -> Line:
    look = result.facts.seen
    assert look is not None
    line = {
        Column("encoder / pooler", is_number=False): Cell(*row.names[:2], join=" / "),
        Column("ids unchanged"): Cell(numbers.percent(result.ids_unchanged)),
        Column("tokens a word"): comparison_table.before_and_after(
            look.tokens_per_word_before, look.tokens_per_word_now, 2
        ),
        Column("unknown", "%"): comparison_table.before_and_after(
            _percent(look.unknown_before), _percent(look.unknown_now), 1
        ),
        Column("tokens cut"): comparison_table.before_and_after(look.tokens_cut_before, look.tokens_cut_now, 0),
        Column("drift"): DASH if look.drift is None else _drift(look.drift),
    }
    if task.work:
        line[Column("extra ms a text")] = _extra_ms(row, result, task)
    if tells:
        line[Column("meaning over form")] = Cell(numbers.percent(look.sensitivity), sort=look.sensitivity)
    return line


def _drift(drift: float) -> Cell:
    return Cell(numbers.significant(drift) if drift >= _LEAST_DRIFT else f"<{_LEAST_DRIFT}", sort=drift)


def _extra_ms(row: Row, result: Result, task: Task) -> Cell:
    """What reading the tokens more than those of clean texts takes, by what the encoder reads in a second offline."""
    clean = [one for one in row.results if one.kind == "clean"]
    work = [one for one in task.work if (one.encoder, one.pooler) == row.names[:2]]
    before, now = (one[0].facts.tokens_per_text if one else None for one in (clean, [result]))
    if not work or not work[0].tokens_per_s or before is None or now is None:
        return DASH
    extra = 1000 * (now - before) / work[0].tokens_per_s
    return Cell(numbers.signed(extra, 2), sort=extra)


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
