"""The engine: edits go in, text and spans come out."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.conditions import Edit, Perturbed, apply_edits, perturb
from harness.core.records import Perturbation
from harness.core.registry import Component, component
from tests.fakes.components import component_of


def test_edits_are_made_and_their_spans_logged() -> None:
    result = apply_edits("the cat sat", [Edit(0, 3, "A"), Edit(8, 11, "is lying")])
    assert result == Perturbed("A cat is lying", (((0, 3), (0, 1)), ((8, 11), (6, 14))))


def test_edits_may_come_in_any_order() -> None:
    edits = [Edit(8, 11, "lay"), Edit(0, 0, "So "), Edit(4, 7, "")]
    assert apply_edits("the cat sat", edits) == apply_edits("the cat sat", edits[::-1])
    assert apply_edits("the cat sat", edits).text == "So the  lay"


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(0, 3, "x"), Edit(2, 5, "y")],
        [Edit(1, 2, "x"), Edit(1, 2, "y")],
        [Edit(5, 12, "x")],
        [Edit(-1, 2, "x")],
        [Edit(3, 2, "x")],
    ],
    ids=["overlap", "same place", "beyond the end", "before the start", "backwards"],
)
def test_edits_that_cannot_be_made_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlaps another or leaves the text"):
        apply_edits("the cat sat", edits)


@st.composite
def texts_with_edits(draw: st.DrawFn, text: str | None = None) -> tuple[str, list[Edit]]:
    text = draw(st.text(max_size=30)) if text is None else text
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(places[::2], places[1::2], strict=False)
    return text, [Edit(start, end, draw(st.text(max_size=4))) for start, end in pairs]


def assert_spans_project(clean: str, result: Perturbed) -> None:
    """What lies between the spans is the same on both sides, and the spans cover the rest."""
    before, after = 0, 0
    for (start, end), (new_start, new_end) in result.spans:
        assert clean[before:start] == result.text[after:new_start]
        before, after = end, new_end
    assert clean[before:] == result.text[after:]


@settings(deadline=None)
@given(texts_with_edits())
def test_spans_lead_from_clean_to_perturbed_text(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    result = apply_edits(text, edits)
    assert_spans_project(text, result)
    assert [clean for clean, _ in result.spans] == sorted((e.start, e.end) for e in edits)
    replaced = sorted(result.text[start:end] for _, (start, end) in result.spans)
    assert replaced == sorted(e.replacement for e in edits)


def fixed(name: str, edits: list[Edit]) -> Component:
    """A perturbation that makes these edits, whatever the text."""

    @component("perturbation", name)
    def function(text: str, rng: Random) -> list[Edit]:
        return edits

    return component_of(function)


@settings(deadline=None)
@given(st.data())
def test_spans_of_two_perturbations_lead_from_the_clean_to_the_last_text(data: st.DataObject) -> None:
    text, first = data.draw(texts_with_edits())
    middle = apply_edits(text, first).text
    _, second = data.draw(texts_with_edits(middle))
    made = {"one": fixed("one", first), "two": fixed("two", second)}
    (result,) = perturb([text], [Perturbation(n, 1, {}, 0) for n in made], made.__getitem__)
    assert result.text == apply_edits(middle, second).text
    assert_spans_project(text, result)


def test_edits_far_apart_stay_two_spans() -> None:
    """Spans of two perturbations merge only where they touch."""
    made = {"one": fixed("one", [Edit(0, 1, "aa")]), "two": fixed("two", [Edit(5, 6, "")])}
    (result,) = perturb(["0123456"], [Perturbation(n, 1, {}, 0) for n in made], made.__getitem__)
    assert result == Perturbed("aa12356", (((0, 1), (0, 2)), ((4, 5), (5, 5))))


def test_a_draw_depends_on_every_part_of_the_key() -> None:
    """Text, name, version, parameters, draw seed: each gives another draw. Naming a default does not."""
    drawn: list[float] = []

    def function(text: str, rng: Random, *, severity: int = 1) -> list[Edit]:
        drawn.append(rng.random())
        return []

    made = {n: component_of(component("perturbation", n)(function)) for n in ("a", "b")}
    default = Perturbation("a", 1, {}, 0)
    for key in [
        default,
        Perturbation("b", 1, {}, 0),
        Perturbation("a", 2, {}, 0),
        Perturbation("a", 1, {"severity": 2}, 0),
        Perturbation("a", 1, {}, 1),
    ]:
        perturb(["text"], [key], made.__getitem__)
    perturb(["other"], [default], made.__getitem__)
    assert len(set(drawn)) == 6
    perturb(["text"], [Perturbation("a", 1, {"severity": 1}, 0)], made.__getitem__)
    assert drawn[-1] == drawn[0]
