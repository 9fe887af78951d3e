"""Slices mask test items; a control is matched to them."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.catalogue import catalogue
from harness.conditions import matched_control, slices
from harness.conditions.slices import fertility, length, longer_than_read, out_of_vocabulary, rare_words
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


def test_length_takes_the_texts_with_most_words() -> None:
    """However long these are; as many as asked for, and none that is no longer than the median."""
    texts = ["a b c d e", "extraordinarily long-winded", "a b c", "a b", "a", "a b c d"]
    assert length(examples(texts), share=0.34).tolist() == [True, False, False, False, False, True]
    assert length(examples(texts), share=1.0).tolist() == [True, False, True, False, False, True]
    assert not length(examples(["a b", "c d", "e f", ""]), share=1.0).any()


def test_fertility_is_subwords_by_words() -> None:
    """Not the number of subwords; a text of one a word, or without words, is never in."""
    test = examples(["a b c d e f", "ab cd", "abc", "a b", "", "…"])
    n_subwords = np.array([9, 4, 3, 2, 0, 1])
    assert fertility(test, share=0.2, n_subwords=n_subwords).tolist() == [False, False, True, False, False, False]
    assert fertility(test, share=1.0, n_subwords=n_subwords).tolist() == [True, True, True, False, False, False]


def test_out_of_vocabulary_takes_the_largest_share_of_words_that_were_not_learnt() -> None:
    """In any case and any script; numbers and signs are no words, and a text of known words is never in."""
    known = ("The food was GOOD!", "עולם שלום", "a naïve waiter")
    texts = ["the pasta was good", "pasta 7", "good food, 42 times", "שלום חבר", "NAÏVE food!", "", "😀 9"]
    test = examples(texts)
    assert out_of_vocabulary(test, share=0.15, known_texts=known).tolist() == [False, True, *[False] * 5]
    everything = [True, True, True, True, False, False, False]  # "times" is not known
    assert out_of_vocabulary(test, share=1.0, known_texts=known).tolist() == everything
    assert not out_of_vocabulary(test, share=1.0, known_texts=tuple(texts)).any()


@pytest.mark.parametrize("name", ["length", "fertility", "out-of-vocabulary"])
def test_the_new_slices_do_not_depend_on_the_order(name: str) -> None:
    """Ties at the border go by a hash."""
    test = examples(["one new word here"] * 20 + ["one"] * 21)
    component = catalogue().get("slice", name)

    def chosen(some: Examples) -> set[str]:
        resources = {"n_subwords": np.array([7 if " " in t else 1 for t in some.text]), "known_texts": ("one",)}
        given = {name: resources[name] for name in component.facts["resources"]}
        mask = component(some, **component.filled({}), **given)
        return {some.items[i] for i in np.flatnonzero(mask)}

    assert len(chosen(test)) == 10
    assert chosen(test.take(random.Random(0).sample(range(41), 41))) == chosen(test)


def test_longer_than_read_takes_what_does_not_fit() -> None:
    test = examples(["a", "b", "c"])
    assert longer_than_read(test, n_tokens=[255, 256, 257], max_length=256).tolist() == [False, False, True]
    with pytest.raises(ValueError, match="2 entries for 3 items"):
        longer_than_read(test, n_tokens=[1, 2], max_length=256)


def test_slices_say_what_their_control_is_matched_on() -> None:
    facts = {c.name: c.facts["matched_on"] for c in collect([slices])}
    assert facts == {
        "rare-words": ("label", "length"),
        "longer-than-read": ("label",),
        "length": ("label",),
        "fertility": ("label", "length"),
        "out-of-vocabulary": ("label", "length"),
    }


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
