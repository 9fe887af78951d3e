"""What a row finds of each type of entity, where words are tagged."""

from harness.report import comparison_table
from harness.report.model import Row, Task
from harness.report.table import DASH, HEAD, Cell, Column, Line, Section, Table
from harness.wording import numbers


def entities(task: Task) -> Table | None:
    """F1, precision and recall of each type on texts as they are, a section a type; None where nothing is tagged."""
    told = [row for row in comparison_table.ordered(task) if row.clean and row.clean.facts.entities]
    there = {kind: n for row in told if row.clean for kind, (_, _, n) in row.clean.facts.entities.items() if n}
    if not there:
        return None
    commonest = sorted(there, key=lambda kind: (-there[kind], kind))
    return Table(
        caption=f"{task.name}, entities by type.",
        explains=(
            "Found is an entity whose type, first and last word are predicted. Precision: the share of what is "
            "predicted that is right; recall: the share of what is there that is found."
        ),
        sections=tuple(
            Section(
                tuple(
                    _line(row, *row.clean.facts.entities.get(kind, (0, 0, there[kind]))) for row in told if row.clean
                ),
                kind,
                numbers.plural(there[kind], "entity", "entities"),
            )
            for kind in commonest
        ),
    )


def _line(row: Row, right: int, predicted: int, there: int) -> Line:
    return {
        HEAD: comparison_table.name(row),
        Column("F1"): _share(2 * right, predicted + there),
        Column("precision"): _share(right, predicted),
        Column("recall"): _share(right, there),
        Column("predicted"): Cell(numbers.count(predicted)),
        Column("found"): Cell(numbers.count(right)),
    }


def _share(part: int, whole: int) -> Cell:
    return Cell(numbers.percent(part / whole)) if whole else DASH
