"""What is under test and is not what it was: named in the verdict, never a reason to refuse."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.core.fingerprint import canonical
from harness.core.shapes import told
from harness.gate.baseline import Axes, Baseline
from harness.gate.cells import Cells, Row
from harness.gate.model import Change
from harness.results.manifest import Gate, Manifest

#: Pieces of a cell's key that are under test: named when they change.
UNDER_TEST = ("checkpoint", "backend", "tokenization", "pooling", "mode", "training data")
_TRAINED = "trained weights"
#: Facts of the machine that results may depend on.
_MACHINE = ("python", "platform", "cpu", "device", "threads")


def changes(cells: Cells, baseline: Baseline, row: Row) -> tuple[Change, ...]:
    """The primary's own pieces first, then other encoders, settings, versions and the machine."""
    now = cells.manifest
    guarded = (" / ".join(baseline.primary[0].names[1:4]), " / ".join(row[1:]))
    found = [] if guarded[0] == guarded[1] else [Change("primary", *guarded)]
    found += _row(cells, baseline, row)
    before, after = baseline.axes.encoders, axes(now).encoders
    for name in sorted(before.keys() & after.keys() - {row[1]}):
        found += _differing(f"encoder {name}", before[name], after[name])
    found += _differing("", {"suite": baseline.suite}, {"suite": now.suite.name})
    found += _differing("gate", settings(baseline.gate), settings(now.suite.gate))
    found += _differing("", {"harness": baseline.history[-1].harness}, {"harness": now.harness})
    old, new = vars(baseline.environment), vars(now.environment)
    found += _differing("", old["libraries"], new["libraries"])
    found += _differing("", {n: old.get(n) for n in _MACHINE}, {n: new.get(n) for n in _MACHINE})
    return tuple(found)


def axes(manifest: Manifest) -> Axes:
    """What stands behind the names of encoders, poolers and modes."""
    facts = ("checkpoint", "weights", "revision", "max_length", "truncation")
    return Axes(
        {name: {f: known for f, known in told(row).items() if f in facts} for name, row in manifest.encoders.items()},
        {one.name: (one.component, one.parameters) for one in manifest.suite.poolers},
        {one.name: (one.component, one.parameters) for one in manifest.suite.modes},
    )


def settings(gate: Gate) -> dict[str, Any]:
    """The suite's `gate:`, defaults filled in."""
    return {**vars(gate), "thresholds": [told(threshold) for threshold in gate.thresholds]}


def _row(cells: Cells, baseline: Baseline, row: Row) -> Iterator[Change]:
    """What stands behind the primary's names; pieces of its key that no such value explains, as hashes."""
    _, encoder, pooler, mode = row
    before, after = vars(baseline.axes), vars(axes(cells.manifest))
    known = set()
    for axis, name, pieces in (
        ("encoders", encoder, ("checkpoint", "tokenization")),
        ("poolers", pooler, ("pooling",)),
        ("modes", mode, ("mode",)),
    ):
        old, new = (side[axis].get(name) for side in (before, after))
        if old is not None and new is not None and old != new:
            known |= set(pieces)
            if isinstance(old, Mapping):
                yield from _differing(f"encoder {name}", old, new)
            else:
                yield Change(f"{axis[:-1]} {name}", *(_component(*side) for side in (old, new)))
    line = next((kept.line for kept in baseline.of(row).values() if kept.line.kind == "clean"), None)
    planned = next((p for p in cells.of(row) if p.kind == "clean"), None)
    then = {**line.parts, _TRAINED: line.weights} if line else {}
    now = {**planned.parts, _TRAINED: cells.weights(planned)} if planned else {}
    for piece in (*UNDER_TEST, _TRAINED):
        old, new = then.get(piece), now.get(piece)
        if piece not in known and old and new and old != new:
            yield Change(piece, old, new)


def _component(name: str, parameters: Mapping[str, Any]) -> str:
    given = ", ".join(f"{key}={value}" for key, value in sorted(parameters.items()))
    return f"{name} ({given})" if given else name


def _differing(what: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted(then.keys() | now.keys()):
        old, new = then.get(name), now.get(name)
        if old != new:
            yield Change(f"{what}: {name}" if what else name, _text(old), _text(new))


def _text(value: Any) -> str:
    if value is None:
        return "–"
    text = canonical(value) if isinstance(value, (list, tuple, Mapping)) else str(value)
    return text if len(text) <= 40 else text[:37] + "…"
