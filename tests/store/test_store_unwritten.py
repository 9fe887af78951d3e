"""The vector cache: a place that refuses, a full disk, a lock."""

import errno
import multiprocessing
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.core.inputs import keys_of
from harness.encoders.encoded import Rows
from harness.store import VectorCache
from tests.fakes.stores import found, keep
from tests.fakes.vectors import MEAN, TEXTS, assert_equal, blocks, cache, fill, row, rows


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "vectors", tmp_path / "file"):
        with pytest.raises(HarnessError, match=r"vector cache .* cannot be opened .*HARNESS_CACHE.*--no-cache"):
            VectorCache(place, 2**30)


def test_a_store_that_may_only_be_read_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new is not stored, which is said once."""
    fill(path, TEXTS)
    real = sqlite3.connect

    def connect(where: Any, **options: Any) -> Any:  # tests may run as root, who may write anywhere
        if not options.get("uri"):
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return real(where, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    with cache(path) as (opened, view):
        assert_equal(found(view, MEAN, [*TEXTS, "new"]), rows(TEXTS))
        for text in ("new", "other"):
            keep(view, MEAN, rows([text]))
        assert found(view, MEAN, ["new"]) == {}
        assert opened.n_unwritten == 2
        assert re.search(
            r"cannot be written \(Read-only file system;.*another folder in HARNESS_CACHE", opened.unwritten
        )


def test_a_full_disk_costs_the_write_and_nothing_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was half written is taken back; once there is room all works again."""
    fill(path, TEXTS)
    real, n_left = os.write, 1000

    def write(file: int, data: Any) -> int:
        nonlocal n_left
        if not n_left:
            raise OSError(errno.ENOSPC, "No space left on device")
        n_left -= (n := min(n_left, len(data)))
        return real(file, bytes(data[:n]))

    with cache(path) as (opened, view):
        with monkeypatch.context() as full:
            full.setattr(os, "write", write)
            keep(view, MEAN, rows(["new", "newer"]))
            keep(view, MEAN, rows(["newest"]))
            assert_equal(found(view, MEAN, ["new", *TEXTS]), rows(TEXTS))
        assert opened.n_unwritten == 3
        assert "No space left on device" in opened.unwritten
        assert blocks(path)[-1].stat().st_size == 0
        keep(view, MEAN, rows(["new"]))
        assert_equal(found(view, MEAN, ["new", *TEXTS]), rows(["new", *TEXTS]))
        assert opened.n_corrupt == 0


def test_another_error_of_the_writing_thread_comes_up(path: Path) -> None:
    """A mistake is no full disk."""
    with cache(path) as (_, view):
        view.put(MEAN, keys_of(["a", "b", "c"]), Rows.of([row("a"), row("b")]))
        with pytest.raises(ValueError, match="broadcast"):
            found(view, MEAN, ["a"])


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another writer who does not let go."""
    with closing(sqlite3.connect(path / "index.sqlite", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def test_a_lock_costs_the_write_and_nothing_else(path: Path) -> None:
    """No error, nothing moved aside, reads go on; and once it is gone all works again."""
    fill(path, TEXTS)
    with cache(path, wait_s=0.05) as (opened, view):
        with locked(path):
            keep(view, MEAN, rows(["new"]))
            assert_equal(found(view, MEAN, ["new", *TEXTS]), rows(TEXTS))
        keep(view, MEAN, rows(["new"]))
        assert_equal(found(view, MEAN, ["new", *TEXTS]), rows(["new", *TEXTS]))
        assert opened.n_corrupt == 0
    assert not list(path.glob("*.corrupt-*"))


def test_a_warm_run_writes_nothing(path: Path) -> None:
    """So that it waits for no other process: it does not even ask for the lock."""
    fill(path, TEXTS)
    with cache(path, wait_s=30) as (_, view), locked(path):
        started = time.monotonic()
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
        assert time.monotonic() - started < 10


def work(path: Path, me: int, n_rounds: int) -> None:
    """Put own rows, read everybody's; any row must be the one of its text."""
    with cache(path) as (opened, view):
        for i in range(n_rounds):
            mine = rows([f"{me}-{i}-{j}" for j in range(20)])
            keep(view, MEAN, mine)
            theirs = [f"{1 - me}-{k}-{j}" for k in range(i + 1) for j in range(20)]
            assert_equal(found(view, MEAN, list(mine)), mine)
            those = found(view, MEAN, theirs)
            assert_equal(those, rows(those))
        assert opened.n_corrupt == 0


@pytest.mark.processes
def test_two_processes_write_and_read_at_once(path: Path) -> None:
    """From the very creation of the file on; nothing is lost, nothing is taken for damaged."""
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=work, args=(path, me, 15)) for me in (0, 1)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    every = [f"{me}-{i}-{j}" for me in (0, 1) for i in range(15) for j in range(20)]
    with cache(path) as (_, view):
        assert len(found(view, MEAN, every)) == len(every)
    assert not list(path.glob("*.corrupt-*"))
