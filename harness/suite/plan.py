"""From a suite to every cell it asks for, keys included, before any work is done."""

import fnmatch
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core.address import Address
from harness.core.errors import Fault, SuiteError
from harness.core.records import Mode
from harness.core.registry import Catalogue, named
from harness.core.seeds import ROLES, Repeat
from harness.suite import condition_cells, conditions, curves, poolings
from harness.suite.cells import (
    CellMaker,
    EncoderFacts,
    Materials,
    Missing,
    PlannedCell,
    Planner,
    Row,
    TaskFacts,
)
from harness.suite.fit import unfit, untrainable
from harness.suite.model import Choice, Suite
from harness.suite.settings import protocol, setting, start_of

#: Pooler and mode of a row that has no encoder.
NO_ENCODER = "–"


@dataclass(frozen=True)
class Plan:
    """All cells, and what was left out and why."""

    cells: tuple[PlannedCell, ...]
    not_applicable: tuple[Mapping[str, str], ...]
    dropped: tuple[Mapping[str, str], ...]


def plan(suite: Suite, catalogue: Catalogue, materials: Materials) -> Plan:
    """Every cell of a suite. SuiteError if a single condition or a pooler applies to none of its tasks."""
    suite, left_out = _left_out(suite, materials)
    planner = Planner(suite, catalogue, materials)
    members = conditions.members(suite, catalogue)
    cells: list[PlannedCell] = []
    outs: list[Mapping[str, str]] = []
    dropped: list[Mapping[str, str]] = [*left_out, *poolings.too_deep(planner)]
    idle = {m.name: m for m in members if m.alone}
    for entry in suite.tasks:
        task = materials.tasks[entry.name]
        cells += _missing_cells(planner, entry.name, task)
        if isinstance(task, Missing):
            continue
        rows, unfit = _rows(planner, entry.name, task)
        fit, unfitting = conditions.applicable(members, task, materials.reference)
        dropped += unfit
        outs += [{"task": entry.name, **out} for out in unfitting]
        dropped += curves.left_out(suite, entry.name, rows)
        for row in rows:
            beside = {r.mode: r for r in rows if (r.encoder, r.pooler) == (row.encoder, row.pooler)}
            cells += _row_cells(planner, row, beside, task, fit, idle)
    _refuse_idle(planner, idle, outs)
    cells = list({c.address: c for c in reversed(cells)}.values())[::-1]  # an oracle may be another row's cell
    dropped += _unused(suite, cells)
    kept = _with_partners([c for c in cells if not any(_matches(c, p) for p in suite.exclude)])
    return Plan(tuple(kept), tuple(outs), tuple(dropped))


def _left_out(suite: Suite, materials: Materials) -> tuple[Suite, list[Mapping[str, str]]]:
    """The suite without the encoders that it names only where they are here, and those, each with why."""
    gone = {n: m for n, m in materials.encoders.items() if isinstance(m, Missing) and m.is_left_out}
    kept = tuple(entry for entry in suite.encoders if entry.name not in gone)
    exclude = tuple(pattern for pattern in suite.exclude if pattern.get("encoder") not in gone)
    return replace(suite, encoders=kept, exclude=exclude), [{"what": n, "why": m.message} for n, m in gone.items()]


def only(plan_: Plan, selection: Mapping[str, str]) -> Plan:
    """The cells that match globs by axis, those that they are compared to, and rows without an encoder beside them.

    These stand beside rows with an encoder, in the same tasks and conditions; a selection of none but rows without an
    encoder is taken at its word.
    """
    kept = _with_references(plan_, {c.address for c in plan_.cells if _matches(c, selection)})
    if not all(map(_is_baseline, kept)):
        beside = {(a.task, a.condition) for a in kept}
        found = {c.address for c in plan_.cells if (c.address.task, c.address.condition) in beside}
        kept |= _with_references(plan_, set(filter(_is_baseline, found)))
    return replace(plan_, cells=tuple(c for c in plan_.cells if c.address in kept))


def part(plan_: Plan, is_wanted: Callable[[PlannedCell], bool]) -> Plan:
    """The cells that are wanted, and those that they are compared to."""
    kept = _with_references(plan_, {c.address for c in plan_.cells if is_wanted(c)})
    return replace(plan_, cells=tuple(c for c in plan_.cells if c.address in kept))


def _with_references(plan_: Plan, kept: set[Address]) -> set[Address]:
    return kept | {c.against for c in plan_.cells if c.address in kept and c.against}


def _is_baseline(address: Address) -> bool:
    return (address.pooler, address.mode) == (NO_ENCODER, NO_ENCODER)


def _with_partners(cells: Sequence[PlannedCell]) -> list[PlannedCell]:
    """Without the controls and oracles that nothing is compared to any more."""
    used = {c.against for c in cells}
    return [c for c in cells if c.kind not in ("control", "oracle") or c.address in used]


def _unused(suite: Suite, cells: Sequence[PlannedCell]) -> list[Mapping[str, str]]:
    """Excludes that match nothing, repeats that nothing depends on."""
    found: list[Mapping[str, str]] = [
        {"what": f"exclude {dict(pattern)}", "why": "matches nothing"}
        for pattern in suite.exclude
        if not any(_matches(c, pattern) for c in cells)
    ]
    for role, n in suite.repeats.items():
        if n > 1 and all(getattr(c.address.repeat, role) is None for c in cells):
            found.append({"what": f"repeats of {role}", "why": "nothing in this suite depends on them"})
    return found


def _matches(cell: PlannedCell, pattern: Mapping[str, str]) -> bool:
    def one(axis: str, glob: str) -> bool:
        names = [getattr(cell.address, axis)]
        if axis == "condition":
            names += [*([cell.condition.component] if cell.condition else ()), *cell.bundles]
        return any(fnmatch.fnmatchcase(n, glob) for n in names)

    return all(one(axis, glob) for axis, glob in pattern.items())


def _rows(planner: Planner, task: str, facts: TaskFacts) -> tuple[list[Row], list[Mapping[str, str]]]:
    suite, catalogue = planner.suite, planner.catalogue
    rows: list[Row] = []
    dropped: list[Mapping[str, str]] = []
    for mode in suite.modes:
        component = catalogue.get("mode", mode.component)
        if why := unfit(catalogue, component, mode.name, mode.parameters, facts):
            dropped.append({"what": f"{mode.name} on {task}", "why": why})
            continue
        for entry in suite.encoders:
            encoder = planner.materials.encoders[entry.name]
            if isinstance(encoder, Missing) or encoder.is_random:
                continue
            made = _encoder_rows(planner, task, facts, entry.name, encoder, mode)
            if component.facts.get("builds") and (why := untrainable(facts, encoder, made)):
                dropped.append({"what": f"{mode.name} of {entry.name} on {task}", "why": why})
                continue
            rows += made
    rows += _timed_rows(planner, task, facts)
    crossed = next((row.protocol for row in rows if row.pooling), None)  # as the first row beside them is
    crossed = crossed if crossed and crossed.is_crossed else None
    for name in suite.baselines:
        component = catalogue.get("baseline", name)
        if why := unfit(catalogue, component, name, {}, facts):
            dropped.append({"what": f"{name} on {task}", "why": why})
            continue
        baseline = Mode(name, component.version, component.filled({}))
        needs_train = facts.kind.target in component.facts["needs_train"]
        own = crossed if needs_train else None
        rows.append(Row(task, name, NO_ENCODER, NO_ENCODER, None, None, baseline, needs_train, protocol=own))
    return rows, dropped


def _encoder_rows(
    planner: Planner, task: str, facts: TaskFacts, name: str, encoder: EncoderFacts, mode: Choice
) -> list[Row]:
    catalogue, component = planner.catalogue, planner.catalogue.get("mode", mode.component)
    drawn = protocol(catalogue, mode.parameters, facts.sides_given)
    uses = ("train",) if drawn and drawn.n_draws > 1 else component.facts.get("uses", ())
    made, builds = setting(catalogue, component, mode.parameters, facts.kind), bool(component.facts.get("builds"))
    rows = []
    for choice in poolings.poolers(planner, encoder, facts.kind):
        rows.append(
            Row(
                task=task,
                encoder=name,
                pooler=choice.name,
                mode=mode.name,
                facts=encoder,
                pooling=poolings.pooling(planner, encoder, choice, with_own=not component.facts.get("builds")),
                setting=made,
                needs_train=facts.kind.target in component.facts["needs_train"],
                uses=frozenset(uses),
                protocol=drawn,
                builds=builds,
                joint=builds and catalogue.get("objective", named(made.parameters["objective"])[0]).facts["joint"],
                start=start_of(catalogue, component, facts.kind),
            )
        )
    return rows


def _timed_rows(planner: Planner, task: str, of: TaskFacts) -> Iterator[Row]:
    """Encoders that are timed and not scored: those with random weights, and all where a suite has no modes."""
    nothing = Mode(NO_ENCODER, 1, {})
    for name, facts in planner.materials.encoders.items():
        if isinstance(facts, Missing) or not (facts.is_random or not planner.suite.modes):
            continue
        why = f"{name} has random weights" if planner.suite.modes else "the suite names no modes"
        for choice in poolings.poolers(planner, facts, of.kind):
            pooling = poolings.pooling(planner, facts, choice)
            yield Row(
                task,
                name,
                choice.name,
                NO_ENCODER,
                facts,
                pooling,
                nothing,
                needs_train=False,
                unscored=f"{why}: timed, not scored.",
            )


def _row_cells(
    planner: Planner,
    row: Row,
    beside: Mapping[str, Row],
    task: TaskFacts,
    members: Sequence[conditions.Member],
    idle: dict[str, conditions.Member],
) -> list[PlannedCell]:
    """The cells of one row, repeats that cannot differ collapsed; takes from `idle` what yields a cell."""
    found: dict[Address, PlannedCell] = {}
    repeats = row.repeats(planner.suite.repeats)
    for draws in itertools.product(*(range(repeats[role]) for role in ROLES)):
        maker = CellMaker(planner.suite, planner.catalogue, planner.materials, row, task, Repeat(*draws), beside)
        clean = maker.cell("clean", maker.splits("test"))
        if row.unscored:
            return [PlannedCell(clean.address, "clean", None, skipped=row.unscored, timed=clean)]
        planned = [PlannedCell(clean.address, "clean", clean), *curves.cells(maker, clean)]
        for member in members:
            made = list(condition_cells.cells(maker, member, clean))
            if any(one.cell for one in made):
                idle.pop(member.name, None)
            planned += made
        for one in planned:
            found.setdefault(one.address, one)
    return list(found.values())


def _missing_cells(planner: Planner, task: str, facts: TaskFacts | Missing) -> Iterator[PlannedCell]:
    """One failed row for each combination that a missing task or encoder takes away."""
    suite = planner.suite
    target = facts.kind.target if isinstance(facts, TaskFacts) else None
    named = poolings.named_for(planner, facts.kind) if isinstance(facts, TaskFacts) else suite.poolers
    poolers = [c.name for c in named or (Choice("–", "–"),)]
    timed = () if suite.modes else (Choice(NO_ENCODER, NO_ENCODER),)
    modes = [m for m in suite.modes if target in (None, *planner.catalogue.get("mode", m.component).facts["targets"])]
    for entry in suite.encoders:
        missing = facts if isinstance(facts, Missing) else planner.materials.encoders[entry.name]
        if isinstance(missing, Missing):
            for mode, pooler in itertools.product([*modes, *timed], poolers):
                yield PlannedCell(Address(task, entry.name, pooler, mode.name), "clean", None, missing=missing)
    if isinstance(facts, Missing):
        for name in suite.baselines:
            yield PlannedCell(Address(task, name, NO_ENCODER, NO_ENCODER), "clean", None, missing=facts)


def _refuse_idle(planner: Planner, idle: Mapping[str, conditions.Member], outs: Sequence[Mapping[str, str]]) -> None:
    """SuiteError for single conditions that yield no cell, unless that may be for want of a missing part."""
    materials = planner.materials
    if any(isinstance(m, Missing) for m in (*materials.tasks.values(), *materials.encoders.values())):
        return
    if planner.suite.encoders and materials.reference is None:
        return  # none of them can be read, and each says so in its own rows
    why = {out["what"]: out["why"] for out in outs}
    faults = [
        Fault(planner.suite.name, f"condition {name!r} applies to nothing here.", why.get(name, "no row can take it."))
        for name in idle
    ]
    if faults:
        raise SuiteError(faults)
