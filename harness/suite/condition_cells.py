"""What a condition means for the cells of a row: changed texts, another reading, other domains, a mask."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from harness.core import resources
from harness.core.errors import DataError, HarnessError
from harness.core.records import Cell, Perturbation, Slice, Tokenization, reading_key
from harness.core.registry import nearest
from harness.suite.cells import CellMaker, EncoderFacts, PlannedCell, TaskFacts, edited, not_joint
from harness.suite.conditions import Member, by_reference, roles_of
from harness.suite.naming import pair_address


def cells(maker: CellMaker, member: Member, clean: Cell) -> Iterator[PlannedCell]:
    """The cells of one condition for one row."""
    for planned in _BY_KIND[member.component.kind](maker, member, clean):
        yield replace(planned, condition=planned.condition or member.setting)


def _perturbed(maker: CellMaker, member: Member, clean: Cell) -> Iterator[PlannedCell]:
    facts, component, apply = member.component.facts, member.component, member.parameters.get("apply", "test")
    if (maker.repeat.perturb or 0) >= (member.parameters.get("draws") or math.inf):
        return
    if apply == "train" and not maker.row.needs_train:
        address = maker.row.address(member.name, clean.address.repeat)
        why = f"{member.name} changes what is learnt from, and {maker.row.named} learns nothing from texts."
        yield PlannedCell(address, "perturbation", None, clean.address, member.bundles, skipped=why)
        return
    n_draws = member.says("draws")
    uses = () if n_draws == 1 else facts["uses"]
    seed = maker.draw_seed if "perturb" in uses else 0
    applied = (Perturbation(component.name, component.version, member.decides, seed, member.files),)
    changed = dict.fromkeys(roles_of(member, maker.task.kind), applied)
    test = edited(clean.test, changed if apply != "train" else {})
    cell = maker.cell(member.name, test, uses=uses, train_edits=changed if apply != "test" else {})
    if uses and n_draws is not None and (maker.repeat.perturb or 0) >= n_draws:
        why = f"{member.name} has {n_draws} draws; `repeats.perturb` asks for more."
        yield PlannedCell(cell.address, "perturbation", None, clean.address, member.bundles, skipped=why)
        return
    yield PlannedCell(cell.address, "perturbation", cell, clean.address, member.bundles)


def _reading(maker: CellMaker, member: Member, clean: Cell) -> Iterator[PlannedCell]:
    if maker.row.facts is None:
        return
    given = {**member.own, **resources.values(member.component, maker.catalogue, member.contents)}
    changed = {role: member.component(reading, **given) for role, reading in maker.readings.items()}
    if maker.row.joint and (why := not_joint(maker.task, changed["text"])):
        address = maker.row.address(member.name, clean.address.repeat)
        yield PlannedCell(address, "reading", None, clean.address, member.bundles, skipped=f"{member.name}: {why}.")
        return
    if maker.task.kind.per == "word" and (why := _no_other(maker.readings, changed)):
        address = maker.row.address(member.name, clean.address.repeat)
        yield PlannedCell(address, "reading", None, clean.address, member.bundles, skipped=f"{member.name}: {why}.")
        return
    cell = maker.cell(member.name, clean.test, readings=changed)
    yield PlannedCell(cell.address, "reading", cell, clean.address, member.bundles)


def _no_other(before: Mapping[str, Tokenization], now: Mapping[str, Tokenization]) -> str:
    """Why lists of words are read as before: what is said of longer texts is said of no list."""
    if before == now or any(reading.max_length != before[role].max_length for role, reading in now.items()):
        return ""
    return "lists of words are read whole, in windows of words, whatever is read of longer texts"


def _shifted(maker: CellMaker, member: Member, clean: Cell) -> Iterator[PlannedCell]:
    if not maker.row.needs_train:
        return
    sizes = {**maker.task.elsewhere, **maker.task.domains}
    try:
        own = _sources(maker.task, member.parameters.get("from"))
        judge = _judge(maker, member.parameters.get("oracle"))
        beside = resources.values(member.component, maker.catalogue, member.contents)
        pairs = member.component(sizes, own, **member.parameters, **beside)
    except HarnessError as error:
        said = f"task {maker.row.task!r}, condition {member.name!r}: {error}"
        own_words = maker.task.domains if maker.task.shift_from else ()  # `earlier` and `later`
        raise type(error)(said, plain={member.name, *own_words}) from None
    for train, domain in pairs:
        pair = {**member.parameters, "from": "+".join(train), "test": domain}
        setting, test = replace(member.setting, parameters=pair), maker.splits("test", (domain,))
        oracle = judge.cell(pair_address(member.component, (domain,), domain), test, train_domains=(domain,))
        yield PlannedCell(oracle.address, "oracle", oracle, condition=setting)
        cell = maker.cell(pair_address(member.component, train, domain), test, train_domains=tuple(train))
        yield PlannedCell(cell.address, "shift", cell, oracle.address, member.bundles, condition=setting)


def _sources(task: TaskFacts, given: str | None) -> Collection[str]:
    """The domains that a shift may be from: those of the task, or the first in time where time makes them."""
    if task.shift_from is None:
        return task.domains
    if given in task.domains and given != task.shift_from:
        raise DataError(
            f"from {given!r} would train on what came after the texts it is tested on; `time` as shift goes from "
            f"{task.shift_from!r}. Leave `from` out."
        )
    return (task.shift_from,)


def _judge(maker: CellMaker, oracle: str | None) -> CellMaker:
    """Whose cells are the oracle of a shift: the row itself, or its encoder and pooler under the mode named."""
    if oracle is None or maker.row.facts is None:
        return maker
    modes = [mode.name for mode in maker.suite.modes]
    if oracle not in modes:
        raise DataError(
            f"oracle {oracle!r} is no mode of this suite. {nearest(oracle, modes)} Its modes: {', '.join(modes)}."
        )
    if oracle not in maker.beside:
        raise DataError(f"oracle {oracle!r} does not apply to this task; name another mode, or leave it out.")
    return replace(maker, row=maker.beside[oracle])


def _sliced(maker: CellMaker, member: Member, clean: Cell) -> Iterator[PlannedCell]:
    component, reference = member.component, None
    if "known_texts" in component.facts["resources"] and not (maker.row.needs_train or maker.task.kind.searched):
        address = maker.row.address(member.name, clean.address.repeat)
        why = f"{member.name} asks for words that were not learnt, and {maker.row.named} learns nothing from texts."
        yield PlannedCell(address, "slice", None, clean.address, member.bundles, skipped=why)
        return
    if by_reference(component) and maker.materials.reference is not None:
        encoder = maker.materials.encoders[maker.materials.reference]
        if not isinstance(encoder, EncoderFacts):
            return
        reference = f"{encoder.checkpoint.key}/{reading_key(encoder.readings)}"
    control, cell = (
        maker.cell(name, clean.test, slice=Slice(component.name, component.version, member.decides, part, reference))
        for part, name in (("control", f"{member.name}:control"), ("slice", member.name))
    )
    yield PlannedCell(control.address, "control", control)
    yield PlannedCell(cell.address, "slice", cell, control.address, member.bundles)


_BY_KIND = {"perturbation": _perturbed, "reading": _reading, "shift": _shifted, "slice": _sliced}
