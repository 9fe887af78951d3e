"""Perturbations of lists of words: each word keeps its place, so that it keeps its tag."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.catalogue import catalogue
from harness.conditions.cut import perturb_words, recut
from harness.conditions.edits import Edit
from harness.core.inputs import Words
from harness.core.records import Perturbation

WORDS = ("Anna", "Berg", "flew", "to", "Oslo", ".")


def after(*edits: Edit) -> list[tuple[str, int | None]]:
    words, was = recut(WORDS, edits)
    return list(zip(words, was, strict=True))


SAME: list[tuple[str, int | None]] = [(word, place) for place, word in enumerate(WORDS)]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ((), SAME),
        ((Edit(0, 4, "Amma"),), [("Amma", 0), *SAME[1:]]),
        ((Edit(5, 9, "Be rg"),), [SAME[0], ("Be rg", 1), *SAME[2:]]),
        ((Edit(4, 5, ""),), SAME),
        ((Edit(0, 5, "Anna"),), SAME),
        ((Edit(23, 24, ""),), SAME[:5]),
        ((Edit(17, 24, ""),), SAME[:4]),
        ((Edit(0, 9, "Mira Holm"),), [("Mira", 0), ("Holm", 1), *SAME[2:]]),
        ((Edit(0, 9, "Anna van Berg"),), [("Anna", 0), ("van", None), ("Berg", 1), *SAME[2:]]),
        ((Edit(0, 0, "So then "),), [("So", None), ("then", None), *SAME]),
        ((Edit(24, 24, " The end"),), [*SAME, ("The", None), ("end", None)]),
        ((Edit(0, 24, ""),), [("", 0)]),
        ((Edit(0, 1, "H"), Edit(3, 4, "e")), [("Hnne", 0), *SAME[1:]]),
    ],
)
def test_words_after_edits_know_what_they_were(edits: tuple[Edit, ...], expected: list[Any]) -> None:
    assert after(*edits) == expected


@given(st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24), st.text("ab ", max_size=6)), max_size=4))
@settings(max_examples=100)
def test_words_keep_their_order_and_none_is_there_twice(given_: list[tuple[int, int, str]]) -> None:
    edits, end = [], -1
    for a, b, text in sorted((min(a, b), max(a, b), text) for a, b, text in given_):
        if a > end:
            edits.append(Edit(a, b, text))
            end = b
    words, was = recut(WORDS, edits)
    known = [place for place in was if place is not None]
    assert words
    assert known == sorted(set(known))


MISSPELLINGS = ("keyboard", "ocr", "lowercase", "uppercase", "segmentation", "diacritics")


@pytest.mark.parametrize("name", MISSPELLINGS)
def test_misspellings_leave_as_many_words_as_there_were(name: str) -> None:
    component = catalogue().get("perturbation", name)
    filled = component.filled({"severity": 5})
    decides = {key: value for key, value in filled.items() if key not in ("apply", "draws")}
    lists = [Words(("Their", "Naïve", "manager", "received", "business", "letters", "from", "Stockholm", "."))]
    (found,) = perturb_words(lists, (Perturbation(name, component.version, decides, 0),), catalogue())
    assert found.was == tuple(range(9))
    assert found.words != lists[0]
    assert len(found.words.words) == 9
