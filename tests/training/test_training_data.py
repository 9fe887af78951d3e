"""The held-out part: whole clusters, in proportion over labels, the same for a seed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.data import Examples
from harness.encoders.tokens import Tokens
from harness.training.data import Row, held_out_of, parts_of


def examples(labels: list[str], clusters: list[str] | None = None) -> Examples:
    items = tuple(str(number) for number in range(len(labels)))
    return Examples(items, tuple(clusters or items), {"text": items}, tuple(labels))


def test_each_label_gives_its_share() -> None:
    labels = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    held_out = held_out_of(examples(labels), 0.1, 0)
    assert Counter(labels[place] for place in held_out) == {"a": 6, "b": 3, "c": 1}


def test_of_classes_of_one_text_none_is_held_out() -> None:
    labels = [f"c{number}" for number in range(30)] + ["a"] * 20
    assert Counter(labels[place] for place in held_out_of(examples(labels), 0.1, 0)) == {"a": 2}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 12)), min_size=1, max_size=60),
    st.floats(0.0, 0.5),
    st.integers(0, 3),
)
def test_clusters_stay_whole_and_a_label_of_its_own_is_never_held_out_whole(
    rows: list[tuple[str, int]], share: float, seed: int
) -> None:
    """Whatever labels and clusters are, no cluster is on both sides, and something is left to learn from."""
    whole = examples([label for label, _ in rows], [f"{label}{cluster}" for label, cluster in rows])
    held_out = held_out_of(whole, share, seed)
    inside = {whole.clusters[place] for place in held_out}
    left = {cluster for place, cluster in enumerate(whole.clusters) if place not in held_out}
    assert not inside & left
    assert {cluster[0] for cluster in left} == set(whole.labels or ())


def test_a_cluster_of_two_labels_is_held_out_as_a_whole() -> None:
    whole = examples(["a", "a", "b"] * 20, [str(number // 3) for number in range(60)])
    held_out = held_out_of(whole, 0.25, 0)
    assert len(held_out) == 15
    assert len({whole.clusters[place] for place in held_out}) == 5


mixed = st.lists(st.tuples(st.sampled_from("aaaabbbbc"), st.integers(0, 9)), min_size=1, max_size=40)


@given(mixed, st.floats(0.2, 0.5), st.integers(0, 3))
def test_every_label_is_learnt_from_where_clusters_are_of_several(
    rows: list[tuple[str, int]], share: float, seed: int
) -> None:
    """A label may occur only inside clusters of commoner ones."""
    whole = examples([label for label, _ in rows], [str(cluster) for _, cluster in rows])
    held_out = held_out_of(whole, share, seed)
    assert {label for place, (label, _) in enumerate(rows) if place not in held_out} == set(whole.labels or ())


def test_a_cluster_with_the_last_of_a_rare_label_is_passed_over_for_another() -> None:
    """The share is still filled."""
    labels = ["a", "a", "a", "a", "c"] + ["a", "a", "a", "a", "a"] * 9
    whole = examples(labels, [str(number // 5) for number in range(50)])
    for seed in range(10):
        held_out = held_out_of(whole, 0.4, seed)
        assert len(held_out) == 20
        assert 4 not in held_out


def test_a_cluster_that_is_most_of_a_label_is_learnt_from() -> None:
    """Holding it out would leave next to nothing; the small ones are taken instead."""
    whole = examples(["a"] * 100, ["big"] * 80 + [str(number) for number in range(20)])
    held_out = held_out_of(whole, 0.1, 0)
    assert len(held_out) == 10
    assert all(whole.clusters[place] != "big" for place in held_out)


def test_the_seed_chooses_and_the_order_of_rows_does_not() -> None:
    whole = examples(["a", "b"] * 50)
    turned = whole.take(list(reversed(range(100))))

    def held_out(of: Examples, seed: int) -> set[str]:
        return {of.items[place] for place in held_out_of(of, 0.2, seed)}

    assert held_out(whole, 0) == held_out(turned, 0)
    assert held_out(whole, 0) != held_out(whole, 1)


def test_the_order_of_rows_does_not_choose_who_keeps_the_last_of_a_label() -> None:
    """Two clusters, of one label each but for the only two examples of a third: one of them is held out."""
    whole = examples(list("aacaaabbcbbb"), [cluster for cluster in "xyzw" for _ in range(3)])
    turned = whole.take(list(reversed(range(12))))
    for seed in range(20):
        held_out, again = held_out_of(whole, 0.5, seed), held_out_of(turned, 0.5, seed)
        assert {whole.items[place] for place in held_out} == {turned.items[place] for place in again}
        assert not {2, 8} <= held_out


@pytest.mark.parametrize("share", [0.0, 0.001])
def test_nothing_is_held_out_where_the_share_is_nothing(share: float) -> None:
    assert held_out_of(examples(["a", "b"] * 50), share, 0) == set()


def test_the_parts_are_all_rows_once_and_the_held_out_ones_sorted_by_length() -> None:
    held_out = held_out_of(examples(["a", "b"] * 20), 0.25, 0)
    rows = [Row((Tokens(tuple(range(1 + number % 7)), 7),), number) for number in range(40)]
    parts = parts_of(rows, held_out)
    assert sorted(row.target for row in [*parts.train, *parts.validation]) == list(range(40))
    lengths = [len(row.tokens.ids) for row in parts.validation]
    assert lengths == sorted(lengths, reverse=True)
    assert len(lengths) == 10
