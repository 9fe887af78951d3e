"""The vector cache: what is put comes back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.core.inputs import Input, Pair, Words
from harness.core.records import Checkpoint, Pooling, Tokenization
from harness.core.truncation import Truncation, Windows
from harness.encoders.encoded import Row
from harness.runner.vectors import CacheView, NoCache
from tests.fakes.stores import found, keep
from tests.fakes.vectors import MAX, MEAN, TEXTS, VIEW, assert_equal, cache, fill, row, rows


def test_rows_come_back_as_they_were_put_also_after_closing(path: Path) -> None:
    with cache(path) as (_, view):
        assert found(view, MEAN, TEXTS) == {}
        keep(view, MEAN, rows(TEXTS))
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
    with cache(path) as (opened, view):
        assert_equal(found(view, MEAN, ["new", *TEXTS]), rows(TEXTS))
        assert found(view, MEAN, []) == {}
        assert opened.n_corrupt == 0


def test_more_rows_than_one_question_holds(path: Path) -> None:
    texts = [f"text {i}" for i in range(1234)]
    with cache(path) as (_, view):
        keep(view, MEAN, rows(texts))
        assert_equal(found(view, MEAN, texts), rows(texts))


def test_a_row_that_is_put_again_replaces_the_first(path: Path) -> None:
    with cache(path) as (_, view):
        keep(view, MEAN, {"a": row("a")})
        keep(view, MEAN, {"a": row("b")})
        assert_equal(found(view, MEAN, ["a"]), {"a": row("b")})


def test_pairs_and_lists_of_words_have_rows_of_their_own_with_a_vector_a_word(path: Path) -> None:
    words = Words(("a", "b", "c"))
    inputs: list[Input] = ["a b c", Pair("a b", "c"), Pair("a", "b c"), words]
    stored = {one: row(str(one), 4) for one in inputs}
    stored[words] = Row(np.arange(12, dtype=np.float32).reshape(3, 4), 5, 7)
    with cache(path) as (_, view):
        keep(view, MEAN, stored)
    with cache(path) as (_, view):
        assert_equal(found(view, MEAN, [*inputs, Words(("a b", "c"))]), stored)


OTHER_VIEWS = {
    "checkpoint": (Checkpoint("others"), *VIEW[1:]),
    "backend": (VIEW[0], replace(VIEW[1], device="cuda"), VIEW[2]),
    "max length": (*VIEW[:2], Tokenization(128)),
    "prefix": (*VIEW[:2], replace(VIEW[2], prefix="query: ")),
}


@pytest.mark.parametrize("other", OTHER_VIEWS)
def test_vectors_of_another_encoder_device_or_reading_are_others(path: Path, other: str) -> None:
    with cache(path) as (opened, view):
        keep(view, MEAN, rows(TEXTS))
        assert found(CacheView(opened, *OTHER_VIEWS[other]), MEAN, TEXTS) == {}
        assert found(view, MAX, TEXTS) == {}
        assert found(view, replace(MEAN, version=2), TEXTS) == {}
        assert len(found(CacheView(opened, *VIEW), Pooling("mean"), TEXTS)) == len(TEXTS)


@pytest.mark.parametrize("how", ["tail", Windows("max")])
def test_a_text_that_is_read_whole_has_one_row_however_longer_ones_are_read(path: Path, how: Truncation) -> None:
    """Put by any reading of the same length and prefix, found by all; a longer text has a row for each."""
    head = VIEW[2]
    short = rows(["one", "zwei"])
    long: dict[Input, Row] = {"long": replace(row("long"), n_tokens=257)}
    with cache(path) as (opened, view):
        other = CacheView(opened, *VIEW[:2], replace(head, truncation=how))
        third = CacheView(opened, *VIEW[:2], replace(head, truncation="head+tail"))
        keep(other, MEAN, short | long)
        assert_equal(found(other, MEAN, [*short, *long]), short | long)
        assert_equal(found(view, MEAN, [*short, *long]), short)
        keep(view, MEAN, {"long": replace(row("else"), n_tokens=257), "new": row("new")})
        assert_equal(found(other, MEAN, ["long", "new"]), {**long, "new": row("new")})
        assert_equal(found(third, MEAN, ["long", "new"]), {"new": row("new")})
        prefixed = CacheView(opened, *VIEW[:2], replace(head, prefix="a: ", truncation=how))
        assert found(prefixed, MEAN, [*short, *long]) == {}


def test_another_engine_version_starts_afresh(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, TEXTS)
    monkeypatch.setattr("harness.runner.vectors.ENGINE_VERSION", 999)
    with cache(path) as (_, view):
        assert found(view, MEAN, TEXTS) == {}


def test_no_cache_remembers_nothing() -> None:
    keep(NoCache(), MEAN, rows(TEXTS))
    assert found(NoCache(), MEAN, TEXTS) == {}
