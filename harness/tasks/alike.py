"""Classes that are alike but for case, spaces, Unicode form or the way a number is written: said, never merged."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from harness.tasks.checks import class_names, shown_label
from harness.tasks.text import yaml_scalar

#: Characters that are not seen.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
#: A mapping of more classes is not written out, and so many groups are named.
_N_MAPPED, _N_NAMED = 40, 3


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
    named = "; ".join(", ".join(map(shown_label, of)) for of in several[:_N_NAMED])
    more = f" and {len(several) - _N_NAMED:,} more" if len(several) > _N_NAMED else ""
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
        "the labels are lists, as `[…]`: several labels a text are not supported yet, so each combination is a class",
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
