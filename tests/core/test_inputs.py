"""Inputs as bytes: no two inputs have the same."""

from hypothesis import given
from hypothesis import strategies as st

from harness.core.inputs import Input, Pair, Words, as_text, input_bytes

texts = st.text(alphabet="ab \x00é", max_size=4)
pairs = st.builds(Pair, texts, texts)
lists = st.builds(Words, st.lists(texts, max_size=4).map(tuple))
inputs = st.one_of(texts, pairs, lists)


def test_a_text_keeps_its_own_bytes() -> None:
    assert input_bytes("naïve") == "naïve".encode()


def test_where_a_text_ends_is_told() -> None:
    assert input_bytes(Pair("a b", "c")) != input_bytes(Pair("a", "b c"))
    assert input_bytes(Words(("a b", "c"))) != input_bytes(Words(("a", "b c")))
    assert len({input_bytes(one) for one in ("a b", Pair("a", "b"), Words(("a", "b")), Words(("a b",)))}) == 4


@given(inputs, inputs)
def test_the_bytes_of_two_inputs_are_equal_where_they_are(one: Input, other: Input) -> None:
    assert (input_bytes(one) == input_bytes(other)) == (one == other)


def test_any_input_as_one_text() -> None:
    assert [as_text(one) for one in ("a b", Pair("a", "b"), Words(("a", "b")))] == ["a b"] * 3
