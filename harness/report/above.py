"""Hard negatives: which documents stand above the answers of a search, how often, and what they look like."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from harness.core.data import Outranked
from harness.metrics.retrieval import DEPTH
from harness.report import comparison_table
from harness.report.above_model import Above
from harness.report.blocks import Block, Part
from harness.report.model import Names, Row, Task
from harness.report.source import Group, Source
from harness.report.table import DASH, HEAD, Cell, Column, Line, Section, Table
from harness.tasks.kinds import searched_of
from harness.wording import numbers
from harness.wording.visible import visible

#: Documents that are counted of a row, queries that are shown of it, and rows of which texts are shown.
N_OFTEN, N_SHOWN, N_ROWS = 5, 3, 6


def of_task(
    source: Source, task: str, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]]
) -> tuple[Above, ...]:
    """What stands above answers in each row's first repeat on texts as they are; nothing where nothing is searched."""
    if not searched_of(source.manifest.tasks[task].kind):
        return ()
    found = ((row, group) for row in rows for group in groups[row.names] if group.kind == "clean" and group.done)
    told = (_of_row(source, task, row, str(group.done[0].key)) for row, group in found)
    return tuple(one for one in told if one is not None)


def _of_row(source: Source, task: str, row: Row, key: str) -> Above | None:
    counts = source.compared("above", [key], None, (), partial(_counted, source, task, key))
    if counts is None:
        return None
    kept = source.run.negatives(key)
    offenders = tuple((n, visible(kept.texts.get(name, ""))) for name, n in counts.pop("often"))
    return Above(row.names, **counts, offenders=offenders, examples=kept.queries[:N_SHOWN])


def _counted(source: Source, task: str, key: str) -> tuple[Any, bool]:
    """The counts, and whether the cell has outcomes."""
    outcomes = source.outcomes(key)
    above = source.scoring(task).above(outcomes) if outcomes is not None else None
    if above is None:
        return None, False
    outranked = [own for own in above if own]
    counts = Counter(one for own in outranked for one in own)
    often = counts.most_common(N_OFTEN)
    n_with = sum(any(one in own for one, _ in often) for own in outranked)
    return {
        "n": len(above),
        "n_outranked": len(outranked),
        "n_beyond": sum(len(own) >= DEPTH for own in above),
        "n_documents": len(counts),
        "share": n_with / max(1, len(outranked)),
        "often": often,
    }, True


def parts(task: Task) -> Iterator[Part]:
    """The counts of each row, then folded away the most frequent documents and some queries."""
    if not task.above:
        return
    yield Part(task.name, (_table(task),))
    for what, block in {"the most frequent": _often(task), "some queries": _queries(task)}.items():
        if block is not None:
            yield Part(f"{task.name}: {what}", (block,), is_folded=True)


def _rows(task: Task) -> list[tuple[Row, Above]]:
    by_names = {one.names: one for one in task.above}
    return [(row, by_names[row.names]) for row in comparison_table.ordered(task) if row.names in by_names]


def _shown(task: Task) -> list[tuple[Row, Above]]:
    """The best row of each encoder, and of those without one."""
    best = dict[str, tuple[Row, Above]]()
    for row, one in _rows(task):
        best.setdefault(row.encoder, (row, one))
    return list(best.values())[:N_ROWS]


def _table(task: Task) -> Table:
    return Table(
        caption=f"{task.name}, what stands above answers.",
        explains=(
            "Outranked: queries that a wrong document is first for. Beyond 10: those of them without an answer among "
            "the first ten. Documents: how many different ones stand above an answer (of the twenty found first). "
            f"Most frequent: the query counts of the {N_OFTEN} that do so most often, and the share of the outranked "
            "queries that have one of these above their answer; a large one speaks of documents that are near to "
            "everything."
        ),
        sections=(Section(tuple(_line(row, one) for row, one in _rows(task))),),
    )


def _line(row: Row, one: Above) -> Line:
    outranked = one.n_outranked / one.n if one.n else 0.0
    often = ", ".join(numbers.count(n) for n, _ in one.offenders)
    return {
        HEAD: comparison_table.name(row),
        Column("queries"): Cell(numbers.count(one.n)),
        Column("outranked"): Cell(
            numbers.count(one.n_outranked), numbers.percent(outranked), sort=outranked, join=", "
        ),
        Column("beyond 10"): Cell(numbers.count(one.n_beyond), sort=one.n_beyond),
        Column("documents"): Cell(numbers.count(one.n_documents), sort=one.n_documents),
        Column("most frequent"): Cell(often, numbers.percent(one.share), sort=one.share, join="; ") if often else DASH,
    }


def _often(task: Task) -> Block | None:
    """The texts of these documents; None where none is kept."""
    sections = tuple(
        Section(
            tuple({_QUERIES: Cell(numbers.count(n)), _DOCUMENT: Cell(text)} for n, text in one.offenders), row.label
        )
        for row, one in _shown(task)
        if any(text for _, text in one.offenders)
    )
    caption = f"{task.name}, the documents that stand above answers most often."
    return (
        Table(caption, "Of how many queries, for the best row of each encoder.", sections, grouped_by="row")
        if sections
        else None
    )


_QUERIES, _DOCUMENT = Column("queries"), Column("document", is_number=False)


def _queries(task: Task) -> Block | None:
    """Of each row some queries; None where none is kept."""
    sections = tuple(Section(tuple(map(_query, one.examples)), row.label) for row, one in _shown(task) if one.examples)
    explains = (
        "Of the best row of each encoder the first few, in an order that is the same for all; texts are cut. Beside "
        "the answer its rank, and beside both documents how similar they are to the query."
    )
    caption = f"{task.name}, queries above whose answer a wrong document stands."
    return Table(caption, explains, sections, grouped_by="row") if sections else None


def _query(one: Outranked) -> Line:
    answer, wrong = ("" if value is None else numbers.fixed(value, 3) for value in one.similarities)
    rank = "beyond 20" if one.rank is None else f"rank {numbers.count(one.rank)}"
    return {
        Column("asked", is_number=False): Cell(visible(one.query)),
        Column("answer", is_number=False): Cell(visible(one.answer), answer, aside=rank),
        Column("first", is_number=False): Cell(visible(one.wrong), wrong),
    }
