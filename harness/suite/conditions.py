"""What a condition means for the cells of a row: changed texts, another reading, other domains, a mask."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from harness.core import languages, resources
from harness.core.errors import DataError, HarnessError
from harness.core.records import Cell, Perturbation, Slice, reading_key
from harness.core.registry import Catalogue, Component, nearest
from harness.core.user_files import Content, content_of, placed
from harness.suite.cells import CellMaker, EncoderFacts, PlannedCell, Setting, TaskFacts, edited, not_joint
from harness.suite.choices import CONDITIONS
from harness.suite.model import Suite
from harness.suite.naming import address, pair_address

KINDS = CONDITIONS.kinds
#: What a slice may ask for that the tokenizer of the suite's reference encoder tells.
BY_REFERENCE = ("n_tokens", "max_length", "n_subwords")


class Membership(NamedTuple):
    """The bundle that a condition came with, and which tasks it is for there."""

    bundle: Component
    needs: str | None


@dataclass(frozen=True)
class Member:
    """A single condition, the bundles it came with (which may need a kind of task), and whether it stands `alone` too.

    `contents` are the hashes of the resources that it uses; `files` what its parameters name.
    """

    name: str
    component: Component
    parameters: Mapping[str, Any]
    contents: Mapping[str, str]
    of: tuple[Membership, ...] = ()
    alone: bool = False
    files: Mapping[str, Content] = field(default_factory=dict)

    @property
    def bundles(self) -> tuple[str, ...]:
        """The names of its bundles."""
        return tuple(one.bundle.name for one in self.of)

    @property
    def own(self) -> dict[str, Any]:
        """The parameters that decide what it does: all but those that say to which texts."""
        return {name: value for name, value in self.parameters.items() if name != "apply"}

    @property
    def decides(self) -> dict[str, Any]:
        """What stands in keys: its own parameters, files by their hash, and its resources where it has some."""
        own = {**self.own, **{name: file.hash for name, file in self.files.items()}}
        return {**own, "resources": self.contents} if self.contents else own

    def says(self, fact: str, *given: Any) -> Any:
        """What its component says of its parameters by a function among its facts; None where it has no such."""
        function = self.component.facts.get(fact)
        try:
            takes = {name: value for name, value in self.own.items() if name in self.component.parameters}
            return function and function(*given, **{**takes, **self.files})
        except HarnessError as error:
            raise type(error)(f"condition {self.name!r}: {error}", plain={self.name, *error.plain}) from None

    @property
    def setting(self) -> Setting:
        """The component and its parameters, the severity apart from the others where it is a number."""
        others = dict(self.parameters)
        name = self.component.facts.get("severity")
        if name is None or not isinstance(others[name], (int, float)):
            return Setting(self.component.name, None, others)
        return Setting(self.component.name, float(others.pop(name)), others)


def members(suite: Suite, catalogue: Catalogue) -> list[Member]:
    """The single conditions of a suite, bundles opened, each once."""
    found: dict[str, Member] = {}

    def add(name: str, component: Component, parameters: Mapping[str, Any], *of: Membership) -> None:
        contents = resources.contents(component, catalogue)
        named = [n for n, p in component.parameters.items() if p.is_file and n in parameters]
        files = {n: content_of(placed(parameters[n], suite.folder)) for n in named}
        old = found.get(name, Member(name, component, parameters, contents, files=files))
        found[name] = replace(old, of=old.of + of, alone=old.alone or not of)

    for choice in suite.conditions:
        component = _condition(catalogue, choice.component)
        if component.kind != "bundle":
            add(choice.name, component, choice.parameters)
            continue
        for name, given, needs in component.facts["members"]:
            inner = _condition(catalogue, name)
            parameters = inner.filled(given)
            add(address(inner, parameters), inner, parameters, Membership(component, needs))
    return list(found.values())


def _condition(catalogue: Catalogue, name: str) -> Component:
    found = catalogue.find(name, KINDS)
    assert found is not None, name
    return found


def applicable(
    all_members: Sequence[Member], task: TaskFacts, reference: str | None
) -> tuple[list[Member], list[Mapping[str, str]]]:
    """The conditions that apply to a task, and those that do not with the reason.

    A bundle without a member left is one of these; where others are left, the line of a member names its `bundle`.
    """
    reasons = {member.name: _why_not(member, task, reference) for member in all_members}
    in_bundles: dict[str, list[str]] = {}  # why not, by bundle, of each of its members
    for member in all_members:
        for bundle, needs in member.of:
            in_bundles.setdefault(bundle.name, []).append(_unmet(bundle, needs, task) or reasons[member.name])
    out = {(bundle, ""): "; ".join(dict.fromkeys(whys)) for bundle, whys in in_bundles.items() if all(whys)}
    fit: list[Member] = []
    for member in all_members:
        why, left = reasons[member.name], tuple(one for one in member.of if not _unmet(*one, task))
        if why:
            out |= {(member.name, one.bundle.name): why for one in left if (one.bundle.name, "") not in out}
        if why and member.alone:
            out[member.name, ""] = why
        if not why and (member.alone or left):
            fit.append(replace(member, of=left))
    return fit, [
        {"what": what, "why": why, **({"bundle": bundle} if bundle else {})} for (what, bundle), why in out.items()
    ]


def other_language(
    component: Component, parameters: Mapping[str, Any], language: str | None, guessed: bool = False
) -> str:
    """Why a component is not for texts of this language; nothing where it is, or where the language is not known."""
    declared = component.facts.get("languages")
    its_own = languages.made_for(declared, parameters)
    if its_own is None or language is None or language in its_own:
        return ""
    advice = ""
    if isinstance(declared, Mapping):
        ((name, by_value),) = declared.items()
        fit = [value for value, codes in by_value.items() if language in codes]
        advice = f" (`{name}: {fit[0]}` is for such)" if fit else ""
    texts = languages.said(language, guessed)
    return f"{component.name} is for texts in {languages.some(its_own)}; these are {texts}{advice}"


def _why_not(member: Member, task: TaskFacts, reference: str | None) -> str:
    component = member.component
    if task.kind.head is None and (component.kind == "shift" or member.parameters.get("apply") == "train"):
        return f"{component.name} applies to tasks that something is learnt from"
    if why := other_language(component, member.parameters, task.language, task.language_guessed):
        return why
    if component.kind == "shift":
        return _no_domains(task, component.facts["own_domains"])
    if _by_reference(component) and reference is None:
        return "there is no encoder whose reading could be measured"
    if not member.files:
        return ""
    roles = _roles(component, task.kind)
    return member.says("lacks", [text for side in _sides(member, task) for text in task.texts(side, roles)]) or ""


def _by_reference(component: Component) -> bool:
    return not set(BY_REFERENCE).isdisjoint(component.facts["resources"])


def _sides(member: Member, task: TaskFacts) -> Sequence[str]:
    """The sides whose texts a perturbation changes."""
    apply = member.parameters.get("apply", "test")
    return ("train", "test") if apply == "both" and task.kind.trains else (apply.replace("both", "test"),)


def _roles(component: Component, kind: Any) -> Sequence[str]:
    """The roles of a task whose texts a perturbation changes."""
    by_word: Mapping[str, Sequence[str]] = {"typed": kind.typed, "stored": kind.stored, "any": tuple(kind.roles)}
    return by_word[component.facts["changes"]]


def _unmet(bundle: Component, needs: str | None, task: TaskFacts) -> str:
    """Why a member of a bundle is not for a task; nothing where it is."""
    over = bundle.facts["over_tokens"]
    if needs == "domains":
        return _no_domains(task)
    if (needs == "long" and task.n_tokens <= over) or (needs == "short" and task.n_tokens > over):
        applies = "over" if needs == "long" else "up to"
        return f"its median text is {task.n_tokens:.0f} tokens (applies {applies} {over})"
    return ""


def _no_domains(task: TaskFacts, n_own: int = 1) -> str:
    """Why a task has too few domains for a shift that needs two, and `n_own` of the task's own; nothing if it has."""
    if len(task.domains) + len(task.elsewhere) < 2:
        return "the task has no domains" if not task.domains else "the task has one domain"
    if len(task.domains) >= n_own:
        return ""
    whole = "; name the task without its domain" if task.elsewhere else ""
    return f"it needs {n_own} domains, and the task has {len(task.domains)}{whole}"


def cells(maker: CellMaker, member: Member, clean: Cell) -> Iterator[PlannedCell]:
    """The cells of one condition for one row."""
    for planned in _BY_KIND[member.component.kind](maker, member, clean):
        yield replace(planned, condition=planned.condition or member.setting)


def _perturbed(maker: CellMaker, member: Member, clean: Cell) -> Iterator[PlannedCell]:
    facts, component, apply = member.component.facts, member.component, member.parameters.get("apply", "test")
    if apply == "train" and not maker.row.needs_train:
        address = maker.row.address(member.name, clean.address.repeat)
        why = f"{member.name} changes what is learnt from, and {maker.row.named} learns nothing from texts."
        yield PlannedCell(address, "perturbation", None, clean.address, member.bundles, skipped=why)
        return
    n_draws = member.says("draws")
    uses = () if n_draws == 1 else facts["uses"]
    seed = maker.draw_seed if "perturb" in uses else 0
    applied = (Perturbation(component.name, component.version, member.decides, seed, member.files),)
    changed = dict.fromkeys(_roles(component, maker.task.kind), applied)
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
    if maker.row.builds and (why := not_joint(maker.task, changed["text"])):
        address = maker.row.address(member.name, clean.address.repeat)
        yield PlannedCell(address, "reading", None, clean.address, member.bundles, skipped=f"{member.name}: {why}.")
        return
    cell = maker.cell(member.name, clean.test, readings=changed)
    yield PlannedCell(cell.address, "reading", cell, clean.address, member.bundles)


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
    if _by_reference(component) and maker.materials.reference is not None:
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
