"""The decorators that make a function a condition, and the facts each kind declares."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args

import regex
from annotated_types import Interval
from pydantic import AfterValidator

from harness.conditions.words import Finder, letters
from harness.core.registry import Component, F, Parameter, component
from harness.tasks.kinds import roles

#: What a condition does in a few words, for whoever reads results. `{name}` stands for the parameter of that name, as
#: people write it, `{rate}` for the share of words that a severity changes; or a function of these words.
Legend = str | Callable[..., str]

#: What conditions put to the test, in the order of a robustness profile.
Stress = Literal["misspellings", "long texts", "domain shift", "rare terms", "form"]

#: Share of the eligible words that a perturbation changes, by severity, unless it has a table of its own.
RATES = (0.0, 0.03, 0.06, 0.12, 0.24, 0.48)
#: The same where texts come changed as a whole, or what may be changed is rare in them.
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def _role(value: str | None) -> str | None:
    """What a kind of task calls texts that are read; ValueError for what none does."""
    if value is not None and value not in (known := roles().values()):
        raise ValueError(f"one of {', '.join(known)}")
    return value


#: Whose texts a perturbation changes: those that are tested, those that are learnt from, or both; of an item with
#: several texts which of them, as its kind calls them (None: as the perturbation has it); and how many of the draws
#: that `repeats` asks for it has, at most.
_OPTIONS = {
    "apply": Parameter(Literal["test", "train", "both"], "test"),
    "to": Parameter(Annotated[str | None, AfterValidator(_role)], None),
    "draws": Parameter(Annotated[int, Interval(ge=1)] | None, None),
}


def _expression(value: str) -> str:
    """A regular expression; ValueError for what is none."""
    try:
        regex.compile(value)
    except regex.error as error:
        raise ValueError(f"regular expressions; {value!r} is none ({error})") from None
    return value


_WORDS = letters(4)

#: What no edit may touch, besides addresses: regular expressions.
_PROTECT = {"protect": Parameter(tuple[Annotated[str, AfterValidator(_expression)], ...], ())}

#: Codes of languages; or, by a parameter, those of each of its values.
Languages = tuple[str, ...] | Mapping[str, Mapping[str, tuple[str, ...]]]


def perturbation(
    name: str,
    *,
    version: int = 1,
    severity: str | None = None,
    identity: Any = None,
    changes: Literal["typed", "stored", "any"],
    uses: tuple[str, ...] = ("perturb",),
    languages: Languages | None = None,
    resources: tuple[str, ...] = (),
    legend: Legend = "",
    rates: Sequence[float] | None = None,
    lacks: Callable[..., str] | None = None,
    draws: Callable[..., int] | None = None,
    stress: Stress | None = None,
) -> Callable[[F], F]:
    """Make `(text, rng, *, …) -> list[Edit]` a perturbation: a condition that changes the texts of a split.

    `severity` names the parameter that says how much (None: nothing does); at its value `identity` nothing changes.
    `changes`: texts that a person types when the encoder is served, or those that were stored before (of most tasks
    they are the same: of a search queries and documents), or any. `uses` are the repeats it depends on: leave `perturb`
    out where nothing is drawn. `languages` are the codes of those it is made for; None: any. `resources` are
    keyword-only arguments that a suite cannot set: they are handed in by name (see `resource`); `draw` is the number of
    the draw. `legend` and, by severity, `rates` say in words what it does. `stress` is the
    bar of a robustness profile that it counts for; None: in none.

    Where a parameter names a file (`UserFile`), the plan asks `lacks(texts, *, …)` why it can change none of a task's
    texts ('' where it can), and `draws(*, …)` how many draws there are; both raise DataError for what is no such file.
    """
    facts: dict[str, Any] = {"severity": severity, "identity": identity, "changes": changes, "uses": uses}
    facts |= {"stress": stress}
    facts |= {"version": version, "languages": languages, "resources": resources, "rates": rates, "options": _OPTIONS}
    facts |= {"lacks": lacks, "draws": draws}
    return _condition("perturbation", name, legend, ("rate",) if rates else (), **facts)


def word_perturbation(
    name: str,
    *,
    version: int = 1,
    finds: Finder = _WORDS,
    fits: Callable[..., bool] | None = None,
    rates: Sequence[float] = RATES,
    severity: int = 3,
    changes: Literal["typed", "stored"] = "typed",
    languages: Languages | None = None,
    resources: tuple[str, ...] = (),
    legend: Legend = "",
    lacks: Callable[..., str] | None = None,
    stress: Stress | None = None,
) -> Callable[[F], F]:
    """Make `(word, rng, *, …) -> what stands in its place` a perturbation that changes a share of the words.

    Which words, and how many, is drawn by the engine: of those that it `finds` in a text (words of four letters or
    more) and that `fits(word, *, …)`, which gets the same arguments, the share that `rates` has for the severity, 0 to
    5; `severity` is what it is unless a suite says. A higher severity changes the same words and more. Addresses are
    left alone, and what a suite's `protect` matches. The rest is as of `perturbation`.
    """
    facts: dict[str, Any] = {"severity": "severity", "identity": 0, "changes": changes, "uses": ("perturb",)}
    facts |= {"version": version, "languages": languages, "resources": resources, "rates": rates, "stress": stress}
    facts |= {"lacks": lacks}
    given = {"severity": Parameter(Annotated[int, Interval(ge=0, le=len(rates) - 1)], severity)}
    facts |= {"given": given, "options": _OPTIONS | _PROTECT, "finds": finds, "fits": fits}
    return _condition("perturbation", name, legend, ("rate",), **facts)


def reading(
    name: str,
    *,
    version: int = 1,
    severity: str | None = None,
    identity: Any = None,
    resources: tuple[str, ...] = (),
    legend: Legend = "",
    stress: Stress | None = None,
) -> Callable[[F], F]:
    """Make `(tokenization, *, …) -> tokenization` a reading: a condition that changes how texts are read.

    It holds for every role. `severity` names the parameter that says how much; at its value `identity` nothing changes.
    """
    facts: dict[str, Any] = {"severity": severity, "identity": identity, "resources": resources, "stress": stress}
    return _condition("reading", name, legend, version=version, **facts)


def shift(
    name: str,
    *,
    version: int = 1,
    resources: tuple[str, ...] = (),
    own_domains: int = 1,
    legend: Legend = "training on {from}, testing on {test}",
    stress: Stress | None = "domain shift",
) -> Callable[[F], F]:
    """Make `(sizes, own, *, …) -> list[(train domains, test domain)]` a shift: resolved when a run is planned.

    It applies to tasks of two domains or more, of which `own_domains` are the task's own: those of a built-in task that
    the suite restricts to one are not. In its legend `{from}` and `{test}` are the domains of a pair.
    """
    facts: dict[str, Any] = {"resources": resources, "own_domains": own_domains, "stress": stress}
    return _condition("shift", name, legend, ("from", "test"), version=version, **facts)


def slice_(
    name: str,
    *,
    version: int = 1,
    matched_on: tuple[str, ...],
    resources: tuple[str, ...] = (),
    languages: tuple[str, ...] | None = None,
    legend: Legend = "",
    stress: Stress | None = None,
) -> Callable[[F], F]:
    """Make `(test, *, …) -> mask` a slice: a part of the test items, compared with a control matched to it.

    `matched_on` says what slice and control have alike: `label`, `length`. `resources` and `languages` as of a
    perturbation; a slice may also ask for `n_tokens` (n_items,) and `max_length`: how many tokens its items have by the
    suite's reference encoder, and how many of them that reads; for `n_subwords` (n_items,), those of each text alone,
    without special tokens and prefix; and for `known_texts`, those that the cell's head learnt from (of a search, which
    learns nothing, the documents).
    """
    facts: dict[str, Any] = {"resources": resources, "matched_on": matched_on, "languages": languages, "stress": stress}
    return _condition("slice", name, legend, version=version, **facts)


def in_words(condition: Component, values: Mapping[str, str]) -> str:
    """The legend of a condition, with these words for its parameters."""
    legend: Legend = condition.facts["legend"]
    return legend(**values) if callable(legend) else legend.format(**values)


def _condition(kind: str, name: str, legend: Legend, more: tuple[str, ...] = (), **facts: Any) -> Callable[[F], F]:
    """The decorator. ValueError names a stress that there is not, and what a legend speaks of that is not there."""
    if facts["stress"] not in (None, *get_args(Stress)):
        raise ValueError(f"no stress {facts['stress']!r} of {name}; there are: {', '.join(get_args(Stress))}")
    declare = component(kind, name, legend=legend, **{"severity": None, "uses": (), **facts})

    def decorate(function: F) -> F:
        made: Component = declare(function).component  # type: ignore[attr-defined]
        if kind != "perturbation" and any(parameter.is_file for parameter in made.parameters.values()):
            raise TypeError(f"the {kind} {made.name} names a file; only perturbations may")
        known = dict.fromkeys([*made.parameters, *more], "")
        try:
            in_words(made, known)
        except (LookupError, TypeError, ValueError) as error:
            there = ", ".join(known) or "nothing"
            raise ValueError(f"the legend of {made.name} does not fit ({error!r}); it may name: {there}") from None
        return function

    return decorate
