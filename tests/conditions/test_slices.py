"""Slices mask test items; a control is matched to them."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.conditions import matched_control, slices
from harness.conditions.slices import longer_than_read, rare_words
from harness.core.data import Examples
from harness.core.registry import collect


def examples(texts: list[str]) -> Examples:
    items = tuple(f"item-{i}" for i in range(len(texts)))
    return Examples(items, items, {"text": tuple(texts)})


def test_rare_words_takes_the_texts_with_the_largest_share() -> None:
    """The share counts, not the number of rare words."""
    texts = [
        "the xylophagous obscurantist",
        "the obscurantist is in the house today",
        "it is good",
        "we saw it",
    ]
    assert rare_words(examples(texts), share=0.25).tolist() == [True, False, False, False]
    assert rare_words(examples(texts), share=0.5).tolist() == [True, True, False, False]


def test_a_text_without_rare_words_is_never_in() -> None:
    assert not rare_words(examples(["it is good", "", "we saw it", "… 😀 42"]), share=1.0).any()


def test_only_words_of_letters_count() -> None:
    """Numbers, handles with digits and contractions are no words, however rare they are."""
    texts = ["the xq7zz y'allzz 99812 zz_qq", "the obscurantist"]
    assert rare_words(examples(texts), share=1.0).tolist() == [False, True]
    assert rare_words(examples(["say 'obscurantist' twice"]), share=1.0).tolist() == [True]


def test_zipf_sets_how_rare_is_rare() -> None:
    texts = ["a pleasant house", "the the the"]
    assert rare_words(examples(texts), zipf=3.0, share=1.0).tolist() == [False, False]
    assert rare_words(examples(texts), zipf=5.5, share=1.0).tolist() == [True, False]


def test_ties_at_the_border_do_not_depend_on_the_order() -> None:
    test = examples(["one obscurantist"] * 20)
    chosen = {test.items[i] for i in np.flatnonzero(rare_words(test))}
    order = random.Random(0).sample(range(20), 20)
    shuffled = test.take(order)
    assert {shuffled.items[i] for i in np.flatnonzero(rare_words(shuffled))} == chosen
    assert len(chosen) == 5


def test_longer_than_read_takes_what_does_not_fit() -> None:
    test = examples(["a", "b", "c"])
    assert longer_than_read(test, n_tokens=[255, 256, 257], max_length=256).tolist() == [False, False, True]
    with pytest.raises(ValueError, match="2 entries for 3 items"):
        longer_than_read(test, n_tokens=[1, 2], max_length=256)


def test_slices_say_what_their_control_is_matched_on() -> None:
    facts = {c.name: c.facts["matched_on"] for c in collect([slices])}
    assert facts == {"rare-words": ("label", "length"), "longer-than-read": ("label",)}


def names(n: int) -> list[str]:
    return [f"item-{i}" for i in range(n)]


def test_a_control_has_the_label_and_nearly_the_length() -> None:
    mask = [True, True, False, False, False, False]
    slice_index, control_index = matched_control(mask, list("ababab"), [10, 20, 12, 19, 11, 25], names(6))
    assert (slice_index.tolist(), control_index.tolist()) == ([0, 1], [4, 3])


def test_an_item_without_a_partner_is_left_out() -> None:
    """Too long by more than half, no such label, or the only partner is taken."""
    mask = [True, True, True, True, False, False]
    labels = ["a", "b", "c", "c", "a", "c"]
    slice_index, control_index = matched_control(mask, labels, [16, 5, 7, 7, 10, 7], names(6))
    assert control_index.tolist() == [5]
    assert slice_index.tolist() in ([2], [3])
    (one, _) = matched_control(mask, labels, [15, 5, 7, 7, 10, 7], names(6))
    assert 0 in one


def test_without_lengths_only_the_label_must_agree() -> None:
    slice_index, control_index = matched_control([True, False, False], ["a", "b", "a"], None, names(3))
    assert (slice_index.tolist(), control_index.tolist()) == ([0], [2])


@pytest.mark.parametrize("mask", [[True, True], [False, False]])
def test_where_nothing_pairs_up_the_indices_are_empty(mask: list[bool]) -> None:
    slice_index, control_index = matched_control(mask, ["a", "a"], [1, 1], names(2))
    assert len(slice_index) == len(control_index) == 0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.integers(0, 60)), max_size=40),
    st.randoms(use_true_random=False),
)
def test_controls_are_outside_unused_alike_and_free_of_the_order(
    rows: list[tuple[bool, str, int]], shuffler: random.Random
) -> None:
    items = names(len(rows))

    def match(order: list[int]) -> set[tuple[str, str]]:
        mask, labels, lengths = (np.array([rows[i][k] for i in order]) for k in range(3))
        pairs = matched_control(mask, labels.tolist(), lengths.tolist(), [items[i] for i in order])
        chosen, control = (index.tolist() for index in pairs)
        assert len(set(control)) == len(control)
        for i, j in zip(chosen, control, strict=True):
            assert mask[i]
            assert not mask[j]
            assert labels[i] == labels[j]
            a, b = max(1, lengths[i]), max(1, lengths[j])
            assert max(a, b) <= 1.5 * min(a, b)
        return {(items[order[i]], items[order[j]]) for i, j in zip(chosen, control, strict=True)}

    straight = list(range(len(rows)))
    assert match(straight) == match(shuffler.sample(straight, len(rows)))
