"""Conditions in plain words, as their components have it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness import conditions
from harness.catalogue import catalogue
from harness.report.legends import legend
from harness.report.model import CONDITIONS
from harness.wording import numbers
from tests.report.test_report_verdict import result


def said(component: str, severity: float | None = None, **parameters: Any) -> str:
    """The legend of a condition, as run.json says what it is made of."""
    one = result("its name", 0.5)
    return legend(replace(one, component=component, severity=severity, parameters=parameters))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (("keyboard", 3.0), "adjacent-key typos in 12 % of words"),
        (("keyboard", 5.0), "adjacent-key typos in 48 % of words"),
        (("max-length", 1024.0), "reading only the first 1024 tokens"),
        (("longer-than-read",), "texts longer than the reference encoder reads"),
        (("some-new-thing", 2.0), "its name"),
        (("keyboard", 9.0), "its name"),
        (("max-length",), "its name"),
    ],
)
def test_conditions_in_words(made: tuple[Any, ...], words: str) -> None:
    """What is not known is named as it is: the name is always true."""
    assert said(*made) == words


def test_parameters_are_said_as_people_write_them() -> None:
    assert said("truncate", 0.5, side="last") == "keeping only the last half of the text"
    assert said("truncate", 0.25, side="first") == "keeping only the first quarter of the text"
    assert said("truncate", 0.1, side="first+last") == "keeping only the two ends of the text, 10 % of it"
    assert said("domain", None, **{"from": "tweets", "test": "movies"}) == "training on tweets, testing on movies"
    assert said("rare-words", zipf=2.5, share=0.25) == "the texts with most rare words"


def test_whose_texts_are_changed_is_said() -> None:
    assert said("keyboard", 3.0, apply="train") == "in the training texts: adjacent-key typos in 12 % of words"
    assert said("truncate", 0.5, side="last", apply="train").startswith("in the training texts: keeping only")
    assert said("keyboard", 3.0, apply="both") == "in training and test texts: adjacent-key typos in 12 % of words"


def test_a_run_of_another_version_has_no_legend() -> None:
    """Its parameters are not those that the legend speaks of."""
    assert said("truncate", 0.5) == "its name"
    assert said("domain", oracle=None) == "its name"


def test_every_condition_has_a_legend_and_every_severity_of_a_perturbation_its_share() -> None:
    for kind in CONDITIONS:
        for component in catalogue().of(kind).values():
            assert component.facts["legend"], f"{component.name} has no legend"
    rates = catalogue().get("perturbation", "keyboard").facts["rates"]
    assert rates == conditions.RATES
    for severity in range(6):
        assert f"in {numbers.percent(rates[severity])} of words" in said("keyboard", float(severity))


BROUGHT = """
from harness.conditions import Edit, perturbation

@perturbation("shout", severity="marks", identity=0, changes="typed", uses=(), legend=%s, rates=%s)
def shout(text, rng, *, marks: int = 2):
    "Exclamation marks."
    return [Edit(len(text), len(text), "!" * marks)]
"""


def test_a_condition_of_the_users_own_has_its_words(brought: Callable[[str], None]) -> None:
    brought(BROUGHT % ("'{marks} exclamation marks at the end of {rate} of texts'", "(0, 0.5, 1)"))
    assert said("shout", 1.0) == "1 exclamation marks at the end of 50 % of texts"


@pytest.mark.parametrize("wrong", ["'{loudness} of it'", "'{rate} of texts'", "'{'", "lambda volume: volume"])
def test_a_legend_that_speaks_of_what_is_not_there_is_refused_when_it_is_declared(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"the legend of shout does not fit .* it may name: marks"):
        exec(BROUGHT % (wrong, None), {"__name__": "mine"})
