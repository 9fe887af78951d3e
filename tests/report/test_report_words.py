"""Conditions in plain words."""

import pytest

from harness import conditions
from harness.report import words


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clean", "texts as they are"),
        ("keyboard@3", "adjacent-key typos in 12 % of words"),
        ("keyboard@5", "adjacent-key typos in 48 % of words"),
        ("max-length@64", "reading only the first 64 tokens"),
        ("truncate[last]@0.5", "keeping only the last half of the text"),
        ("truncate@0.25", "keeping only the first quarter of the text"),
        ("truncate[first+last]@0.1", "keeping only the two ends of the text, 10 % of it"),
        ("domain[tweets>movies]", "training on tweets, testing on movies"),
        ("domain[movies>movies]", "training and testing on movies"),
        ("longer-than-read", "texts longer than the reference encoder reads"),
        ("rare-words", "the texts with most rare words"),
        ("rare-words:control", "other texts, alike in class and length: the control of rare-words"),
        ("rare-words[zipf=2.5]", "rare-words[zipf=2.5]"),
        ("some-new-thing@2", "some-new-thing@2"),
        ("", ""),
    ],
)
def test_conditions_in_words(name, said):
    """What is not known is named as it is: the name is always true."""
    assert words.condition(name) == said


def test_severities_are_those_of_the_typos():
    """The words say what the perturbation does."""
    from harness.conditions.perturbations import keyboard

    assert [words.SHARES[str(level)] for level in range(1, 6)] == list(keyboard.RATES[1:])


def test_every_member_of_a_bundle_has_words():
    """Whoever adds a member to a bundle is told to say in words what it is."""
    from harness.conditions import bundles, readings, shifts, slices
    from harness.conditions.perturbations import keyboard, truncate
    from harness.core.registry import Catalogue, collect

    known = Catalogue(collect([keyboard, truncate, readings, shifts, slices]))
    for bundle in collect([bundles]):
        for member, parameters in bundle.facts["members"]:
            component = known.find(member, known.kinds())
            assert component is not None, f"{member} of {bundle.name} is not among these modules: add its module here"
            name = "domain[a>b]" if component.kind == "shift" else conditions.address(component, parameters)
            assert words.condition(name) != name, f"{name} of {bundle.name} needs words in harness/report/words.py"


def test_long_names_of_classes_are_not_shown():
    """They may be texts: on the page neither."""
    from harness.report.notes import facts_of
    from harness.wording.visible import class_name

    assert class_name("x" * 60, 1) == "x" * 60
    assert class_name("x" * 1312, 17) == "class 17 (1,312 characters)"
    facts = dict(facts_of({"kind": "classification", "labels": ["login", "please help me to " * 9]}, ()))
    assert facts["classes"] == "2 (login, class 2 (162 characters))"
