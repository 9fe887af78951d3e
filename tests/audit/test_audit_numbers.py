"""What is counted: copies, leaks, misspellings, lengths, sizes, the margin of the gate."""

import random
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audit import sizes
from harness.audit.audit import copies, leak, n_shared
from harness.audit.texts import Spelling, lengths, spelling
from harness.tasks.text import near

TEXTS = ["a b", "A  b", "c", "c", "", "d", "A b"]
LABELS = ["x", "x", "x", "y", "x", "y", ""]


def test_copies_are_texts_alike_but_for_case_and_spaces() -> None:
    """Blank texts are no copies, and a missing label is no other label."""
    found = copies(TEXTS, LABELS, [2, 3, 4, 5, 6, 7, 8])
    assert (found.n_repeated, found.n_texts_repeated) == (3, 2)
    assert found.conflicts == ((4, 5),)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Order 17 is late!", "order 2,345 is late", True),
        ("Straße 1", "STRASSE 2", True),
        ("order late", "order is late", False),
        ("12", "13", False),  # nothing but digits: the text itself
        ("!!!", "???", False),
        ("AB-1234", "AB-1235", False),  # more digits than letters: they are its name
        ("हिन्दी किताब 1", "हिन्दी किताब 2", True),
        ("की", "को", False),  # a vowel sign makes another word
        ("❤️", "☀️", False),  # a variation selector is no letter
        ("great ❤️", "Great!", True),
    ],
)
def test_near_copies(one: str, other: str, alike: bool) -> None:
    assert (near(one) == near(other)) is alike


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12), st.sampled_from([0.2, 0.3, 0.5]))
def test_the_expected_leak_is_that_of_many_random_splits(keys: list[str], test_share: float) -> None:
    """Of the rows that land in test, those with their like among the others that land in train."""
    rng = random.Random(0)
    leaked = n_test = 0
    for _ in range(1500):
        in_test = [rng.random() < test_share for _ in keys]
        train = {key for key, test in zip(keys, in_test, strict=True) if not test}
        n_test += sum(in_test)
        leaked += sum(test and key in train for key, test in zip(keys, in_test, strict=True))
    assert leak(keys, test_share) == pytest.approx(leaked / n_test, abs=0.08)


def test_nothing_leaks_where_nothing_is_shared() -> None:
    assert leak(["a", "b"], 0.3) == 0
    assert leak([], 0.3) == 0
    assert n_shared(["a", "b"], ["b", "b", "c"]) == 2


@pytest.mark.usefixtures("small_assets")
def test_misspellings_are_looked_up_word_by_word() -> None:
    """Words of four letters or more, in any case, outside of addresses."""
    found = spelling(["I Recieved the adress at x@recieved.com", "and it is fine now"])
    assert (found.n_texts, found.n_words, found.n_misspelt) == (2, 3, 2)


@pytest.mark.parametrize(
    ("n_misspelt", "said"),
    [
        (0, "below severity 1"),
        (8, "below severity 1"),
        (20, "about severity 1"),
        (130, "about severity 3"),
        (900, "about severity 5"),
    ],
)
def test_misspellings_are_set_beside_the_severities(n_misspelt: int, said: str) -> None:
    assert Spelling(1, 1000, n_misspelt).severity == said
    assert Spelling(1, 0, 0).share == 0


@pytest.mark.usefixtures("small_assets")
def test_lengths_are_those_of_the_tokenizer() -> None:
    found = lengths(["a"] * 19 + ["a " * 300])
    assert (found.n_texts, found.median, found.longest, found.read) == (20, 3, 302, 256)
    assert found.cut == ((128, 0.05), (256, 0.05), (512, 0.0))
    assert found.recommended == 128
    assert lengths(["a " * 300]).recommended == 512
    assert lengths(["a " * 900]).recommended == 512


@pytest.mark.assets
def test_the_packaged_dictionary_is_of_misspellings() -> None:
    found = spelling(["we have recieved your adress becuase", "we have received your address because"])
    assert (found.n_words, found.n_misspelt) == (10, 3)


@given(st.integers(2, 10**6), st.integers(2, 10**6), st.floats(3, 512), st.booleans())
def test_samples_keep_to_the_budget(n_train: int, n_test: int, tokens: float, long: bool) -> None:
    """But for the least that a suite can do with; more than a few thousand texts nobody needs."""
    found = sizes.samples(n_train, n_test, tokens, long=long)
    assert 50 <= found.train <= 2000
    assert 50 <= found.test <= 2000
    assert found.minutes <= sizes.BUDGET_S / 60 or min(found.train, found.test) == 50


def test_long_texts_get_smaller_samples() -> None:
    short, long = (sizes.samples(9999, 9999, tokens, long=tokens > 128) for tokens in (20, 256))
    assert (short.train, short.test) == (2000, 2000)
    assert 300 <= long.test < 600


@pytest.mark.parametrize(
    ("counts", "rows"),
    [
        ([500, 400, 20], None),
        ([500, 400, 19], 20),
        ([30, 30, 15, 15, 15], None),  # at 20 half of it would go, at 10 nothing has to
        ([30, 30, 8, 8, 8, 2], 5),
        ([12, 11, 3], None),  # whatever is chosen, too much would go
        ([500, 3], None),  # one class would be left
    ],
)
def test_classes_that_are_too_small_are_left_out(counts: list[int], rows: int | None) -> None:
    assert sizes.min_class({str(i): n for i, n in enumerate(counts)}) == rows


@pytest.mark.parametrize(("n_test", "n_checks"), [(400, 1), (1000, 3)])
def test_the_visible_loss_is_seen_in_four_of_five_cases(n_test: int, n_checks: int) -> None:
    """Played through: a tenth of the items change, so many more for the worse, and the paired test is asked."""
    from scipy.stats import binom

    margin = sizes.margin([1] * n_test, n_checks)
    loss, rng = sizes.visible_loss([1] * n_test, n_checks, margin), np.random.default_rng(0)
    worse, better = (0.1 + loss) / 2, (0.1 - loss) / 2
    draws = rng.multinomial(n_test, [worse, better, 1 - worse - better], size=4000)
    p = (
        binom.cdf(draws[:, 1], draws[:, 0] + draws[:, 1], 0.5)
        - binom.pmf(draws[:, 1], draws[:, :2].sum(axis=1), 0.5) / 2
    )
    beyond = draws[:, 0] - draws[:, 1] > margin * n_test + 1e-6
    assert fmean((p < 0.05 / n_checks) & beyond) == pytest.approx(0.8, abs=0.02)


def test_what_groups_can_see_is_what_the_gate_says_of_them() -> None:
    """Its smallest visible loss for a run in which nothing changed: few groups show less than as many texts."""
    from harness.stats import assumed, visible_loss

    groups = [7] * 20 + [1] * 60
    said = sizes.visible_loss(groups, 3, 0.05)
    assert said == visible_loss(assumed(groups), margin=0.05, alpha=0.05 / 3)
    assert said > sizes.visible_loss([1] * 200, 3, 0.05)


@pytest.mark.parametrize(("n_test", "margin"), [(1100, 0.02), (974, 0.025), (100_000, 0.01), (30, 0.135), (2, 0.5)])
def test_the_margin_is_the_largest_loss_that_may_be_chance(n_test: int, margin: float) -> None:
    """Rounded up to half a point; never below one point, nor above what a suite may say."""
    assert sizes.margin([1] * n_test, 3) == margin
