"""The vector cache: what is put comes back, what is damaged does not."""

import errno
import multiprocessing
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import store
from harness.core.errors import HarnessError
from harness.core.inputs import Input, Pair, Words, as_text, keys_of
from harness.core.records import Backend, Checkpoint, Pooling, Tokenization
from harness.core.truncation import Truncation, Windows
from harness.encoders.encoded import Row, Rows
from harness.runner.vectors import CacheView, NoCache, open_cache, size_limit
from harness.store import VectorCache
from harness.store.blocks import HEAD
from tests.fakes.stores import found, keep

VIEW = (Checkpoint("weights"), Backend(), Tokenization(256))
MEAN, MAX = Pooling("mean"), Pooling("max")
TEXTS = ["one", "", "zwei 😀", "שלום", "x" * 100_000, "one "]


def row(text: str, d: int = 384) -> Row:
    """A row that only this text has, the same in every process."""
    rng = np.random.default_rng([len(text), *text.encode()[:40]])
    return Row(rng.normal(size=(1, d)).astype(np.float32), len(text), int(rng.integers(2**63)))


def rows(texts: Iterable[Input]) -> dict[Input, Row]:
    return {text: row(as_text(text)) for text in texts}


def assert_equal(those: Mapping[Input, Row], expected: Mapping[Input, Row]) -> None:
    assert those.keys() == expected.keys()
    for text, one in expected.items():
        assert np.array_equal(those[text].vectors, one.vectors)
        assert (those[text].n_tokens, those[text].digest) == (one.n_tokens, one.digest)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "vectors"


@contextmanager
def cache(path: Path, limit: int = 2**40, **options: Any) -> Iterator[tuple[VectorCache, CacheView]]:
    opened = VectorCache(path, limit, **options)
    try:
        yield opened, CacheView(opened, *VIEW)
    finally:
        opened.close()


def fill(path: Path, texts: list[str]) -> None:
    with cache(path) as (_, view):
        keep(view, MEAN, rows(texts))


def change(path: Path, sql: str, *values: Any) -> None:
    """Reach into the file as no user of it would."""
    with closing(sqlite3.connect(path / "index.sqlite")) as db, db:
        db.execute(sql, values)


# what is put comes back


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


# what is damaged does not


def blocks(path: Path) -> list[Path]:
    return sorted(path.glob("*.block"))


def spoil(file: Path, place: int, data: bytes) -> None:
    """Overwrite bytes of a file; from its end where the place is negative."""
    whole = bytearray(file.read_bytes())
    place %= len(whole)
    whole[place : place + len(data)] = data
    file.write_bytes(whole)


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


# others at work


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


# size


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
