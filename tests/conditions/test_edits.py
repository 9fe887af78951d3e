"""The engine: edits go in, a text comes out."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.conditions.edits import Edit, Perturbed, apply_edits, perturb
from harness.core.errors import DataError
from harness.core.records import Perturbation
from harness.core.registry import Catalogue, Component, component
from tests.fakes.components import component_of


def test_edits_are_made() -> None:
    assert apply_edits("the cat sat", [Edit(0, 3, "A"), Edit(8, 11, "is lying")]) == "A cat is lying"


def test_edits_may_come_in_any_order() -> None:
    edits = [Edit(8, 11, "lay"), Edit(0, 0, "So "), Edit(4, 7, "")]
    assert apply_edits("the cat sat", edits) == apply_edits("the cat sat", edits[::-1])
    assert apply_edits("the cat sat", edits) == "So the  lay"


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


@settings(deadline=None)
@given(texts_with_edits())
def test_what_no_edit_names_stays_as_it_was(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    pieces, end = "", 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        pieces, end = pieces + text[end : edit.start] + edit.replacement, edit.end
    assert apply_edits(text, edits) == pieces + text[end:]


def fixed(name: str, edits: list[Edit]) -> Component:
    """A perturbation that makes these edits, whatever the text."""

    @component("perturbation", name)
    def function(text: str, rng: Random) -> list[Edit]:
        return edits

    return component_of(function)


@settings(deadline=None)
@given(st.data())
def test_two_perturbations_are_made_one_after_the_other(data: st.DataObject) -> None:
    text, first = data.draw(texts_with_edits())
    middle = apply_edits(text, first)
    _, second = data.draw(texts_with_edits(middle))
    made = {"one": fixed("one", first), "two": fixed("two", second)}
    (result,) = perturb([text], [Perturbation(n, 1, {}, 0) for n in made], Catalogue(made.values()))
    assert result == Perturbed(apply_edits(middle, second), (*first, *second))


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
        perturb(["text"], [key], Catalogue(made.values()))
    perturb(["other"], [default], Catalogue(made.values()))
    assert len(set(drawn)) == 6
    perturb(["text"], [Perturbation("a", 1, {"severity": 1}, 0)], Catalogue(made.values()))
    assert drawn[-1] == drawn[0]


@pytest.mark.parametrize("bad", [None, float("nan"), 7, b"bytes", ["list"], "half \ud83d of an emoji"])
def test_what_is_no_text_is_named_by_its_row(bad: object) -> None:
    with pytest.raises(DataError, match=r"text 2\b.*(expected text|lone surrogate)"):
        perturb(["fine", bad, "fine"], [], Catalogue([]))  # type: ignore[list-item]
