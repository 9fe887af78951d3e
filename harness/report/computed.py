"""What a row says of what computes it: how its predictions agree with those in fp32, and whether it is slow here."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from harness.core.records import Backend
from harness.report.model import Names, Row
from harness.report.scorer import shared
from harness.report.source import Group, Source, grouped
from harness.results.manifest import Encoder
from harness.tasks.kinds import target_of
from harness.wording import numbers


def name(about: Encoder) -> str:
    """`torch bf16`; a dash for rows without an encoder."""
    return f"{about.backend} {about.precision or ''}".strip() if about.backend else numbers.NONE


def notes(source: Source, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]]) -> tuple[str, ...]:
    """Of each encoder: in how many clean test items its rows predict what they do in fp32; what its backend remarks."""
    encoders, found = source.manifest.encoders, list[str]()
    for encoder, mine in grouped((row.encoder, row) for row in rows).items():
        about = encoders.get(encoder, Encoder())
        reference = _reference(encoders, about)
        if reference is not None:
            found += _agreement(source, mine, groups, reference, f"{encoder} ({name(about)})")
        if about.remark:
            found.append(f"{encoder}: {about.remark}.")
    return tuple(found)


def _reference(encoders: Mapping[str, Encoder], about: Encoder) -> str | None:
    """The first encoder with the same weights, read alike, in fp32; None where that is computed as this one is."""
    read = about.checkpoint, about.tokenization
    for encoder, other in encoders.items():
        if other.precision == Backend.precision and (other.checkpoint, other.tokenization) == read:
            return encoder if name(other) != name(about) else None
    return None


def _agreement(
    source: Source, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]], reference: str, who: str
) -> Iterator[str]:
    said, task = [], groups[rows[0].names][0].address.task
    for row in rows:
        cells = list(_pairs(groups[row.names], groups.get((reference, row.pooler, row.mode), ())))
        found = source.compared("same", cells, None, (), partial(_same, source, task, cells)) if cells else None
        if found:
            n_same, n = map(numbers.count, found)
            said.append(f"{row.label.removeprefix(row.encoder + ' / ')} {n_same} of {n}")
    if said:
        of = name(source.manifest.encoders[reference])
        is_search = target_of(source.manifest.tasks[task].kind) == "relevant"
        verb = "finds the same document first as" if is_search else "predicts the same as"
        yield f"{who} {verb} {reference} ({of}) for these of the test items: {', '.join(said)}."


def _same(source: Source, task: str, cells: Sequence[tuple[str, str]]) -> tuple[Any, bool]:
    """How many predictions are the same, of how many (None where that says nothing), and whether all have outcomes."""
    made = [(source.outcomes(one), source.outcomes(other)) for one, other in cells]
    pairs = [shared(one, other) for one, other in made if one is not None and other is not None]
    flips = [source.scoring(task).flipped(one, other) for one, other in pairs]
    n = sum(len(one) for one, _ in pairs)
    if not n or any(one is None for one in flips):
        return None, False
    return [n - sum(int(one.sum()) for one in flips), n], len(pairs) == len(cells)


def _pairs(mine: Sequence[Group], others: Sequence[Group]) -> Iterator[tuple[str, str]]:
    """Keys of both sides' clean cells, repeat by repeat; not of trainings that gave other weights."""
    there = {cell.address.repeat: cell for group in others if group.kind == "clean" for cell in group.done}
    for cell in (cell for group in mine if group.kind == "clean" for cell in group.done):
        known = there.get(cell.address.repeat)
        if known is not None and known.build == cell.build:
            yield str(known.key), str(cell.key)
