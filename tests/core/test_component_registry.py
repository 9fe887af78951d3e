"""Components describe themselves; the catalogue is a value."""

from types import ModuleType
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Interval

from harness.core import registry
from harness.core.errors import PluginError
from harness.core.registry import Catalogue, Component, collect, component, nearest
from tests.fakes.components import component_of


@component("perturbation", "typos", version=3, resources=("words",), applies_to=("classification",))
def typos(
    text: str, rng: Any, *, severity: Annotated[int, Interval(ge=0, le=5)] = 3, how: Literal["a", "b"] = "a", words: Any
) -> str:
    """Mistype some words.

    The rest says more.
    """
    return text


def module(name: str, **members: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(members)
    return made


def named(kind: str, name: str) -> Component:
    return Component(kind, name, 1, lambda: None, {})


def test_a_component_is_described_by_its_function() -> None:
    """Keyword-only arguments are what YAML may set; resources and the rest of the signature are not."""
    described = component_of(typos)
    assert (described.kind, described.name, described.version) == ("perturbation", "typos", 3)
    assert described.summary == "Mistype some words."
    assert list(described.parameters) == ["severity", "how"]
    assert described.parameters["severity"].annotation == Annotated[int, Interval(ge=0, le=5)]
    assert described.parameters["how"].default == "a"
    assert described.facts == {"applies_to": ("classification",), "resources": ("words",)}
    assert described.function is typos


def test_defaults_are_filled_in_for_the_key() -> None:
    """So that leaving a parameter out and writing its default are the same."""
    described = component_of(typos)
    assert described.filled({}) == described.filled({"severity": 3}) == {"severity": 3, "how": "a"}
    assert described.filled({"how": "b"})["how"] == "b"


def test_components_are_collected_where_they_are_defined() -> None:
    """Not where they are imported; and a module that imports the registry is not taken for one."""
    here = module(typos.__module__, typos=typos, registry=registry, other=42, component=component)
    elsewhere = module("elsewhere", typos=typos)
    assert collect([here, elsewhere]) == [component_of(typos)]


def test_two_components_of_one_kind_and_name_are_refused() -> None:
    with pytest.raises(PluginError, match="two components of kind pooler are named 'mean'"):
        Catalogue([named("pooler", "mean"), named("metric", "mean"), named("pooler", "mean")])


def test_a_catalogue_finds_by_kind_and_name() -> None:
    catalogue = Catalogue([named("pooler", "mean"), named("pooler", "cls"), named("shift", "domain")])
    assert catalogue.kinds() == ["pooler", "shift"]
    assert list(catalogue.of("pooler")) == ["cls", "mean"]
    assert catalogue.of("head") == {}
    assert catalogue.get("shift", "domain").name == "domain"
    found = catalogue.find("domain", ("pooler", "shift"))
    assert found is not None
    assert found.kind == "shift"
    assert catalogue.find("domain", ("pooler", "head")) is None
    with pytest.raises(KeyError):
        catalogue.get("pooler", "domain")


def test_a_catalogue_cannot_be_changed_through_what_it_gives() -> None:
    catalogue = Catalogue([named("pooler", "mean")])
    catalogue.of("pooler").clear()  # type: ignore[attr-defined]
    assert list(catalogue.of("pooler")) == ["mean"]


@pytest.mark.parametrize(("typed", "said"), [("men", "Did you mean 'mean'?"), ("keyboard", ""), ("", "")])
def test_the_nearest_name_is_offered_if_one_is_near(typed: str, said: str) -> None:
    assert nearest(typed, ["mean", "max", "cls"]) == said


def test_a_parameter_may_have_a_name_that_python_keeps_for_itself() -> None:
    """It ends in an underscore in Python, and has none in a suite."""

    @component("shift", "there")
    def there(sizes: int, *, from_: str = "here", to: str = "there") -> str:
        return f"{sizes} {from_}>{to}"

    described = component_of(there)
    assert list(described.parameters) == ["from", "to"]
    assert described(3, **described.filled({"from": "a"})) == "3 a>there"
