"""Small classes, left out or merged before anything is split."""

from collections import Counter
from dataclasses import replace

from harness.core.errors import DataError
from harness.tasks.checks import class_names, shown_label
from harness.tasks.sources.row import Reading
from harness.tasks.task import MinClass
from harness.tasks.text import counted

#: How many of the classes a note names.
_N_NAMED = 5


def without_small(reading: Reading, rule: MinClass) -> Reading:
    """The rows of classes with enough rows, both sides counted together; the others left out or under one name.

    DataError where fewer than two classes are left.
    """
    counts = Counter(row.label for rows in reading.sides.values() for row in rows)
    small = {label: n for label, n in counts.most_common() if n < rule.rows and label != rule.merge}
    if not small:
        return reading
    n_left = len(counts) - len(small) + (rule.merge is not None and rule.merge not in counts)
    if n_left < 2:
        sizes = ", ".join(f"{shown_label(label)} ({n:,})" for label, n in counts.most_common(_N_NAMED))
        raise DataError(
            f"{reading.place}: `min_class: {rule.rows}` leaves {n_left} of {counted(len(counts), 'class', 'classes')}; "
            f"expected at least two. The largest are {sizes}. Lower it.",
            plain=class_names(counts),
        )
    sides = {
        side: tuple(
            row._replace(label=rule.merge or "") if row.label in small else row
            for row in rows
            if rule.merge is not None or row.label not in small
        )
        for side, rows in reading.sides.items()
    }
    return replace(reading, sides=sides, notes=(*reading.notes, _note(small, counts, rule)))


def _note(small: dict[str, int], counts: Counter[str], rule: MinClass) -> str:
    named = ", ".join(f"{shown_label(label)} ({n})" for label, n in list(small.items())[:_N_NAMED])
    more = f" and {len(small) - _N_NAMED} more" if len(small) > _N_NAMED else ""
    n_rows = counted(sum(small.values()), "row")
    what = f"{counted(len(small), 'class', 'classes')} of fewer than {rule.rows:,} rows ({n_rows})"
    if rule.merge is None:
        return f"{what} left out: {named}{more}"
    joined = f", which had {counted(counts[rule.merge], 'row')} of its own" if rule.merge in counts else ""
    return f"{what} merged into {rule.merge!r}{joined}: {named}{more}"
