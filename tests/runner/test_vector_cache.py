"""The vector cache: what is put comes back, what is damaged does not."""

import multiprocessing
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.errors import HarnessError
from harness.core.inputs import Input, Pair, Words, as_text
from harness.core.records import Backend, Checkpoint, Pooling, Tokenization
from harness.core.truncation import Truncation, Windows
from harness.encoders.encoded import Row
from harness.runner.vectors import CacheView, NoCache, VectorCache, size_limit

VIEW = (Checkpoint("weights"), Backend(), Tokenization(256))
MEAN, MAX = Pooling("mean"), Pooling("max")
TEXTS = ["one", "", "zwei 😀", "שלום", "x" * 100_000, "one "]


def row(text: str, d: int = 384) -> Row:
    """A row that only this text has, the same in every process."""
    rng = np.random.default_rng([len(text), *text.encode()[:40]])
    return Row(rng.normal(size=(1, d)).astype(np.float32), len(text), int(rng.integers(2**63)))


def rows(texts: Iterable[Input]) -> dict[Input, Row]:
    return {text: row(as_text(text)) for text in texts}


def assert_equal(found: Mapping[Input, Row], expected: Mapping[Input, Row]) -> None:
    assert found.keys() == expected.keys()
    for text, one in expected.items():
        assert np.array_equal(found[text].vectors, one.vectors)
        assert (found[text].n_tokens, found[text].digest) == (one.n_tokens, one.digest)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "vectors.sqlite"


@contextmanager
def cache(path: Path, limit: int | None = None, **options: Any) -> Iterator[tuple[VectorCache, CacheView]]:
    opened = VectorCache(path, limit, **options)
    try:
        yield opened, CacheView(opened, *VIEW)
    finally:
        opened.close()


def fill(path: Path, texts: list[str]) -> None:
    with cache(path) as (_, view):
        view.put(MEAN, rows(texts))


def change(path: Path, sql: str, *values: Any) -> None:
    """Reach into the file as no user of it would."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(sql, values)


# what is put comes back


def test_rows_come_back_as_they_were_put_also_after_closing(path: Path) -> None:
    with cache(path) as (_, view):
        assert view.get(MEAN, TEXTS) == {}
        view.put(MEAN, rows(TEXTS))
        assert_equal(view.get(MEAN, TEXTS), rows(TEXTS))
    with cache(path) as (opened, view):
        assert_equal(view.get(MEAN, ["new", *TEXTS]), rows(TEXTS))
        assert view.get(MEAN, []) == {}
        assert opened.n_corrupt == 0


def test_more_rows_than_one_question_holds(path: Path) -> None:
    texts = [f"text {i}" for i in range(1234)]
    with cache(path) as (_, view):
        view.put(MEAN, rows(texts))
        assert_equal(view.get(MEAN, texts), rows(texts))


def test_a_row_that_is_put_again_replaces_the_first(path: Path) -> None:
    with cache(path) as (_, view):
        view.put(MEAN, {"a": row("a")})
        view.put(MEAN, {"a": row("b")})
        assert_equal(view.get(MEAN, ["a"]), {"a": row("b")})


def test_pairs_and_lists_of_words_have_rows_of_their_own_with_a_vector_a_word(path: Path) -> None:
    words = Words(("a", "b", "c"))
    inputs: list[Input] = ["a b c", Pair("a b", "c"), Pair("a", "b c"), words]
    stored = {one: row(str(one)) for one in inputs}
    stored[words] = Row(np.arange(12, dtype=np.float32).reshape(3, 4), 5, 7)
    with cache(path) as (_, view):
        view.put(MEAN, stored)
    with cache(path) as (_, view):
        assert_equal(view.get(MEAN, [*inputs, Words(("a b", "c"))]), stored)


OTHER_VIEWS = {
    "checkpoint": (Checkpoint("others"), *VIEW[1:]),
    "backend": (VIEW[0], replace(VIEW[1], device="cuda"), VIEW[2]),
    "max length": (*VIEW[:2], Tokenization(128)),
    "prefix": (*VIEW[:2], replace(VIEW[2], prefix="query: ")),
}


@pytest.mark.parametrize("other", OTHER_VIEWS)
def test_vectors_of_another_encoder_device_or_reading_are_others(path: Path, other: str) -> None:
    with cache(path) as (opened, view):
        view.put(MEAN, rows(TEXTS))
        assert CacheView(opened, *OTHER_VIEWS[other]).get(MEAN, TEXTS) == {}
        assert view.get(MAX, TEXTS) == {}
        assert view.get(replace(MEAN, version=2), TEXTS) == {}
        assert len(CacheView(opened, *VIEW).get(Pooling("mean"), TEXTS)) == len(TEXTS)


@pytest.mark.parametrize("how", ["tail", Windows("max")])
def test_a_text_that_is_read_whole_has_one_row_however_longer_ones_are_read(path: Path, how: Truncation) -> None:
    """Put by any reading of the same length and prefix, found by all; a longer text has a row for each."""
    head = VIEW[2]
    short = rows(["one", "zwei"])
    long: dict[Input, Row] = {"long": replace(row("long"), n_tokens=257)}
    with cache(path) as (opened, view):
        other = CacheView(opened, *VIEW[:2], replace(head, truncation=how))
        third = CacheView(opened, *VIEW[:2], replace(head, truncation="head+tail"))
        other.put(MEAN, short | long)
        assert_equal(other.get(MEAN, [*short, *long]), short | long)
        assert_equal(view.get(MEAN, [*short, *long]), short)
        view.put(MEAN, {"long": replace(row("else"), n_tokens=257), "new": row("new")})
        assert_equal(other.get(MEAN, ["long", "new"]), {**long, "new": row("new")})
        assert_equal(third.get(MEAN, ["long", "new"]), {"new": row("new")})
        prefixed = CacheView(opened, *VIEW[:2], replace(head, prefix="a: ", truncation=how))
        assert prefixed.get(MEAN, [*short, *long]) == {}


def test_another_engine_version_starts_afresh(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, TEXTS)
    monkeypatch.setattr("harness.runner.vectors.ENGINE_VERSION", 999)
    with cache(path) as (_, view):
        assert view.get(MEAN, TEXTS) == {}


def test_no_cache_remembers_nothing() -> None:
    NoCache().put(MEAN, rows(TEXTS))
    assert NoCache().get(MEAN, TEXTS) == {}


# what is damaged does not


@pytest.mark.parametrize(
    "damage",
    [
        "vector = substr(vector, 1, 100)",
        "vector = zeroblob(length(vector))",
        "vector = substr(vector, 1, 8) || x'ff' || substr(vector, 10)",
        "vector = 'a text'",
        "vector = 12",
        "n_tokens = n_tokens + 1",
        "digest = digest + 1",
        "checksum = x'0011223344556677'",
    ],
)
def test_a_row_that_does_not_match_its_checksum_is_dropped(path: Path, damage: str) -> None:
    """Noticed, counted, computed again and stored again; its neighbours are not touched."""
    fill(path, TEXTS)
    change(path, f"UPDATE vectors SET {damage} WHERE n_tokens = 3")
    with cache(path) as (opened, view):
        assert_equal(view.get(MEAN, TEXTS), rows([t for t in TEXTS if t != "one"]))
        assert opened.n_corrupt == 1
        view.put(MEAN, rows(["one"]))
        assert_equal(view.get(MEAN, TEXTS), rows(TEXTS))
        assert opened.n_corrupt == 1


def test_rows_that_changed_places_are_noticed(path: Path) -> None:
    """A sound vector, but of another text."""
    fill(path, ["a", "bb"])
    with closing(sqlite3.connect(path)) as db, db:
        (a,), (b,) = db.execute("SELECT key FROM vectors").fetchall()
        db.execute("UPDATE vectors SET key = x'00' WHERE key = ?", (a,))
        db.execute("UPDATE vectors SET key = ? WHERE key = ?", (a, b))
        db.execute("UPDATE vectors SET key = ? WHERE key = x'00'", (b,))
    with cache(path) as (opened, view):
        assert view.get(MEAN, ["a", "bb"]) == {}
        assert opened.n_corrupt == 2


@pytest.mark.parametrize("garbage", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_garbage_file_is_moved_aside_and_a_new_one_begun(path: Path, garbage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(garbage)
    with cache(path) as (opened, view):
        assert opened.n_corrupt == 1
        view.put(MEAN, rows(TEXTS))
        assert_equal(view.get(MEAN, TEXTS), rows(TEXTS))
    (aside,) = path.parent.glob("*.corrupt-*")
    assert aside.read_bytes() == garbage


def test_a_file_damaged_inside_gives_no_wrong_row_and_no_error(path: Path) -> None:
    """Pages overwritten one by one: every row that comes back is the one that was put."""
    texts = [f"text {i}" for i in range(60)]
    fill(path, texts)
    sound = path.read_bytes()
    n_lost = 0
    for page in range(0, len(sound) // 4096, 3):
        spoilt = bytearray(sound)
        spoilt[page * 4096 + 20 : page * 4096 + 2000] = np.random.default_rng(page).bytes(1980)
        for file in path.parent.iterdir():
            file.unlink()
        path.write_bytes(spoilt)
        with cache(path) as (opened, view):
            found = view.get(MEAN, texts)
            assert_equal(found, rows(found))
            n_lost += len(found) < len(texts)
            assert len(found) == len(texts) or opened.n_corrupt > 0
            view.put(MEAN, rows(texts))
            assert_equal(view.get(MEAN, texts), rows(texts))
    assert n_lost > 3


def test_a_table_of_another_shape_is_begun_anew(path: Path) -> None:
    path.parent.mkdir()
    change(path, "CREATE TABLE vectors (key BLOB PRIMARY KEY, used INTEGER, something TEXT)")
    with cache(path) as (opened, view):
        assert view.get(MEAN, TEXTS) == {}
        view.put(MEAN, rows(TEXTS))
        assert_equal(view.get(MEAN, TEXTS), rows(TEXTS))
        assert opened.n_corrupt == 1


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "vectors.sqlite", tmp_path):
        with pytest.raises(HarnessError, match=r"vector cache .* cannot be opened .*HARNESS_CACHE.*--no-cache"):
            VectorCache(place)


# others at work


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another writer who does not let go."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def test_a_lock_costs_the_write_and_nothing_else(path: Path) -> None:
    """No error, nothing moved aside, reads go on; and once it is gone all works again."""
    fill(path, TEXTS)
    with cache(path, wait_s=0.05) as (opened, view):
        with locked(path):
            view.put(MEAN, rows(["new"]))
            assert_equal(view.get(MEAN, ["new", *TEXTS]), rows(TEXTS))
        view.put(MEAN, rows(["new"]))
        assert_equal(view.get(MEAN, ["new", *TEXTS]), rows(["new", *TEXTS]))
        assert opened.n_corrupt == 0
    assert not list(path.parent.glob("*.corrupt-*"))


def test_a_lock_while_old_rows_are_read_costs_only_the_note_of_their_use(path: Path) -> None:
    fill(path, TEXTS)
    change(path, "UPDATE vectors SET used = 5")
    with cache(path, wait_s=0.05) as (opened, view):
        with locked(path):
            assert_equal(view.get(MEAN, TEXTS), rows(TEXTS))
        assert_equal(view.get(MEAN, TEXTS), rows(TEXTS))
        assert opened.n_corrupt == 0


def test_a_warm_run_writes_nothing(path: Path) -> None:
    """So that it waits for no other process: it does not even ask for the lock."""
    fill(path, TEXTS)
    with cache(path, wait_s=30) as (_, view), locked(path):
        started = time.monotonic()
        assert_equal(view.get(MEAN, TEXTS), rows(TEXTS))
        assert time.monotonic() - started < 10


def work(path: Path, me: int, n_rounds: int) -> None:
    """Put own rows, read everybody's; any row must be the one of its text."""
    with cache(path) as (opened, view):
        for i in range(n_rounds):
            mine = rows([f"{me}-{i}-{j}" for j in range(20)])
            view.put(MEAN, mine)
            theirs = [f"{1 - me}-{k}-{j}" for k in range(i + 1) for j in range(20)]
            assert_equal(view.get(MEAN, list(mine)), mine)
            found = view.get(MEAN, theirs)
            assert_equal(found, rows(found))
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
        assert len(view.get(MEAN, every)) == len(every)
    assert not list(path.parent.glob("*.corrupt-*"))


# size


def test_the_limit_is_kept_while_a_run_goes_on_and_on_the_disk(path: Path) -> None:
    limit = 600_000
    with cache(path, limit) as (_, view):
        for i in range(20):
            view.put(MEAN, rows([f"{i}-{j}" for j in range(50)]))
            assert path.stat().st_size <= limit * 1.5
        assert len(view.get(MEAN, [f"19-{j}" for j in range(50)])) > 0
    assert path.stat().st_size <= limit


def test_the_longest_unused_rows_go_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is read counts as used, though it was put first."""
    old, read, new = ([f"{name}-{i}" for i in range(100)] for name in ("old", "read", "new"))
    now = 1_700_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    with cache(path) as (_, view):
        view.put(MEAN, rows(read))
        now += 3600
        view.put(MEAN, rows(old))
        now += 3 * 86_400
        view.get(MEAN, read)
        view.put(MEAN, rows(new))
    with cache(path, int(path.stat().st_size * 0.75)) as (_, view):
        pass
    with cache(path) as (_, view):
        assert len(view.get(MEAN, read)) == len(view.get(MEAN, new)) == 100
        assert 0 < len(view.get(MEAN, old)) < 60


def test_a_limit_of_zero_empties_the_file(path: Path) -> None:
    fill(path, TEXTS)
    with cache(path, 0):
        pass
    with cache(path) as (_, view):
        assert view.get(MEAN, TEXTS) == {}


def test_the_limit_is_the_users_to_set(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    assert size_limit() == 5 * 2**30
    monkeypatch.setenv("HARNESS_CACHE_GB", "0.5")
    assert size_limit() == 2**29
    with cache(path) as (opened, _):
        assert opened.limit == 2**29
