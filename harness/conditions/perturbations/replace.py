"""Texts made elsewhere in place of a task's: paraphrases, translations, styles, attacks."""

from collections.abc import Iterable
from random import Random

from harness.conditions.declare import perturbation
from harness.conditions.edits import Edit
from harness.conditions.frozen import Named, replacements
from harness.core.user_files import Content, UserFile
from harness.tasks.text import counted


def _lacks(texts: Iterable[str], *, file: Content, encoding: str, **named: str | None) -> str:
    known = set().union(*replacements(file, Named(**named), encoding))
    if not known.isdisjoint(texts):
        return ""
    return f"{file.path.name} replaces {counted(len(known), 'text')}, and none of them is a text of this task"


def _draws(*, file: Content, encoding: str, **named: str | None) -> int:
    return len(replacements(file, Named(**named), encoding))


@perturbation(
    "replace", changes="any", resources=("draw",), lacks=_lacks, draws=_draws, legend="texts as {file} has them"
)
def replace(
    text: str,
    rng: Random,
    *,
    file: UserFile,
    original: str | None = None,
    replacement: str | None = None,
    seed: str | None = None,
    encoding: str = "utf-8",
    draw: int = 0,
) -> list[Edit]:
    """What a file has in place of a text, made elsewhere: a paraphrase, a translation, another style, an attack.

    A table of originals and replacements, perhaps by seed, or HTEB's files (`harness/conditions/frozen.py`); aligned by
    the whole text. `original`, `replacement` and `seed` name its columns. Draws are the seeds in order. A text that the
    table has not stays as it is. What differs is one edit, beginning and end of the text kept.
    """
    by_seed = replacements(file, Named(original, replacement, seed), encoding)
    new = by_seed[draw % len(by_seed)].get(text, text)
    if new == text:
        return []
    first = _alike(text, new)
    last = _alike(text[first:][::-1], new[first:][::-1])
    return [Edit(first, len(text) - last, new[first : len(new) - last])]


def _alike(one: str, other: str) -> int:
    """With how many characters both begin."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if one[:middle] == other[:middle] else (least, middle - 1)
    return least
