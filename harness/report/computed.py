"""What a row says of what computes it: how its predictions agree with those in fp32, and whether it is slow here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.core.records import Backend
from harness.report import numbers
from harness.report.model import Names, Row
from harness.report.scorer import shared
from harness.report.source import Group, Source


def name(about: Mapping[str, Any]) -> str:
    """`torch bf16`; a dash for rows without an encoder."""
    return f"{about['backend']} {about['precision']}" if about.get("backend") else numbers.NONE


def notes(source: Source, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]]) -> tuple[str, ...]:
    """Of each encoder: in how many clean test items its rows predict what they do in fp32; what its backend remarks."""
    encoders, found = source.manifest["encoders"], list[str]()
    for encoder in dict.fromkeys(row.encoder for row in rows):
        about = encoders.get(encoder, {})
        reference = _reference(encoders, about)
        if reference is not None:
            mine = [row for row in rows if row.encoder == encoder]
            found += _agreement(source, mine, groups, reference, f"{encoder} ({name(about)})")
        if about.get("remark"):
            found.append(f"{encoder}: {about['remark']}.")
    return tuple(found)


def _reference(encoders: Mapping[str, Mapping[str, Any]], about: Mapping[str, Any]) -> str | None:
    """The first encoder with the same weights, read alike, in fp32; None where that is computed as this one is."""
    same = ("checkpoint", "tokenization")
    for encoder, other in encoders.items():
        if other.get("precision") == Backend.precision and all(other.get(part) == about.get(part) for part in same):
            return encoder if name(other) != name(about) else None
    return None


def _agreement(
    source: Source, rows: Sequence[Row], groups: Mapping[Names, Sequence[Group]], reference: str, who: str
) -> Iterator[str]:
    said, verb = [], "predicts the same as"
    for row in rows:
        pairs = list(_pairs(source, groups[row.names], groups.get((reference, row.pooler, row.mode), ())))
        n_same, n = sum(int((a.prediction == b.prediction).sum()) for a, b in pairs), sum(len(a) for a, _ in pairs)
        if n:
            verb = "finds the same document first as" if (pairs[0][0].ranking != "").any() else verb
            said.append(f"{row.label.removeprefix(row.encoder + ' / ')} {numbers.count(n_same)} of {numbers.count(n)}")
    if said:
        of = name(source.manifest["encoders"][reference])
        yield f"{who} {verb} {reference} ({of}) for these of the test items: {', '.join(said)}."


def _pairs(source: Source, mine: Sequence[Group], others: Sequence[Group]) -> Iterator[tuple[Any, Any]]:
    """Outcomes of both on the same clean items, repeat by repeat; not of trainings that gave other weights."""
    there = {str(e["address"].get("repeat")): (e, cell) for g in others if g.kind == "clean" for e, cell in g.done}
    for entry, cell in (pair for group in mine if group.kind == "clean" for pair in group.done):
        known = there.get(str(entry["address"].get("repeat")))
        if known is None or known[0].get("build") != entry.get("build"):
            continue
        one, other = source.outcomes(cell["key"]), source.outcomes(known[1]["key"])
        if one is not None and other is not None:
            yield shared(other, one)
