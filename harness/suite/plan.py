"""From a suite to every cell it asks for, keys included, before any work is done."""

import fnmatch
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core.errors import Fault, SuiteError
from harness.core.records import Address, Mode, Pooling
from harness.core.registry import Catalogue, Component
from harness.core.seeds import Repeat
from harness.suite import conditions
from harness.suite.cells import CellMaker, EncoderFacts, Materials, Missing, PlannedCell, Row, TaskFacts
from harness.suite.model import Choice, Suite


@dataclass(frozen=True)
class Plan:
    """All cells, and what was left out and why."""

    cells: tuple[PlannedCell, ...]
    not_applicable: tuple[Mapping[str, str], ...]
    dropped: tuple[Mapping[str, str], ...]


def plan(suite: Suite, catalogue: Catalogue, materials: Materials, naming: conditions.Naming) -> Plan:
    """Every cell of a suite. SuiteError if a condition applies to none of its tasks."""
    cells: list[PlannedCell] = []
    outs: list[Mapping[str, str]] = []
    dropped: list[Mapping[str, str]] = []
    for entry in suite.tasks:
        task = materials.tasks[entry.name]
        rows, unfit = _rows(suite, catalogue, materials, entry.name, task)
        dropped += unfit
        kind_members = conditions.members(suite, catalogue, naming)
        if isinstance(task, TaskFacts):
            kind_members, unfitting = conditions.applicable(kind_members, task, materials.reference)
            outs += [{"task": entry.name, **out} for out in unfitting]
        for row in rows:
            if isinstance(task, Missing) or isinstance(row, Missing):
                continue
            cells += _row_cells(suite, catalogue, materials, row, task, kind_members, naming)
        cells += _missing_cells(suite, catalogue, materials, entry.name, task)
    _refuse_idle(suite, catalogue, outs)
    kept = [c for c in cells if not _excluded(c, suite.exclude)]
    dropped += [{"what": f"exclude {dict(e)}", "why": "matches nothing"} for e in suite.exclude if not _uses(e, cells)]
    return Plan(tuple(kept), tuple(outs), tuple(dropped))


def only(plan_: Plan, selection: Mapping[str, str]) -> Plan:
    """The cells that match globs by axis, and those that they are compared to."""
    kept = {c.address for c in plan_.cells if _matches(c, selection)}
    kept |= {c.against for c in plan_.cells if c.address in kept and c.against}
    return replace(plan_, cells=tuple(c for c in plan_.cells if c.address in kept))


def _uses(pattern: Mapping[str, str], cells: Sequence[PlannedCell]) -> bool:
    return any(_matches(c, pattern) for c in cells)


def _excluded(cell: PlannedCell, patterns: Sequence[Mapping[str, str]]) -> bool:
    return any(_matches(cell, p) for p in patterns)


def _matches(cell: PlannedCell, pattern: Mapping[str, str]) -> bool:
    def one(axis: str, glob: str) -> bool:
        names = [getattr(cell.address, axis)]
        if axis == "condition":
            names += [b.split(" ")[0] for b in cell.bundles]
        return any(fnmatch.fnmatchcase(n, glob) for n in names)

    return all(one(axis, glob) for axis, glob in pattern.items())


def _rows(
    suite: Suite, catalogue: Catalogue, materials: Materials, task: str, facts: TaskFacts | Missing
) -> tuple[list[Row], list[Mapping[str, str]]]:
    rows: list[Row] = []
    dropped: list[Mapping[str, str]] = []
    kind = facts.kind if isinstance(facts, TaskFacts) else None
    for mode in suite.modes:
        component = catalogue.get("mode", mode.component)
        if kind is not None and kind not in component.facts["applies_to"]:
            allowed = " and ".join(component.facts["applies_to"])
            dropped.append({"what": f"{mode.name} on {task}", "why": f"{mode.name} applies to {allowed} tasks"})
            continue
        for entry in suite.encoders:
            encoder = materials.encoders[entry.name]
            if isinstance(encoder, EncoderFacts):
                rows += _encoder_rows(suite, catalogue, task, entry.name, encoder, mode, component)
    for name in suite.baselines:
        component = catalogue.get("baseline", name)
        if kind is None or kind in component.facts["applies_to"]:
            setting = Mode(name, component.version, component.filled({}))
            rows.append(Row(task, name, "–", "–", None, None, setting, kind == "classification"))
        else:
            allowed = " and ".join(component.facts["applies_to"])
            dropped.append({"what": f"{name} on {task}", "why": f"{name} applies to {allowed} tasks"})
    return rows, dropped


def _encoder_rows(
    suite: Suite,
    catalogue: Catalogue,
    task: str,
    name: str,
    encoder: EncoderFacts,
    mode: Choice,
    component: Component,
) -> list[Row]:
    rows = []
    for choice in _poolers(suite, catalogue, encoder):
        pooler = catalogue.get("pooler", choice.component)
        pooling = Pooling(pooler.name, pooler.version, dict(choice.parameters))
        setting = Mode(component.name, component.version, dict(mode.parameters))
        needs_train = bool(component.facts["needs_train"])
        rows.append(Row(task, name, choice.name, mode.name, encoder, pooling, setting, needs_train))
    return rows


def _poolers(suite: Suite, catalogue: Catalogue, encoder: EncoderFacts) -> Sequence[Choice]:
    if suite.poolers is not None:
        return suite.poolers
    own = encoder.pooler if encoder.pooler in catalogue.of("pooler") else "mean"
    return (Choice(own, own),)


def _row_cells(
    suite: Suite,
    catalogue: Catalogue,
    materials: Materials,
    row: Row,
    task: TaskFacts,
    members: Sequence[conditions.Member],
    naming: conditions.Naming,
) -> Iterator[PlannedCell]:
    seen: set[Address] = set()
    for repeat in _repeats(suite):
        maker = CellMaker(suite, catalogue, materials, row, task, repeat)
        clean = maker.cell("clean", maker.test())
        planned = [PlannedCell(clean.address, "clean", clean)]
        for member in members:
            planned += conditions.cells(maker, member, clean, naming)
        for one in planned:
            if one.address not in seen:
                seen.add(one.address)
                yield one


def _repeats(suite: Suite) -> Iterator[Repeat]:
    counts = [range(suite.repeats[role]) for role in ("perturb", "sample", "train")]
    for perturb, sample, train in itertools.product(*counts):
        yield Repeat(perturb, sample, train)


def _missing_cells(
    suite: Suite, catalogue: Catalogue, materials: Materials, task: str, facts: TaskFacts | Missing
) -> Iterator[PlannedCell]:
    """One failed row for each combination that a missing task or encoder takes away."""
    for entry in suite.encoders:
        encoder = materials.encoders[entry.name]
        missing = facts if isinstance(facts, Missing) else encoder
        if not isinstance(missing, Missing):
            continue
        poolers = [c.name for c in suite.poolers or (Choice("–", "–"),)]
        kind = facts.kind if isinstance(facts, TaskFacts) else None
        for mode in suite.modes:
            if kind in (None, *catalogue.get("mode", mode.component).facts["applies_to"]):
                for pooler in poolers:
                    address = Address(task, entry.name, pooler, mode.name)
                    yield PlannedCell(address, "clean", None, missing=missing)
    for name in suite.baselines if isinstance(facts, Missing) else ():
        yield PlannedCell(
            Address(task, name, "–", "–"),
            "clean",
            None,
            missing=facts if isinstance(facts, Missing) else None,
        )


def _refuse_idle(suite: Suite, catalogue: Catalogue, outs: Sequence[Mapping[str, str]]) -> None:
    faults = []
    for choice in suite.conditions:
        component = catalogue.find(choice.component, conditions.KINDS)
        told = [o for o in outs if o["what"] == choice.name]
        if component and component.kind != "bundle" and len(told) == len(suite.tasks):
            faults.append(Fault(suite.name, f"condition {choice.name!r} applies to none of the tasks.", told[0]["why"]))
    if faults:
        raise SuiteError(faults)
