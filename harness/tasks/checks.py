"""Whether labels are ones that a classifier can be trained and judged on. DataErrors that say what to do.

Classes that are alike but for case, spaces, Unicode form or the way a number is written are said, never merged.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping

from harness.core.errors import LONGEST_NAME, DataError
from harness.core.registry import nearest
from harness.tasks.splits import Pool
from harness.tasks.text import counted, number_of, yaml_scalar

#: A column of numbers with more distinct values than this, and few rows for each, is no label.
MANY_CLASSES = 50
#: A label may have this many values of one row each.
_FEW = 10
#: How many classes a note names, and how many groups of those that are alike; a mapping of more is not written out.
_N_NAMED, _N_GROUPS, _N_MAPPED = 5, 3, 40
#: Longer labels are not said in private runs.
_N_PLAIN = 40
#: Values that a message gives as examples.
_N_EXAMPLES = 10
#: Characters that are not seen.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


def check_label_map(counts: Counter[str], wanted: Mapping[str, str], place: str) -> None:
    """Every raw label that the user maps must occur."""
    there = sorted(counts)
    for raw in wanted:
        if raw not in there:
            raise DataError(
                f"{place}: no row is labelled {raw!r}, which `labels` names. {nearest(raw, there)} "
                f"The labels there are: {_some(there)}.",
                plain=class_names(counts),
            )


def check_classes(counts: Counter[str], place: str, column: str) -> None:
    """At least two classes, and no more than classes can be: else the column holds numbers, texts or ids."""
    if not counts:
        raise DataError(f"{place}: no rows. Expected at least two texts of two classes.")
    n_rows, n_values = counts.total(), len(counts)
    if n_values == 1:
        raise DataError(
            f"{place}: every row has the label {shown_label(next(iter(counts)))} in column {column!r}; expected at "
            "least two classes. Name another `label`, or add rows of another class.",
            plain=class_names(counts),
        )
    wrong, advice = "", "Name another `label`, write classes into a column of their own"
    if _is_continuous(counts):
        wrong, least = "continuous", 20
    elif _is_text(counts):
        wrong, least = "like texts or names, not classes", 2
    if wrong:
        raise DataError(
            f"{place}: column {column!r} looks {wrong}: {n_values:,} distinct values in {n_rows:,} rows, such as "
            f"{_some(sorted(counts)[:3])}. Expected class names that several rows share. {advice}, or leave small "
            f"classes out with `min_class: {least}`."
        )


def check_labels(counts: Counter[str], n_rows: int, place: str, columns: str) -> None:
    """Some label, and labels that rows share: else the column holds texts. `counts` are rows by label."""
    if not counts:
        raise DataError(f"{place}: none of {n_rows:,} rows has a label in {columns}. Name another column.")
    if _is_text(counts):
        raise DataError(
            f"{place}: {columns} looks like texts or names, not labels: {len(counts):,} distinct values in {n_rows:,} "
            f"rows, such as {_some(sorted(counts)[:3])}. Expected labels that several rows share. Name another column, "
            "or say with `separator` what stands between labels."
        )


def check_sides(pool: Pool, labels: Counter[str], place: str) -> None:
    """Something to judge by, and two classes to train on (once what is in test was removed).

    `labels` are those of all texts, for the error.
    """
    n_classes = len({item.label for item in pool.train if not item.held_out})
    if n_classes < 2:
        n_removed = pool.n_duplicates
        removed = f" {n_removed:,} train rows whose text is in test were removed." if n_removed else ""
        told = f" Before that: {'; '.join(pool.notes)}." if pool.notes else ""
        raise DataError(
            f"{place}: too few rows to train on: texts of {counted(n_classes, 'class', 'classes')} on the train side; "
            f"expected at least two.{removed}{told} Add rows, name another `label`, or merge small classes with "
            "`min_class: {rows: 5, merge: other}`.",
            plain=class_names(labels),
        )
    if not pool.test:
        raise DataError(f"{place}: the test side is empty. Add rows, raise `test_share`, or name a `test` file.")


def shown_label(label: str) -> str:
    """A label in quotes; of a long one, which may be a text, only how long it is."""
    return repr(label) if len(label) <= LONGEST_NAME else f"(a label of {len(label):,} characters)"


def class_names(counts: Counter[str]) -> set[str]:
    """The labels that a private run may say, by how many rows each has: none that may be a text of the data."""
    if _is_continuous(counts) or _is_text(counts) or len(counts) > counts.total() / 2:
        return set()
    return {label for label in counts if len(label) <= _N_PLAIN}


def named_classes(some: Counter[str], plain: Collection[str]) -> str:
    """`: 'fax' (2), 'memo' (1) and 3 more`, for the end of a note on `some` classes, of which these may be named.

    A note stands in private runs too: where no label may be said in them, nothing is.
    """
    shown = sorted((label for label in some if label in plain), key=lambda label: (-some[label], label))[:_N_NAMED]
    more = f" and {len(some) - len(shown):,} more" if len(some) > len(shown) else ""
    return f": {', '.join(f'{shown_label(label)} ({some[label]:,})' for label in shown)}{more}" if shown else ""


def _is_continuous(counts: Counter[str]) -> bool:
    """Whether these are numbers, and more of them than classes can be."""
    n_rows, n_values = counts.total(), len(counts)
    scattered = n_values > n_rows / 2 and n_values > _FEW
    numbers = [number for label in counts if (number := number_of(label)) is not None]
    many = n_values > MANY_CLASSES and (n_rows < 10 * n_values or not all(map(float.is_integer, numbers)))
    return (scattered or many) and len(numbers) > n_values / 2


def _is_text(counts: Counter[str]) -> bool:
    """Whether most rows have a value that no other has, as ids, names and texts do."""
    n_alone = sum(n == 1 for n in counts.values())
    return n_alone > counts.total() / 2 and len(counts) > _FEW


def _some(values: list[str]) -> str:
    shown = ", ".join(map(shown_label, values[:_N_EXAMPLES]))
    return shown + (f" and {len(values) - _N_EXAMPLES} more" if len(values) > _N_EXAMPLES else "")


def alike_note(counts: Mapping[str, int]) -> tuple[str, ...]:
    """A note where labels, by how many rows each has, would be fewer classes; with the `labels` that merge them.

    A note stands in private runs too, so it names no label that may be a text.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for label in counts:
        groups[_canonical(label)].append(label)
    several = [sorted(of, key=lambda label: (-counts[label], label)) for of in groups.values() if len(of) > 1]
    if not several:
        return ()
    # what alone, were all the others done, still tells some apart
    kinds = [
        what for what, step in _STEPS.items() if any(len({_canonical(one, step) for one in of}) > 1 for of in several)
    ]
    note = (
        f"{len(counts):,} classes would be {len(groups):,} but for {' and '.join(kinds)}; they count as {len(counts):,}"
    )
    if not class_names(Counter(counts)).issuperset(counts):
        return (f"{note}. `labels` in the task merges classes",)
    several.sort(key=lambda of: -sum(counts[label] for label in of))
    named = "; ".join(", ".join(map(shown_label, of)) for of in several[:_N_GROUPS])
    more = f" and {len(several) - _N_GROUPS:,} more" if len(several) > _N_GROUPS else ""
    if len(counts) > _N_MAPPED:
        return (f"{note}: {named}{more}. `labels` in the task, which must name every class, merges them",)
    target = {label: of[0] for of in several for label in of}
    pairs = ", ".join(f"{yaml_scalar(label)}: {yaml_scalar(target.get(label, label))}" for label in sorted(counts))
    return (f"{note}: {named}{more}. To merge them, say `labels: {{{pairs}}}`",)


def lists_note(counts: Mapping[str, int]) -> tuple[str, ...]:
    """A note where most labels are lists written as text: each combination is a class of its own."""
    n_lists = sum(label.startswith("[") and label.endswith("]") for label in counts)
    if 2 * n_lists <= len(counts):
        return ()
    return (
        "the labels are lists, as `[…]`, and each combination is a class; for several labels a text say "
        "`kind: multi-label`",
    )


def _number(label: str) -> str:
    return str(float(label.replace(",", "."))) if _NUMBER.fullmatch(label) else label


#: What makes labels alike, step by step.
_STEPS: Mapping[str, Callable[[str], str]] = {
    "spaces": lambda label: " ".join(_UNSEEN.sub("", label).split()),
    "the Unicode form of letters": lambda label: unicodedata.normalize("NFC", label),
    "case": str.casefold,
    "the way numbers are written": _number,
}


def _canonical(label: str, but: Callable[[str], str] | None = None) -> str:
    """The label after all steps but this one."""
    for step in _STEPS.values():
        label = label if step is but else step(label)
    return label
