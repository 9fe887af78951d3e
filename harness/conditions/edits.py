"""The engine of all perturbations: a perturbation only says which characters to replace; this applies it.

Nothing is tokenised and joined again, so what no edit names stays as it was, byte for byte.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from operator import itemgetter
from random import Random
from typing import NamedTuple

from harness.conditions.words import drawn, free, places
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
        changed = _changer(component, perturbation, catalogue)
        key = (perturbation.name, perturbation.version, canonical(others), perturbation.draw_seed)
        for i, before in enumerate(results):
            after = changed(before.text, rng_of(before.text, *key))
            n_eligible = before.n_eligible + after.n_eligible
            results[i] = Perturbed(after.text, (*before.edits, *after.edits), n_eligible)
    return results


def _text(given: object, row: int) -> str:
    if not isinstance(given, str):
        raise DataError(f"text {row} is {given!r:.40}; expected text. Leave the row out, or write what it says.")
    return utf8(given, f"text {row}")


def _changer(
    component: Component, perturbation: Perturbation, catalogue: Catalogue
) -> Callable[[str, Random], Perturbed]:
    """What changes a text: the component's edits, or the engine by its function for each of the words that it draws."""
    filled, facts = component.filled(perturbation.parameters), component.facts
    given = {name: value for name, value in filled.items() if name in component.parameters}
    refuse_changed(*perturbation.files.values())
    given |= resources.values(component, catalogue, perturbation.parameters.get("resources", {}))
    given |= perturbation.files
    if "draw" in component.facts["resources"]:
        given["draw"] = perturbation.draw_seed
    if "finds" not in facts:
        edits_of = component.given(given)

        def edited(text: str, rng: Random) -> Perturbed:
            edits = edits_of(text, rng)
            return Perturbed(apply_edits(text, edits), tuple(edits))

        return edited
    rate, protect = facts["rates"][given.pop("severity")], perturbation.parameters.get("protect", ())
    finds, change = facts["finds"], component.given(given)
    fits = facts["fits"] and cache(partial(facts["fits"], **given))

    def words_changed(text: str, rng: Random) -> Perturbed:
        if not rate:
            return Perturbed(text)
        pieces = finds(text)
        words = free(text, pieces, protect)
        if fits:
            words = [i for i in words if fits(pieces[i])]
        starts, edits = places(pieces), []
        for i in drawn(words, rate, rng):
            if (word := change(pieces[i], rng)) != pieces[i]:
                edits.append(Edit(starts[i], starts[i + 1], word))
                pieces[i] = word
        return Perturbed("".join(pieces), tuple(edits), len(words))

    return words_changed
