"""Shifts give pairs of domains; readings give another tokenization."""

import math
from typing import Any

import pytest

from harness.catalogue import catalogue
from harness.conditions.readings import max_length
from harness.conditions.shifts import N_IN_ALL, domain, domain_matrix, leave_one_out
from harness.core.errors import DataError
from harness.core.records import Tokenization
from harness.core.truncation import Truncation, Windows

SIZES = {"tweets": 4200, "movies": 10605, "products": 3708, "editorials": 5190}


def test_the_largest_domain_is_trained_on_and_the_others_are_tested() -> None:
    assert domain(SIZES) == [(("movies",), "editorials"), (("movies",), "tweets"), (("movies",), "products")]


def test_the_four_largest_others_are_tested_and_ties_go_by_name() -> None:
    sizes = {"f": 1, "e": 5, "d": 5, "c": 5, "b": 9, "a": 9}
    assert domain(sizes) == [(("a",), "b"), (("a",), "c"), (("a",), "d"), (("a",), "e")]


def test_domains_may_be_named() -> None:
    assert domain(SIZES, from_="tweets", test=("products", "movies")) == [
        (("tweets",), "products"),
        (("tweets",), "movies"),
    ]
    assert [test for _, test in domain(SIZES, from_="tweets")] == ["movies", "editorials", "products"]


def test_an_unknown_domain_is_named_with_those_there_are() -> None:
    with pytest.raises(
        DataError, match=r"'tweet'; there are: 'editorials', 'movies', 'products', 'tweets'\. Did you mean 'tweets'"
    ):
        domain(SIZES, from_="tweet")
    with pytest.raises(DataError, match="no domain 'news'"):
        domain(SIZES, test=("movies", "news"))


def test_a_shift_that_shifts_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="two domains or more; there is 'movies'"):
        domain({"movies": 3})
    with pytest.raises(DataError, match="'movies' is what is trained on"):
        domain(SIZES, test=("tweets", "movies"))


def test_a_task_of_one_domain_trains_on_it_alone() -> None:
    assert domain(SIZES, ("tweets",))[0] == (("tweets",), "movies")
    with pytest.raises(DataError, match=r"'movies' is not trained on here; expected one of 'tweets' as `from`"):
        domain(SIZES, ("tweets",), from_="movies")


def test_a_matrix_trains_on_every_domain_and_tests_on_every_other() -> None:
    pairs = domain_matrix(SIZES)
    assert set(pairs) == {((a,), b) for a in SIZES for b in SIZES if a != b}
    assert [test for _, test in pairs[::3]] == ["movies", "editorials", "tweets", "products"]
    assert domain_matrix(SIZES, domains=("tweets", "movies", "tweets")) == [
        (("movies",), "tweets"),
        (("tweets",), "movies"),
    ]


def test_a_matrix_has_one_line_where_one_domain_may_be_trained_on() -> None:
    """A task that is one domain of a built-in one; domains made by time, where the shift goes forward alone."""
    assert domain_matrix(SIZES, ("tweets",)) == [(("tweets",), name) for name in ("movies", "editorials", "products")]
    assert domain_matrix({"earlier": 2, "later": 3}, ("earlier",)) == [(("earlier",), "later")]


@pytest.mark.parametrize("domains", [("tweets",), ("tweets", "tweets"), ("movies", "products")])
def test_a_matrix_of_nothing_is_refused(domains: tuple[str, ...]) -> None:
    own = ("tweets",) if "tweets" not in domains else None
    with pytest.raises(DataError, match="make no matrix; name two or more, one of them of those that are trained on"):
        domain_matrix(SIZES, own, domains=domains)


def test_one_domain_is_left_out_and_all_others_are_trained_on() -> None:
    pairs = leave_one_out(SIZES)
    assert [test for _, test in pairs] == ["movies", "editorials", "tweets", "products"]
    assert all({*train, test} == set(SIZES) and len(train) == 3 for train, test in pairs)
    assert leave_one_out(SIZES, test=("tweets",)) == [(("editorials", "movies", "products"), "tweets")]


def test_of_many_domains_the_largest_are_crossed_and_left_out_but_all_are_trained_on() -> None:
    sizes = {f"d{n:02}": 100 - n for n in range(N_IN_ALL + 3)}
    assert len(domain_matrix(sizes)) == N_IN_ALL * (N_IN_ALL - 1)
    pairs = leave_one_out(sizes)
    assert [test for _, test in pairs] == sorted(sizes)[:N_IN_ALL]
    assert all(len(train) == len(sizes) - 1 for train, _ in pairs)
    assert {test for _, test in domain_matrix(sizes, domains=("d11", "d12"))} == {"d11", "d12"}


def test_every_shift_names_a_domain_that_is_not_there() -> None:
    there = r"no domain '.*'; there are: 'editorials', 'movies', 'products', 'tweets'"
    with pytest.raises(DataError, match=there):
        domain_matrix(SIZES, domains=("tweet", "movies"))
    with pytest.raises(DataError, match=there):
        leave_one_out(SIZES, test=("news",))


def test_max_length_never_reads_more_than_the_encoder_can() -> None:
    encoder = Tokenization(256, prefix="query: ")
    assert max_length(encoder, tokens=64) == Tokenization(64, prefix="query: ")
    assert max_length(encoder, tokens=512) == encoder


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("head", {}, "head"),
        ("tail", {}, "tail"),
        ("head+tail", {}, "head+tail"),
        ("windows", {}, Windows("mean", 1.0)),
        ("windows", {"aggregate": "max", "stride": 0.5}, Windows("max", 0.5)),
    ],
)
def test_a_truncation_changes_what_is_read_of_long_texts_alone(
    name: str, given: dict[str, Any], expected: Truncation
) -> None:
    """Whatever the encoder itself does with them; `head` gives what any encoder reads unless told otherwise."""
    component = catalogue().get("reading", name)
    for before in ("tail", Windows()):
        encoder = Tokenization(256, "query: ", before)
        assert component(encoder, **component.filled(given)) == Tokenization(256, "query: ", expected)
    assert component(Tokenization(8), **component.filled({})).most == (math.inf if name == "windows" else 8)
