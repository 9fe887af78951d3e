"""What is under test and is not what it was: named in the verdict, never a reason to refuse."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.core.fingerprint import canonical
from harness.core.records import PARTS
from harness.gate.baseline import UNDER_TEST, Baseline, axes, trained_weights
from harness.gate.cells import Cells, Row
from harness.gate.model import Change
from harness.wording.visible import all_visible

_TRAINED = "trained weights"
#: Facts of the machine that results may depend on.
_MACHINE = ("python", "platform", "cpu", "device", "threads")


def changes(cells: Cells, baseline: Baseline, row: Row) -> tuple[Change, ...]:
    """The primary's own pieces first, then other encoders, settings, versions and the machine."""
    then, now = all_visible(baseline.value), cells.manifest
    guarded = (" / ".join(then["primary"][0][axis] for axis in PARTS[1:4]), " / ".join(row[1:]))
    found = [] if guarded[0] == guarded[1] else [Change("primary", *guarded)]
    found += _row(cells, baseline, row)
    before, after = then["axes"]["encoders"], axes(cells)["encoders"]
    for name in sorted(before.keys() & after.keys() - {row[1]}):
        found += _differing(f"encoder {name}", before[name], after[name])
    found += _differing("", {"suite": then["suite"]}, {"suite": now.suite.name})
    found += _differing("gate", then["gate"], dict(cells.settings))
    found += _differing("", {"harness": then["history"][-1]["harness"]}, {"harness": now.harness})
    old, new = then["environment"], vars(now.environment)
    found += _differing("", old["libraries"], new["libraries"])
    found += _differing("", {n: old.get(n) for n in _MACHINE}, {n: new.get(n) for n in _MACHINE})
    return tuple(found)


def _row(cells: Cells, baseline: Baseline, row: Row) -> Iterator[Change]:
    """What stands behind the primary's names; pieces of its key that no such value explains, as hashes."""
    _, encoder, pooler, mode = row
    before, after = all_visible(baseline.value["axes"]), axes(cells)
    told = set()
    for axis, name, pieces in (
        ("encoders", encoder, ("checkpoint", "tokenization")),
        ("poolers", pooler, ("pooling",)),
        ("modes", mode, ("mode",)),
    ):
        old, new = (side[axis].get(name) for side in (before, after))
        if old is not None and new is not None and old != new:
            told |= set(pieces)
            if isinstance(old, Mapping):
                yield from _differing(f"encoder {name}", old, new)
            else:
                yield Change(f"{axis[:-1]} {name}", *(_component(*side) for side in (old, new)))
    line = next((ln for a, ln in baseline.cells.items() if a[:4] == row and ln["kind"] == "clean"), {})
    planned = next((p for p in cells.of(row) if p.kind == "clean"), None)
    then = {**(line.get("parts") or {}), _TRAINED: line.get("weights")}
    now = {**planned.parts, _TRAINED: trained_weights(cells, planned)} if planned else {}
    for piece in (*UNDER_TEST, _TRAINED):
        old, new = then.get(piece), now.get(piece)
        if piece not in told and old and new and old != new:
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
