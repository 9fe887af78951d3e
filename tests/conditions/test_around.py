"""A changed text as it is looked at: whole where it is short, what is around the edits where it is long."""

from hypothesis import given
from hypothesis import strategies as st

from harness.conditions.around import MOST, SIDE, around
from harness.conditions.edits import Edit, apply_edits
from harness.core.data import Piece

LONG = "so many words " * 1000


def before(pieces: tuple[Piece, ...]) -> str:
    return "".join(one if isinstance(one, str) else one[0] for one in pieces)


def now(pieces: tuple[Piece, ...]) -> str:
    return "".join(one if isinstance(one, str) else one[1] for one in pieces)


def test_a_short_text_is_shown_whole() -> None:
    edits = [Edit(4, 8, "kjnd"), Edit(15, 15, "!")]
    assert around("the kind waiter", "the kjnd waiter!", edits) == ("the ", ("kind", "kjnd"), " waiter", ("", "!"))


def test_of_a_long_text_whole_words_around_each_edit_are_shown() -> None:
    at = [LONG.index("many", 500), LONG.index("many", 5000)]
    edits = [Edit(place, place + 4, "mnay") for place in at]
    first, edit, between, other, last = around(LONG, apply_edits(LONG, edits), edits)
    assert edit == other == ("many", "mnay")
    assert isinstance(first, str)
    assert isinstance(between, str)
    assert isinstance(last, str)
    assert first.startswith("… ")
    assert first.endswith(" so ")
    assert " … " in between
    assert last.startswith(" words ")
    assert last.endswith(" …")
    assert max(len(first), len(last)) <= SIDE + 1
    assert len(between) <= 2 * SIDE + 1


def test_a_long_edit_is_shown_by_its_ends() -> None:
    edit, rest = around("text", LONG + "text", [Edit(0, 0, LONG)])
    put_in = now((edit,))
    assert put_in.startswith("so many words")
    assert put_in.endswith("so many words ")
    assert "…" in put_in
    assert len(put_in) <= 2 * SIDE + 1
    assert rest == "text"


def test_of_many_edits_the_first_are_shown() -> None:
    edits = [Edit(i, i + 1, LONG[i].upper()) for i in range(0, len(LONG), 2)]
    pieces = around(LONG, apply_edits(LONG, edits), edits)
    assert len(before(pieces)) + len(now(pieces)) < 3 * MOST
    assert before(pieces).endswith("…")


def test_edits_of_several_perturbations_are_shown_as_one() -> None:
    """They speak of texts in between."""
    pieces = around("the kind waiter", "the kjnd WAITER", [Edit(4, 8, "kjnd"), Edit(9, 99, "WAITER")])
    assert pieces == ("the k", ("ind waiter", "jnd WAITER"))


@given(st.text(), st.text(), st.data())
def test_what_is_shown_of_any_short_text_is_that_text(text: str, other: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    edit = Edit(start, end, other)
    changed = apply_edits(text, [edit])
    pieces = around(text, changed, [edit])
    if len(text) <= SIDE and len(other) <= SIDE:
        assert (before(pieces), now(pieces)) == (text, changed)
    unseen = around(text, changed, ())
    if text != changed and len(text) <= SIDE and len(other) <= SIDE:
        assert (before(unseen), now(unseen)) == (text, changed)
    assert around(text, text, ()) == ((text,) if text and len(text) <= 2 * SIDE else around(text, text, ()))
