"""The decorators that make a function a condition, and the facts each kind declares."""

from collections.abc import Callable
from typing import Any, TypeVar

from harness.core.registry import component

F = TypeVar("F", bound=Callable[..., Any])

#: The kinds of task that a condition may apply to.
ALL_KINDS = ("classification", "retrieval")


def perturbation(
    name: str,
    *,
    version: int = 1,
    severity: str,
    identity: Any,
    roles: tuple[str, ...],
    uses: tuple[str, ...] = ("perturb",),
    applies_to: tuple[str, ...] = ALL_KINDS,
    languages: tuple[str, ...] | None = None,
) -> Callable[[F], F]:
    """Make `(text, rng, *, …) -> list[Edit]` a perturbation: a condition that changes the texts of a split.

    `severity` names the parameter that says how much; at its value `identity` nothing changes. `roles` are
    the sides of a retrieval task it attaches to. `uses` are the repeats it depends on: leave `perturb` out
    where nothing is drawn. `languages` are the codes of those it is made for; None: any.
    """
    facts: dict[str, Any] = {"severity": severity, "identity": identity, "roles": roles, "uses": uses}
    return component("perturbation", name, version=version, applies_to=applies_to, languages=languages, **facts)


def reading(
    name: str,
    *,
    version: int = 1,
    severity: str | None = None,
    applies_to: tuple[str, ...] = ALL_KINDS,
) -> Callable[[F], F]:
    """Make `(tokenization, *, …) -> tokenization` a reading: a condition that changes how texts are read.

    It holds for both sides of a retrieval task. `severity` names the parameter that says how much.
    """
    facts: dict[str, Any] = {"severity": severity, "identity": None, "roles": ("query", "corpus"), "uses": ()}
    return component("reading", name, version=version, applies_to=applies_to, **facts)


def shift(name: str, *, version: int = 1, applies_to: tuple[str, ...] = ("classification",)) -> Callable[[F], F]:
    """Make `(sizes, *, …) -> list[(train domains, test domain)]` a shift: resolved when a run is planned."""
    facts: dict[str, Any] = {"severity": None, "identity": None, "roles": (), "uses": ()}
    return component("shift", name, version=version, applies_to=applies_to, **facts)


def slice_(
    name: str,
    *,
    version: int = 1,
    matched_on: tuple[str, ...],
    resources: tuple[str, ...] = (),
    applies_to: tuple[str, ...] = ALL_KINDS,
    languages: tuple[str, ...] | None = None,
) -> Callable[[F], F]:
    """Make `(test, *, …) -> mask` a slice: a part of the test items, compared with a control matched to it.

    `matched_on` says what slice and control have alike: `label`, `length`. `resources` are keyword-only
    arguments that a suite cannot set: the caller hands them in by name. `languages` as of a perturbation.
    """
    facts: dict[str, Any] = {"severity": None, "identity": None, "roles": (), "uses": ()}
    facts |= {"matched_on": matched_on, "applies_to": applies_to, "languages": languages}
    return component("slice", name, version=version, resources=resources, **facts)
