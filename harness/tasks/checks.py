"""Whether labels are ones that a classifier can be trained and judged on. DataErrors that say what to do."""

from collections import Counter
from collections.abc import Iterable, Mapping

from harness.core.errors import DataError
from harness.core.registry import nearest

#: A label column with more distinct values than this, and few rows for each, is no class.
MANY_CLASSES = 50
#: What a class needs on the train side.
N_PER_CLASS = 2
#: Longer values are cut in errors, and may be texts.
_N_SHOWN = 40


def check_label_map(found: Iterable[str], wanted: Mapping[str, str], place: str) -> None:
    """Every raw label that the user maps must occur."""
    counts = Counter(found)
    there = sorted(counts)
    for raw in wanted:
        if raw not in there:
            raise DataError(
                f"{place}: no row is labelled {raw!r}, which `labels` names. {nearest(raw, there)} "
                f"The labels there are: {_some(there)}.",
                plain=class_names(counts),
            )


def check_classes(labels: Iterable[str], place: str, column: str) -> None:
    """At least two classes, and no more than classes can be: else the column holds numbers, texts or ids."""
    counts = Counter(labels)
    if not counts:
        raise DataError(f"{place}: no rows. Expected at least two texts of two classes.")
    n_rows, n_values = counts.total(), len(counts)
    if n_values == 1:
        raise DataError(
            f"{place}: every row has the label {next(iter(counts))!r} in column {column!r}; expected at "
            "least two classes. Name another `label`, or add rows of another class.",
            plain=class_names(counts),
        )
    if _is_continuous(counts):
        raise DataError(
            f"{place}: column {column!r} looks continuous: {n_values:,} distinct values in {n_rows:,} rows, "
            f"such as {_some(sorted(counts)[:3])}. Expected class names. Name another `label`, write classes into a "
            "column of their own, or leave small classes out with `min_class: 20`."
        )


def check_sides(train: Counter[str], test: Counter[str], n_duplicates: int, place: str, notes: tuple[str, ...]) -> None:
    """Something to judge by, and enough of each class to train on (once what is in test was removed).

    `notes` tell what else was left out, for the error.
    """
    if not test:
        raise DataError(f"{place}: the test side is empty. Add rows, raise `test_share`, or name a `test` file.")
    few = {label: train[label] for label in sorted(train | test) if train[label] < N_PER_CLASS}
    if few:
        listed = ", ".join(f"{label!r} ({n})" for label, n in list(few.items())[:5])
        removed = f" {n_duplicates:,} train rows whose text is in test were removed." if n_duplicates else ""
        more = f" and {len(few) - 5} more" if len(few) > 5 else ""
        told = f" Before that: {'; '.join(notes)}." if notes else ""
        raise DataError(
            f"{place}: too few rows to train on for {listed}{more}; expected at least {N_PER_CLASS} of each "
            f"class on the train side.{removed}{told} Add rows, leave small classes out with `min_class`, or name "
            "the classes to keep in `labels`.",
            plain=class_names(train + test),
        )


def class_names(counts: Counter[str]) -> set[str]:
    """The labels that a private run may say, by how many rows each has: none that may be a text of the data."""
    if _is_continuous(counts) or len(counts) > counts.total() / 2:
        return set()
    return {label for label in counts if len(label) <= _N_SHOWN}


def _is_continuous(counts: Counter[str]) -> bool:
    """Whether these are more values than classes can be."""
    n_rows, n_values = counts.total(), len(counts)
    scattered = n_values > n_rows / 2 and n_values > 10
    many = n_values > MANY_CLASSES and (n_rows < 10 * n_values or any(map(_fraction, counts)))
    return scattered or many


def _fraction(label: str) -> bool:
    """Whether a label is a number with decimals."""
    try:
        return not float(label).is_integer()
    except (ValueError, OverflowError):
        return False


def _some(values: list[str]) -> str:
    shown = ", ".join(repr(value if len(value) <= _N_SHOWN else value[:_N_SHOWN] + "…") for value in values[:10])
    return shown + (f" and {len(values) - 10} more" if len(values) > 10 else "")
