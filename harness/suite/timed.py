"""Encoders with random weights, and suites without modes: something must be timed, and no score may be asked for."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.suite import recipes
from harness.suite.faults import Faults, Path, entries, name_of


def check(raw: Mapping[str, Any], faults: Faults) -> None:
    """Suites of which nothing would come, and encoders with random weights where a score is asked for."""
    is_timed = raw.get("latency", True) not in (None, False)
    if raw.get("modes") == [] and not is_timed:
        message = "modes is empty and nothing is timed; nothing would run."
        faults.add(("modes",), message, "Name a mode, or leave `latency: false` out.")
    drawn = _drawn(raw, faults)
    for name, index in drawn.items():
        if not is_timed:
            message = f"encoder {name!r} has random weights: it can only be timed, and this suite times nothing."
            faults.add(("encoders", index), message, "Leave the encoder out, or `latency: false`.")
    for path, row in _held(raw.get("gate")):
        if isinstance(row, dict) and isinstance(held := row.get("encoder"), str) and held in drawn:
            message = f"encoder {held!r} has random weights, and so no score to hold to anything."
            faults.add((*path, "encoder"), message, "Name another encoder.")


def _held(gate: Any) -> Iterator[tuple[Path, Any]]:
    """The rows that the gate names, with their places."""
    if isinstance(gate, dict):
        yield ("gate", "primary"), gate.get("primary")
        yield from ((("gate", "thresholds", index), row) for index, row in entries(gate, "thresholds"))


def _drawn(raw: Mapping[str, Any], faults: Faults) -> dict[str, int]:
    """The encoders with random weights, by name with their place: built-in ones, and what is cut from these."""
    known, steps = faults.catalogue.of("encoder"), faults.catalogue.of("step")
    builds = {recipes.SEVERAL, *(name for name, step in steps.items() if step.facts["builds"])}  # something is learnt
    based = dict[str, tuple[int, Any]]()
    for index, entry in entries(raw, "encoders"):
        if isinstance(name := name_of(entry), str) and not (isinstance(entry, dict) and builds.intersection(entry)):
            based[name] = index, entry.get("checkpoint", name) if isinstance(entry, dict) else entry
    found = dict[str, int]()
    for _ in based:  # each may be made of another
        for name, (index, base) in based.items():
            if isinstance(base, str) and (base in found or (base in known and known[base].facts["is_random"])):
                found[name] = index
    return found
