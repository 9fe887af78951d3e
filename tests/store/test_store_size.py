"""The vector cache: how large it gets, and what makes room."""

import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from harness import store
from harness.core.records import Pooling
from harness.runner.vectors import open_cache, size_limit
from tests.fakes.stores import found, keep
from tests.fakes.vectors import MAX, MEAN, TEXTS, assert_equal, blocks, cache, fill, rows


def use(path: Path, days_ago: float) -> None:
    """Say that all blocks were used so many days ago."""
    when = time.time() - days_ago * 86_400
    for file in blocks(path):
        os.utime(file, (when, when))


def n_bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in blocks(path))


def test_the_limit_is_kept_from_run_to_run(path: Path) -> None:
    limit = 600_000
    for i in range(20):
        with cache(path, limit) as (_, view):
            keep(view, MEAN, rows([f"{i}-{j}" for j in range(50)]))
        assert n_bytes(path) <= limit
        time.sleep(0.03)  # a clock has ticks
    with cache(path, limit) as (_, view):
        assert len(found(view, MEAN, [f"19-{j}" for j in range(50)])) == 50
        assert found(view, MEAN, [f"0-{j}" for j in range(50)]) == {}


def test_a_run_keeps_what_it_wrote_and_read_whatever_the_limit(path: Path) -> None:
    """Of another encoder all goes; what was read stays though it is old, and nothing that was written is lost."""
    with cache(path) as (_, view):
        keep(view, MEAN, rows(["read"]))
        keep(view, MAX, rows([f"old {i}" for i in range(100)]))
    use(path, 3)
    mine = [[f"{i}-{j}" for j in range(50)] for i in range(20)]
    with cache(path, 100_000) as (_, view):
        assert len(found(view, MEAN, ["read"])) == 1
        for texts in mine:
            keep(view, MEAN, rows(texts))
        every = [text for texts in mine for text in texts]
        assert len(found(view, MEAN, ["read", *every])) == 1001
        assert found(view, MAX, [f"old {i}" for i in range(100)]) == {}
    with cache(path) as (_, view):
        assert len(found(view, MEAN, ["read", *every])) == 1001


def test_what_a_run_at_work_has_used_is_kept_by_others_too(path: Path) -> None:
    """The processes of one run, and those of another beside it; a run that was killed holds nothing."""
    fill(path, TEXTS)
    time.sleep(0.03)  # a clock has ticks
    (path / f"{time.time_ns() - 10**12}-1.run").touch()
    with store.at_work(path):
        time.sleep(0.03)
        with cache(path) as (_, view):
            keep(view, MAX, rows(["mine"]))
        time.sleep(0.03)
        with cache(path, 0):
            pass
        with cache(path) as (_, view):
            assert len(found(view, MAX, ["mine"])) == 1
            assert found(view, MEAN, TEXTS) == {}
    time.sleep(0.03)
    with cache(path, 0):
        pass
    assert blocks(path) == []
    assert list(path.glob("*.run")) == []


def test_the_longest_unused_blocks_go_first(path: Path) -> None:
    """One that is read counts as used, though it was written first."""
    poolings, size = [Pooling(name) for name in ("first", "second", "third")], 0
    for pooling in poolings:
        with cache(path) as (_, view):
            keep(view, pooling, rows([f"{i}" for i in range(100)]))
    use(path, 3)
    with cache(path) as (_, view):
        assert len(found(view, poolings[0], ["5"])) == 1
    time.sleep(0.03)
    size = n_bytes(path)
    with cache(path, int(size * 0.8)):
        pass
    with cache(path) as (_, view):
        assert [len(found(view, pooling, ["5"])) for pooling in poolings] == [1, 0, 1]


def test_blocks_that_no_index_knows_go_first(path: Path) -> None:
    fill(path, TEXTS)
    stray = path / "00000099.block"
    stray.write_bytes(b"x" * 100_000)
    os.utime(stray, (time.time() - 5, time.time() - 5))
    time.sleep(0.03)
    with cache(path, n_bytes(path) - 1):
        pass
    assert not stray.exists()
    with cache(path) as (_, view):
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))


def test_the_limit_is_the_users_to_set(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    assert size_limit() == 5 * 2**30
    monkeypatch.setenv("HARNESS_CACHE_GB", "0.5")
    assert size_limit() == 2**29
    with closing(open_cache(path)) as opened:
        assert opened.limit == 2**29
