"""What is made for some languages, and tasks of others: conditions, bundles that lose a part, bundles that lose all."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from harness.catalogue import catalogue
from harness.conditions.perturbations.keyboard import LANGUAGES
from harness.core.errors import SuiteError
from harness.core.languages import NAMES, made_for
from harness.core.registry import Component
from harness.suite import conditions as suite_conditions
from harness.suite.naming import address
from tests.suite.conftest import faults_of, parsed
from tests.suite.test_suite_plan import conditions, planned, task

RUSSIAN, GERMAN, SPANISH = (replace(task(), language=code) for code in ("ru", "de", "es"))
BOTH = (
    "keyboard is for texts in English, Spanish, Portuguese and 42 other languages; these are Russian; "
    "human-misspellings is for texts in English; these are Russian"
)
WHY = "keyboard is for texts in English, Spanish, Portuguese and 42 other languages; these are Russian"


def test_conditions_of_other_languages_are_left_out_by_name() -> None:
    found = planned("conditions: [keyboard, rare-words]\n", t=task(), ru=RUSSIAN, es=SPANISH)
    assert conditions(found, task="ru") == ["clean"]
    assert conditions(found, task="es") == ["clean", "keyboard@3"]
    assert [dict(n) for n in found.not_applicable] == [
        {"task": "ru", "what": "keyboard@3", "why": WHY},
        {"task": "ru", "what": "rare-words", "why": "rare-words is for texts in English; these are Russian"},
        {"task": "es", "what": "rare-words", "why": "rare-words is for texts in English; these are Spanish"},
    ]


def test_a_language_that_is_not_known_keeps_every_condition() -> None:
    found = planned("conditions: [keyboard, rare-words]\n", t=task())
    assert conditions(found) == ["clean", "keyboard@3", "rare-words:control", "rare-words"]


def test_a_guess_is_told_as_one() -> None:
    found = planned("conditions: [misspellings]\n", t=task(), ru=replace(RUSSIAN, language_guessed=True))
    (line,) = found.not_applicable
    assert line["why"].startswith(f"{WHY} (guessed; `language:` in the task sets it)")


def test_a_bundle_without_a_member_left_does_not_apply() -> None:
    """Told once, under its own name, and not by its members."""
    found = planned("conditions: [misspellings]\n", t=task(), ru=RUSSIAN)
    assert conditions(found, task="ru") == ["clean"]
    assert [dict(n) for n in found.not_applicable] == [{"task": "ru", "what": "misspellings", "why": BOTH}]


def test_a_single_condition_for_none_of_the_tasks_is_an_error() -> None:
    with pytest.raises(SuiteError, match=r"condition 'keyboard@3' applies to nothing here\. keyboard is for texts in"):
        planned("conditions: [keyboard]\n", ru=RUSSIAN, de=GERMAN)


def test_a_bundle_keeps_the_members_that_apply_and_names_those_lost(mixed: list[suite_conditions.Member]) -> None:
    fit, out = suite_conditions.applicable(mixed, GERMAN, "one")
    assert [(m.name, m.bundles) for m in fit] == [("truncate@0.5", ("mixed",))]
    assert out == [
        {"what": "rare-words", "why": "rare-words is for texts in English; these are German", "bundle": "mixed"}
    ]
    assert [m.name for m in suite_conditions.applicable(mixed, task(), "one")[0]] == ["truncate@0.5", "rare-words"]


@pytest.fixture
def mixed() -> list[suite_conditions.Member]:
    """The members of a bundle of one condition for any language and one for English."""
    facts: dict[str, Any] = {"members": (("truncate", {}, None), ("rare-words", {}, None)), "over_tokens": 128}
    bundle = Component("bundle", "mixed", 1, lambda: None, {}, facts)

    def of(kind: str, name: str) -> suite_conditions.Member:
        component = catalogue().get(kind, name)
        parameters = component.filled({})
        of = (suite_conditions.Membership(bundle, None),)
        return suite_conditions.Member(address(component, parameters), component, parameters, {}, of)

    return [of("perturbation", "truncate"), of("slice", "rare-words")]


def test_what_declares_languages_declares_codes() -> None:
    declared = {c.name: made_for(c.facts["languages"], c.filled({})) for k in suite_conditions.KINDS for c in _of(k)}
    assert declared["keyboard"] == LANGUAGES["qwerty"]
    assert declared["rare-words"] == ("en",)
    assert all(code in NAMES for codes in [*declared.values(), *LANGUAGES.values()] for code in codes)
    assert not set(LANGUAGES["qwerty"]) & {*LANGUAGES["azerty"], *LANGUAGES["qwertz"], "ru", "zh"}


def test_a_layout_is_named_where_it_is_for_the_language() -> None:
    found = planned("conditions: [keyboard, keyboard: {layout: qwertz}]\n", t=task(), de=GERMAN)
    assert conditions(found, task="de") == ["clean", "keyboard[qwertz]@3"]
    assert found.not_applicable[-1]["why"].endswith("these are German (`layout: qwertz` is for such)")


def _of(kind: str) -> Iterator[Component]:
    return (c for c in catalogue().of(kind).values() if c.facts.get("languages"))


def test_a_suite_says_a_language_by_its_code() -> None:
    text = "name: x\nencoders: [minilm]\ntasks: [{name: t, data: t.csv, language: %s}]\n"
    assert parsed(text % "no").tasks[0].spec == {"name": "t", "data": "t.csv", "language": "no"}
    (said,) = faults_of(text % "german")
    assert said == (
        "suite.yaml:3:9: task 't': `language` 'german' is no code of ISO 639-1; expected two letters such as de, en, "
        "ru, zh. Did you mean 'de' (German)?"
    )
