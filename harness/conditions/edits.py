"""The engine of all perturbations: a perturbation only says which characters to replace; this applies it.

Nothing is tokenised and joined again, so what no edit names stays as it was, byte for byte.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from operator import itemgetter
from random import Random
from typing import NamedTuple

from harness.conditions.words import drawn, free
from harness.core import resources
from harness.core.data import utf8
from harness.core.errors import DataError
from harness.core.fingerprint import canonical
from harness.core.records import Perturbation
from harness.core.registry import Catalogue, Component
from harness.core.seeds import rng_of
from harness.core.user_files import refuse_changed


class Edit(NamedTuple):
    """Put `replacement` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A text after its edits; each of `edits` speaks of the text that its perturbation was given.

    `n_eligible` counts the words that might have been changed, where perturbations change words.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    n_eligible: int = 0


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made. ValueError where two overlap or one leaves the text."""
    pieces: list[str] = []
    end = 0
    for edit in sorted(edits, key=itemgetter(0, 1)):
        if not end <= edit.start <= edit.end <= len(text):
            raise ValueError(f"{edit} overlaps another or leaves the text of {len(text)} characters")
        pieces += (text[end : edit.start], edit.replacement)
        end = edit.end
    return "".join([*pieces, text[end:]])


def perturb(texts: Sequence[str], perturbations: Sequence[Perturbation], catalogue: Catalogue) -> list[Perturbed]:
    """Every text after all perturbations, one after the other.

    A text's draw depends on the text, the perturbation (name, version, parameters other than its severity) and its draw
    seed: the same in any order, shard, process or hash seed, and for every encoder. DataError names what is no text.
    """
    results = [Perturbed(_text(text, row)) for row, text in enumerate(texts, 1)]
    for perturbation in perturbations:
        component = catalogue.get("perturbation", perturbation.name)
        others = component.filled(perturbation.parameters)
        others.pop(component.facts.get("severity", ""), None)
        edits_of = _editor(component, perturbation, catalogue)
        key = (perturbation.name, perturbation.version, canonical(others), perturbation.draw_seed)
        for i, before in enumerate(results):
            edits, n_eligible = edits_of(before.text, rng_of(before.text, *key))
            after = apply_edits(before.text, edits)
            results[i] = Perturbed(after, (*before.edits, *edits), before.n_eligible + n_eligible)
    return results


def _text(given: object, row: int) -> str:
    if not isinstance(given, str):
        raise DataError(f"text {row} is {given!r:.40}; expected text. Leave the row out, or write what it says.")
    return utf8(given, f"text {row}")


#: The edits of a text, and how many of its words were eligible.
_Editor = Callable[[str, Random], tuple[Sequence[Edit], int]]


def _editor(component: Component, perturbation: Perturbation, catalogue: Catalogue) -> _Editor:
    """What edits a text: the component's function, or the engine with that function for the words that it draws."""
    filled, facts = component.filled(perturbation.parameters), component.facts
    given = {name: value for name, value in filled.items() if name in component.parameters}
    refuse_changed(*perturbation.files.values())
    given |= resources.values(component, catalogue, perturbation.parameters.get("resources", {}))
    given |= perturbation.files
    if "draw" in component.facts["resources"]:
        given["draw"] = perturbation.draw_seed
    if "finds" not in facts:
        edits_of = component.given(given)
        return lambda text, rng: (edits_of(text, rng), 0)
    rate, protect = facts["rates"][given.pop("severity")], perturbation.parameters.get("protect", ())
    change, fits = component.given(given), facts["fits"] and cache(partial(facts["fits"], **given))

    def edited(text: str, rng: Random) -> tuple[Sequence[Edit], int]:
        if not rate:
            return (), 0
        words = free(text, facts["finds"](text), protect)
        if fits:
            words = [(start, end) for start, end in words if fits(text[start:end])]
        edits = [Edit(start, end, change(text[start:end], rng)) for start, end in drawn(words, rate, rng)]
        return [edit for edit in edits if edit.replacement != text[edit.start : edit.end]], len(words)

    return edited
