"""The engine of all perturbations: a perturbation only says which characters to replace; this applies it.

Nothing is tokenised and joined again, so what no edit names stays as it was, byte for byte.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from harness.core.fingerprint import canonical
from harness.core.records import Perturbation
from harness.core.registry import Component
from harness.core.seeds import rng_of

#: Start and end of a piece of text, in characters.
Span = tuple[int, int]
#: Changed spans of one text, each with its place in the next.
Spans = tuple[tuple[Span, Span], ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `replacement` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A text after its edits. `spans` pairs every changed span of the clean text with its place in `text`."""

    text: str
    spans: Spans = ()


def apply_edits(text: str, edits: Iterable[Edit]) -> Perturbed:
    """The text with all edits made. ValueError where two overlap or one leaves the text."""
    pieces: list[str] = []
    spans: list[tuple[Span, Span]] = []
    end, shift = 0, 0
    for edit in sorted(edits, key=attrgetter("start", "end")):
        if not end <= edit.start <= edit.end <= len(text):
            raise ValueError(f"{edit} overlaps another or leaves the text of {len(text)} characters")
        pieces += (text[end : edit.start], edit.replacement)
        start, length = edit.start + shift, len(edit.replacement)
        spans.append(((edit.start, edit.end), (start, start + length)))
        shift += length - (edit.end - edit.start)
        end = edit.end
    return Perturbed("".join([*pieces, text[end:]]), tuple(spans)) if spans else Perturbed(text)


def perturb(
    texts: Sequence[str],
    perturbations: Sequence[Perturbation],
    catalogue_lookup: Callable[[str], Component],
    resources: Callable[[Component, Perturbation], Mapping[str, Any]] = lambda component, perturbation: {},
) -> list[Perturbed]:
    """Every text after all perturbations, one after the other. Spans lead from the clean to the last text.

    A text's draw depends on the text, the perturbation (name, version, parameters) and its draw seed: the
    same in any order, shard, process or hash seed, and for every encoder.
    """
    results = [Perturbed(text) for text in texts]
    for perturbation in perturbations:
        component = catalogue_lookup(perturbation.name)
        parameters, beside = component.filled(perturbation.parameters), resources(component, perturbation)
        key = (perturbation.name, perturbation.version, canonical(parameters), perturbation.draw_seed)
        for i, before in enumerate(results):
            edits = component(before.text, rng_of(before.text, *key), **parameters, **beside)
            if edits:
                after = apply_edits(before.text, edits)
                results[i] = Perturbed(after.text, _compose(before.spans, after.spans))
    return results


def _compose(first: Spans, second: Spans) -> Spans:
    """Spans clean -> middle and middle -> last as clean -> last; what touches in the middle is merged."""
    if not first:
        return second
    # an entry: the span in the middle text, and by how much it moves what follows in clean and last text
    entries = [(middle, _growth(clean, middle), 0) for clean, middle in first]
    entries += [(middle, 0, _growth(middle, last)) for middle, last in second]
    blocks: list[list[int]] = []
    for (start, end), grown, grows in sorted(entries):
        if blocks and start <= blocks[-1][1]:
            block = blocks[-1]
            block[1:] = [max(block[1], end), block[2] + grown, block[3] + grows]
        else:
            blocks.append([start, end, grown, grows])
    spans, back, forth = [], 0, 0
    for start, end, grown, grows in blocks:
        spans.append(((start - back, end - back - grown), (start + forth, end + forth + grows)))
        back, forth = back + grown, forth + grows
    return tuple(spans)


def _growth(before: Span, after: Span) -> int:
    return (after[1] - after[0]) - (before[1] - before[0])
