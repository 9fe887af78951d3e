"""Machines that share vectors behind a URL: what one encoded the others find."""

import threading
import uuid
from pathlib import Path

import pytest
from fsspec.registry import known_implementations

from harness.core.errors import HarnessError
from harness.core.inputs import Words
from harness.encoders.encoded import Row
from harness.store import checked, remove, shown
from tests.fakes.stores import found, keep
from tests.fakes.vectors import MAX, MEAN, TEXTS, assert_equal, blocks, cache, files, fill, row, rows


def test_what_one_machine_encoded_another_finds(tmp_path: Path, url: str) -> None:
    """Also lists of words, which have several vectors; the place is asked no more once all is here."""
    words = Words(("a", "b", "c"))
    stored = {**rows(TEXTS), words: Row(row("abc").vectors.repeat(3, axis=0), 5, 7)}
    with cache(tmp_path / "one", shared=url) as (_, view):
        keep(view, MEAN, stored)
        keep(view, MAX, rows(["other"]))
    for n_taken in (len(stored), 0):
        with cache(tmp_path / "two", shared=url) as (opened, view):
            assert_equal(found(view, MEAN, [*stored, "new"] if n_taken else list(stored)), stored)
            assert opened.counts == {"corrupt_rows": 0, "unwritten_rows": 0, "taken_rows": n_taken}
            assert opened.troubles == []
    assert len(blocks(tmp_path / "two")) == 1


def test_a_place_in_memory_serves_as_well(tmp_path: Path) -> None:
    url = f"memory://{uuid.uuid4().hex}"
    for n_taken in (0, len(TEXTS)):
        with cache(tmp_path / str(n_taken), shared=url) as (opened, view):
            assert len(found(view, MEAN, TEXTS)) == opened.counts["taken_rows"] == n_taken
            keep(view, MEAN, rows(TEXTS))


def test_only_files_with_something_that_is_wanted_are_fetched(tmp_path: Path, url: str) -> None:
    """And of several that have it one."""
    for name, texts in (("one", ["a", "b"]), ("two", ["c"]), ("three", ["c", "d"])):
        fill(tmp_path / name, texts, shared=url)
    with cache(tmp_path / "four", shared=url) as (opened, view):
        assert found(view, MEAN, ["e"]) == {}
        assert opened.counts["taken_rows"] == 0
    with cache(tmp_path / "four", shared=url) as (opened, view):
        assert_equal(found(view, MEAN, ["c"]), rows(["c"]))
        assert opened.counts["taken_rows"] <= 2
        assert len(blocks(tmp_path / "four")) == 1


def test_what_lies_here_is_not_fetched_and_what_went_is(tmp_path: Path, url: str, place: Path) -> None:
    """Whether it was written here or taken; nothing that was taken is put there again."""
    fill(tmp_path / "one", TEXTS, shared=url)
    with cache(tmp_path / "two", shared=url) as (_, view):
        assert len(found(view, MEAN, TEXTS)) == len(TEXTS)
    for name in ("one", "two"):
        with cache(tmp_path / name, shared=url) as (opened, view):
            assert found(view, MEAN, ["new"]) == {}
            assert opened.counts["taken_rows"] == 0
    remove(tmp_path / "two", blocks(tmp_path / "two"))
    with cache(tmp_path / "two", shared=url) as (opened, view):
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
        assert opened.counts["taken_rows"] == len(TEXTS)
    assert len(files(place)) == 1


def test_a_block_is_shared_when_it_is_full(tmp_path: Path, url: str, place: Path) -> None:
    """Not only when the job ends; the next one holds what came later, and nothing twice."""
    parts = [[f"{i}-{j}" for j in range(50)] for i in range(3)]
    with cache(tmp_path / "one", 20 * 2**16, shared=url) as (opened, view):
        for texts in parts:
            keep(view, MEAN, rows(texts))
        opened.flush()
        assert len(files(place)) == 2
    assert len(files(place)) == 3
    every = [text for texts in parts for text in texts]
    with cache(tmp_path / "two", shared=url) as (opened, view):
        assert_equal(found(view, MEAN, every), rows(every))
        assert opened.counts["taken_rows"] == len(every)


def test_machines_put_and_take_at_once(tmp_path: Path, url: str, place: Path) -> None:
    """The same rows are one file whoever puts them; no half of one is ever taken."""
    troubles, n_found = list[str](), list[int]()

    def work(me: int) -> None:
        for i in range(8):
            with cache(tmp_path / str(me), shared=url) as (opened, view):
                keep(view, MEAN, rows([f"{me}-{i}-{j}" for j in range(20)]))
                keep(view, MAX, rows([f"{i}-{j}" for j in range(20)]))
                theirs = [f"{1 - me}-{k}-{j}" for k in range(i + 1) for j in range(20)]
                those = found(view, MEAN, theirs)
                assert_equal(those, rows(those))
                n_found.append(len(those))
            troubles.extend(opened.troubles)

    threads = [threading.Thread(target=work, args=(me,)) for me in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (troubles, len(n_found)) == ([], 16)
    assert {file.suffix for file in files(place)} == {".block"}
    assert len(files(place)) == 16 + 8
    every = [f"{me}-{i}-{j}" for me in (0, 1) for i in range(8) for j in range(20)]
    with cache(tmp_path / "three", shared=url) as (_, view):
        assert len(found(view, MEAN, every)) == len(every)


# what may be named


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("/mnt/vectors", "is '/mnt/vectors'; expected a URL like s3://bucket/folder or file:///mnt/folder"),
        ("s3://", "is 's3://'; expected a URL"),
        ("nosuch://me:secret@host/x", "is 'nosuch://host/x': Protocol not known: nosuch. Install what reads such URLs"),
    ],
)
def test_what_is_no_place_is_refused(named: str, expected: str) -> None:
    with pytest.raises(HarnessError) as caught:
        checked(named)
    assert expected in str(caught.value)
    assert "secret" not in str(caught.value)


def test_who_reads_a_url_has_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    lacks = {"class": "no_such_package.Files", "err": "Install no_such_package to read it"}
    monkeypatch.setitem(known_implementations, "absent", lacks)
    with pytest.raises(HarnessError, match=r"Install no_such_package to read it\. .*on every machine that shares"):
        checked("absent://bucket/folder")


def test_a_password_is_not_shown() -> None:
    assert shown("at ftp://me:secret@host/x and s3://a/b") == "at ftp://host/x and s3://a/b"
