"""The bundles' table, and the canonical names of what is in it."""

import re
from typing import Any, Literal, get_args

import pytest

from harness.catalogue import catalogue
from harness.conditions import LONG_TEXT_TOKENS, bundles, readings, shifts, slices
from harness.conditions.declare import Stress, perturbation
from harness.conditions.perturbations import distractors, human, keyboard, rare, truncate
from harness.core.registry import Catalogue, Component, collect, component
from harness.suite.naming import address, pair_address
from tests.fakes.components import component_of

KINDS = ("perturbation", "reading", "shift", "slice")
CATALOGUE = Catalogue(collect([keyboard, human, rare, distractors, truncate, readings, shifts, slices]))
BUNDLES = collect([bundles])


def find(name: str) -> Component:
    found = CATALOGUE.find(name, KINDS)
    assert found is not None
    return found


def test_a_bundle_holds_these_members() -> None:
    """A change here is a new version of the bundle."""
    members = {f"{b.name} v{b.version}": [address(find(n), p) for n, p, _ in b.facts["members"]] for b in BUNDLES}
    assert members == {
        "misspellings v2": ["keyboard@3", "keyboard@5", "human-misspellings@3"],
        "long-texts v2": [
            "max-length@64",
            "max-length@128",
            "truncate[last]@0.5",
            "truncate@0.25",
            "longer-than-read",
            "distractors@50",
        ],
        "domain-shift v1": ["domain"],
        "rare-terms v2": ["rare-words", "rare-synonyms@3"],
    }


def test_bundles_say_which_tasks_they_apply_to() -> None:
    needs = {b.name: list(dict.fromkeys(needs for _, _, needs in b.facts["members"])) for b in BUNDLES}
    assert needs == {
        "misspellings": [None],
        "long-texts": ["long", "short"],
        "domain-shift": ["domains"],
        "rare-terms": [None],
    }
    assert LONG_TEXT_TOKENS == 128


def test_members_set_only_parameters_that_there_are() -> None:
    for bundle in BUNDLES:
        for name, parameters, _ in bundle.facts["members"]:
            assert set(parameters) <= set(find(name).parameters)


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("keyboard", {}, "keyboard@3"),
        ("keyboard", {"severity": 1}, "keyboard@1"),
        ("truncate", {"keep": 0.5, "side": "last"}, "truncate[last]@0.5"),
        ("truncate", {"keep": 0.25, "side": "first"}, "truncate@0.25"),
        ("truncate", {"keep": 1}, "truncate@1"),
        ("truncate", {"keep": 1.0}, "truncate@1"),
        ("max-length", {"tokens": 64}, "max-length@64"),
        ("rare-words", {}, "rare-words"),
        ("rare-words", {"zipf": 3}, "rare-words"),
        ("rare-words", {"share": 0.1, "zipf": 2.5}, "rare-words[zipf=2.5,share=0.1]"),
        ("domain", {"from": "movies", "test": ("tweets", "news")}, "domain[from=movies,test=tweets+news]"),
    ],
)
def test_names_hold_the_severity_and_what_differs_from_the_default(
    name: str, parameters: dict[str, Any], expected: str
) -> None:
    assert address(find(name), parameters) == expected


def test_switches_are_written_as_in_yaml() -> None:
    @component("slice", "some")
    def some(*, fast: bool = False, how: Literal["a", "b"] = "a") -> None:
        """Some."""

    assert address(component_of(some), {"fast": True, "how": "b"}) == "some[fast=true,b]"


def test_a_pair_of_domains_has_a_name() -> None:
    assert pair_address(find("domain"), ("movies",), "tweets") == "domain[movies>tweets]"
    assert pair_address(find("domain"), ("movies", "news"), "tweets") == "domain[movies+news>tweets]"


def test_every_condition_has_the_facts_that_planning_reads() -> None:
    for kind in KINDS:
        assert CATALOGUE.of(kind), kind
        for item in CATALOGUE.of(kind).values():
            assert {"severity", "uses"} <= set(item.facts), item.name
            assert set(item.facts["uses"]) <= {"perturb", "sample", "train"}
            assert item.facts["severity"] in {None, *item.parameters}
            assert re.match(r"[A-Z].*\.$", item.summary), item.name


def test_every_condition_says_what_it_puts_to_the_test() -> None:
    """The bars of a profile: each has conditions. In none are texts that others made, and nlpaug's."""
    known = [c for kind in KINDS for c in catalogue().of(kind).values()]
    assert {c.facts["stress"] for c in known} - {None} == set(get_args(Stress))
    assert {c.name.split(":")[0] for c in known if c.facts["stress"] is None} == {"replace", "nlpaug"}
    for bundle in BUNDLES:
        stresses = {find(name).facts["stress"] for name, _, _ in bundle.facts["members"]}
        assert stresses == {bundle.name.replace("-", " ")}


def test_a_stress_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no stress 'typos' of shout; there are: misspellings, .*, form"):
        perturbation("shout", severity="n", identity=0, changes="typed", stress="typos")  # type: ignore[arg-type]
