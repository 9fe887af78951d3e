"""The vector cache: what is damaged does not come back."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.store.blocks import HEAD
from tests.fakes.stores import found, keep
from tests.fakes.vectors import MAX, MEAN, TEXTS, assert_equal, blocks, cache, fill, rows, spoil


def change(path: Path, sql: str, *values: Any) -> None:
    """Reach into the file as no user of it would."""
    with closing(sqlite3.connect(path / "index.sqlite")) as db, db:
        db.execute(sql, values)


#: Where in the head of the row of the second text of `TEXTS`; and the first number of its vector.
FIELDS = {"key": 0, "tokens": 16, "digest": 24, "count": 32, "checksum": 40}


@pytest.mark.parametrize("field", [*FIELDS, "vector"])
def test_a_row_that_does_not_match_its_checksum_is_dropped(path: Path, field: str) -> None:
    """Noticed, counted once, computed again and stored again; its neighbours are not touched."""
    fill(path, TEXTS)
    at = len(TEXTS) * HEAD.itemsize + 384 * 4 if field == "vector" else HEAD.itemsize + FIELDS[field]
    spoil(blocks(path)[0], at, b"\x55")
    with cache(path) as (opened, view):
        lost = [t for t in TEXTS if t not in found(view, MEAN, TEXTS)]
        assert lost == TEXTS[1:] if field == "count" else lost == [TEXTS[1]]
        assert opened.n_corrupt == len(lost)
        assert_equal(found(view, MEAN, TEXTS), rows([t for t in TEXTS if t not in lost]))
        keep(view, MEAN, rows(lost))
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
        assert opened.n_corrupt == len(lost)
    with cache(path) as (opened, view):
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
        assert opened.n_corrupt == 0


def test_rows_that_changed_places_are_noticed(path: Path) -> None:
    """Sound vectors, each of another text."""
    fill(path, ["a", "bb"])
    (block,) = blocks(path)
    own, width = block.read_bytes(), 384 * 4
    spoil(block, 2 * HEAD.itemsize, own[-width:] + own[-2 * width : -width])
    with cache(path) as (opened, view):
        assert found(view, MEAN, ["a", "bb"]) == {}
        assert opened.n_corrupt == 2


@pytest.mark.parametrize("n_left", [0, 30, 8 * HEAD.itemsize + 100, 8 * HEAD.itemsize + 384 * 4 * 5 + 7])
def test_the_end_of_a_block_that_is_missing_costs_its_rows_alone(path: Path, n_left: int) -> None:
    """A power cut, or a copy that was not finished: what was stored before and what stands before is there."""
    first, second = [f"first {i}" for i in range(8)], [f"second {i}" for i in range(8)]
    with cache(path) as (_, view):
        for texts in (first, second):
            keep(view, MEAN, rows(texts))
    (block,) = blocks(path)
    block.write_bytes(block.read_bytes()[: block.stat().st_size // 2 + n_left])
    n_whole = max(0, n_left - 8 * HEAD.itemsize) // (384 * 4)
    with cache(path) as (opened, view):
        assert_equal(found(view, MEAN, [*first, *second]), rows([*first, *second[:n_whole]]))
        assert opened.n_corrupt == 8 - n_whole
        keep(view, MEAN, rows(second))
    with cache(path) as (opened, view):
        assert_equal(found(view, MEAN, [*first, *second]), rows([*first, *second]))
        assert opened.n_corrupt == 0


def test_a_block_that_is_gone_is_as_if_it_had_never_been(path: Path) -> None:
    fill(path, TEXTS)
    blocks(path)[0].unlink()
    with cache(path) as (opened, view):
        assert found(view, MEAN, TEXTS) == {}
        keep(view, MEAN, rows(TEXTS))
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
        assert opened.n_corrupt == 0


@pytest.mark.parametrize("garbage", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_garbage_index_is_moved_aside_and_a_new_one_begun(path: Path, garbage: bytes) -> None:
    """Blocks that nothing points to any more are in nobody's way."""
    fill(path, TEXTS)
    (path / "index.sqlite").write_bytes(garbage)
    with cache(path) as (opened, view):
        assert opened.n_corrupt == 1
        keep(view, MEAN, rows(TEXTS))
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
    (aside,) = path.glob("*.corrupt-*")
    assert aside.read_bytes() == garbage
    assert len(blocks(path)) == 2


def test_files_damaged_inside_give_no_wrong_row_and_no_error(path: Path) -> None:
    """Bytes overwritten here and there: every row that comes back is the one that was put."""
    texts = [f"text {i}" for i in range(60)]
    with cache(path) as (_, view):
        for start in range(0, 60, 10):
            keep(view, MEAN, rows(texts[start : start + 10]))
            keep(view, MAX, rows(texts[start : start + 10]))
    sound = {file: file.read_bytes() for file in path.iterdir()}
    n_lost = 0
    for turn in range(60):
        rng = np.random.default_rng(turn)
        for file in path.iterdir():
            file.unlink()
        for file, data in sound.items():
            file.write_bytes(data)
        spoilt = sorted(sound)[turn % len(sound)]
        for _ in range(1 + turn % 4):
            spoil(spoilt, int(rng.integers(len(sound[spoilt]) - 300)), rng.bytes(int(rng.integers(1, 300))))
        with cache(path) as (opened, view):
            those = found(view, MEAN, texts)
            assert_equal(those, rows(those))
            n_lost += len(those) < len(texts)
            assert len(those) == len(texts) or opened.n_corrupt > 0
            keep(view, MEAN, rows(texts))
            assert_equal(found(view, MEAN, texts), rows(texts))
    assert n_lost > 3


def test_an_index_of_another_shape_is_begun_anew(path: Path) -> None:
    path.mkdir(parents=True)
    change(path, "CREATE TABLE blocks (number BLOB PRIMARY KEY, used INTEGER, something TEXT)")
    with cache(path) as (opened, view):
        assert found(view, MEAN, TEXTS) == {}
        keep(view, MEAN, rows(TEXTS))
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
        assert opened.n_corrupt == 1
