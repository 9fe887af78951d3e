"""The conditions of a suite, bundles opened; and which of them a task can have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from harness.core import languages, resources
from harness.core.errors import HarnessError
from harness.core.registry import Catalogue, Component
from harness.core.user_files import Content, content_of, placed
from harness.suite.cells import Setting, TaskFacts
from harness.suite.choices import CONDITIONS
from harness.suite.model import Suite
from harness.suite.naming import address

KINDS = CONDITIONS.kinds
#: What a slice may ask for that the tokenizer of the suite's reference encoder tells.
BY_REFERENCE = ("n_tokens", "max_length", "n_subwords")


#: The parameters that say to which texts a perturbation is applied, and how often.
PLACED = ("apply", "to", "draws")


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
        """The parameters that decide what it does: all but those that say to which texts, and how often."""
        return {name: value for name, value in self.parameters.items() if name not in PLACED}

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
        others = {name: value for name, value in self.parameters.items() if name != "draws"}
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
    if not roles_of(member, task.kind):
        return f"{component.name} is to change a {member.parameters['to']}, which items of this task have not"
    if component.kind == "shift":
        return _no_domains(task, component.facts["own_domains"])
    if by_reference(component) and reference is None:
        return "there is no encoder whose reading could be measured"
    if not member.files:
        return ""
    roles = roles_of(member, task.kind)
    return member.says("lacks", [text for side in _sides(member, task) for text in task.texts(side, roles)]) or ""


def by_reference(component: Component) -> bool:
    """Whether it asks for what the reference encoder tells."""
    return not set(BY_REFERENCE).isdisjoint(component.facts["resources"])


def _sides(member: Member, task: TaskFacts) -> Sequence[str]:
    """The sides whose texts a perturbation changes."""
    apply = member.parameters.get("apply", "test")
    return ("train", "test") if apply == "both" and task.kind.trains else (apply.replace("both", "test"),)


def roles_of(member: Member, kind: Any) -> Sequence[str]:
    """The roles of a task whose texts a condition changes: those that it is to, or that are for it; else all."""
    if to := member.parameters.get("to"):
        return tuple(role for role, said in kind.roles.items() if said == to)
    by_word: Mapping[str, Sequence[str]] = {"typed": kind.typed, "stored": kind.stored, "any": tuple(kind.roles)}
    return by_word[member.component.facts.get("changes", "any")]


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
