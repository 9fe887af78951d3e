"""The engine of all perturbations: a perturbation only says which characters to replace; this applies it.

Nothing is tokenised and joined again, so what no edit names stays as it was, byte for byte.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from harness.core import resources
from harness.core.fingerprint import canonical
from harness.core.records import Perturbation
from harness.core.registry import Catalogue
from harness.core.seeds import rng_of

#: Start and end of a piece of text, in characters.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `replacement` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A text after its edits; each of `edits` speaks of the text that its perturbation was given."""

    text: str
    edits: tuple[Edit, ...] = ()


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made. ValueError where two overlap or one leaves the text."""
    pieces: list[str] = []
    end = 0
    for edit in sorted(edits, key=attrgetter("start", "end")):
        if not end <= edit.start <= edit.end <= len(text):
            raise ValueError(f"{edit} overlaps another or leaves the text of {len(text)} characters")
        pieces += (text[end : edit.start], edit.replacement)
        end = edit.end
    return "".join([*pieces, text[end:]])


def perturb(texts: Sequence[str], perturbations: Sequence[Perturbation], catalogue: Catalogue) -> list[Perturbed]:
    """Every text after all perturbations, one after the other.

    A text's draw depends on the text, the perturbation (name, version, parameters) and its draw seed: the
    same in any order, shard, process or hash seed, and for every encoder.
    """
    results = [Perturbed(text) for text in texts]
    for perturbation in perturbations:
        component = catalogue.get("perturbation", perturbation.name)
        parameters = component.filled(perturbation.parameters)
        beside = resources.values(component, catalogue, perturbation.parameters.get("resources", {}))
        key = (perturbation.name, perturbation.version, canonical(parameters), perturbation.draw_seed)
        for i, before in enumerate(results):
            edits = component(before.text, rng_of(before.text, *key), **parameters, **beside)
            results[i] = Perturbed(apply_edits(before.text, edits), (*before.edits, *edits))
    return results
