"""The decorators that make a function a condition, and the facts each kind declares."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from harness.core.registry import component

F = TypeVar("F", bound=Callable[..., Any])


def perturbation(
    name: str,
    *,
    version: int = 1,
    severity: str,
    identity: Any,
    changes: Literal["typed", "stored"],
    uses: tuple[str, ...] = ("perturb",),
    languages: tuple[str, ...] | None = None,
) -> Callable[[F], F]:
    """Make `(text, rng, *, …) -> list[Edit]` a perturbation: a condition that changes the texts of a split.

    `severity` names the parameter that says how much; at its value `identity` nothing changes. `changes`: texts that
    a person types when the encoder is served, or those that were stored before (of most tasks they are the same: of a
    search queries and documents). `uses` are the repeats it depends on: leave `perturb` out
    where nothing is drawn. `languages` are the codes of those it is made for; None: any.
    """
    facts: dict[str, Any] = {"severity": severity, "identity": identity, "changes": changes, "uses": uses}
    return component("perturbation", name, version=version, languages=languages, **facts)


def reading(
    name: str,
    *,
    version: int = 1,
    severity: str | None = None,
) -> Callable[[F], F]:
    """Make `(tokenization, *, …) -> tokenization` a reading: a condition that changes how texts are read.

    It holds for every role. `severity` names the parameter that says how much.
    """
    return component("reading", name, version=version, severity=severity, identity=None, uses=())


def shift(name: str, *, version: int = 1) -> Callable[[F], F]:
    """Make `(sizes, *, …) -> list[(train domains, test domain)]` a shift: resolved when a run is planned."""
    return component("shift", name, version=version, severity=None, identity=None, uses=())


def slice_(
    name: str,
    *,
    version: int = 1,
    matched_on: tuple[str, ...],
    resources: tuple[str, ...] = (),
    languages: tuple[str, ...] | None = None,
) -> Callable[[F], F]:
    """Make `(test, *, …) -> mask` a slice: a part of the test items, compared with a control matched to it.

    `matched_on` says what slice and control have alike: `label`, `length`. `resources` are keyword-only
    arguments that a suite cannot set: the caller hands them in by name. `languages` as of a perturbation.
    """
    facts: dict[str, Any] = {"severity": None, "identity": None, "uses": ()}
    facts |= {"matched_on": matched_on, "languages": languages}
    return component("slice", name, version=version, resources=resources, **facts)
