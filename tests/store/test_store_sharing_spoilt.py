"""A place to share vectors that is damaged or does not answer: told, and no run is worse for it."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from harness import store
from harness.core.records import Pooling
from harness.store.remote import Remote
from tests.fakes.stores import found, keep
from tests.fakes.vectors import MAX, MEAN, TEXTS, assert_equal, blocks, cache, files, fill, rows, spoil

# what is damaged there


def damage(file: Path, how: str) -> None:
    data = file.read_bytes()
    n_front = data.index(b"\n") + 1 + 16 * len(TEXTS) + 16
    places = {"line": 5, "key": data.index(b"\n") + 3, "head": n_front + 20, "vector": n_front + 1000, "last": -1}
    if how in places:
        spoil(file, places[how], bytes([data[places[how]] ^ 1]))
    else:
        file.write_bytes(data[: {"empty": 0, "in line": 40, "in keys": n_front - 30, "short": len(data) - 1}[how]])


@pytest.mark.parametrize("how", ["line", "key", "head", "vector", "last", "empty", "in line", "in keys", "short"])
def test_a_damaged_file_is_told_and_left_out(tmp_path: Path, url: str, place: Path, how: str) -> None:
    """What lies beside it is taken all the same; nothing is left of it here."""
    fill(tmp_path / "one", TEXTS, shared=url)
    (file,) = files(place)
    damage(file, how)
    fill(tmp_path / "two", ["other"], shared=url)
    with cache(tmp_path / "three", shared=url) as (opened, view):
        assert_equal(found(view, MEAN, [*TEXTS, "other"]), rows(["other"]))
        assert opened.counts["corrupt_rows"] == 1
        (said,) = opened.troubles
        assert "damaged and left out" in said
        assert file.name in said
        keep(view, MEAN, rows(TEXTS))
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))
    assert len(blocks(tmp_path / "three")) == 2


@pytest.mark.parametrize("n_left", [0, 40, 500])
def test_a_file_that_is_shorter_than_its_listing_is_damaged(
    tmp_path: Path, url: str, place: Path, monkeypatch: pytest.MonkeyPatch, n_left: int
) -> None:
    """It was cut short meanwhile, or the file system remembers an old size; nobody asks for ever more of it."""
    fill(tmp_path / "one", TEXTS, shared=url)
    (file,) = files(place)
    file.write_bytes(file.read_bytes()[:n_left])
    names = Remote.names
    monkeypatch.setattr(Remote, "names", lambda self, prefix: dict.fromkeys(names(self, prefix), 5_000_000))
    with cache(tmp_path / "two", shared=url) as (opened, view):
        assert found(view, MEAN, TEXTS) == {}
        assert opened.counts["corrupt_rows"] == 1


def test_a_file_is_of_its_own_prefix_alone(tmp_path: Path, url: str, place: Path) -> None:
    """Moved to the vectors of another pooling it is damaged."""
    fill(tmp_path / "one", TEXTS, shared=url)
    with cache(tmp_path / "one", shared=url) as (_, view):
        keep(view, MAX, rows(["other"]))
    mean, other = sorted(files(place), key=lambda file: -file.stat().st_size)
    mean.replace(other.with_name(mean.name))
    with cache(tmp_path / "two", shared=url) as (opened, view):
        assert_equal(found(view, MAX, [*TEXTS, "other"]), rows(["other"]))
        assert opened.counts["corrupt_rows"] == 1


def test_rows_are_held_to_their_own_checksums_too(tmp_path: Path, url: str, place: Path) -> None:
    """A file that was damaged before it got its name, as a machine with bad memory would put it."""
    fill(tmp_path / "one", TEXTS, shared=url)
    (file,) = files(place)
    spoil(file, -4, b"\x55")
    file.rename(file.with_stem(hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()))
    with cache(tmp_path / "two", shared=url) as (opened, view):
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS[:-1]))
        assert opened.counts["corrupt_rows"] == 1


def test_what_was_not_finished_is_no_file(tmp_path: Path, url: str, place: Path) -> None:
    fill(tmp_path / "one", TEXTS, shared=url)
    (file,) = files(place)
    file.rename(file.with_suffix(".part"))
    with cache(tmp_path / "two", shared=url) as (opened, view):
        assert found(view, MEAN, TEXTS) == {}
        assert opened.troubles == []


# a place that does not do what it should


class Refusing(LocalFileSystem):  # type: ignore[misc]
    """Says that it is unreachable where it is told to."""

    protocol = "refusing"
    refused: tuple[str, ...] = ()
    asked: list[str] = []  # noqa: RUF012

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("refusing://")))

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what in self.refused:
            raise PermissionError(13, f"{what} is refused by refusing://user:secret@host")

    def ls(self, path: str, detail: bool = False, **options: Any) -> Any:
        self._ask("ls")
        return super().ls(path, detail=detail, **options)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        self._ask("makedirs")
        super().makedirs(path, exist_ok=exist_ok)

    def get_file(self, path1: str, path2: str, callback: Any = None, **options: Any) -> Any:
        self._ask("get")
        return super().get_file(path1, path2, **options)


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch, place: Path) -> Iterator[str]:
    fsspec.register_implementation("refusing", Refusing, clobber=True)
    monkeypatch.setattr(Refusing, "asked", [])
    yield f"refusing://{place}"
    fsspec.get_filesystem_class("refusing").clear_instance_cache()


def refuse(monkeypatch: pytest.MonkeyPatch, *what: str) -> None:
    monkeypatch.setattr(Refusing, "refused", what)


def test_a_place_that_cannot_be_reached_costs_a_remark(
    tmp_path: Path, refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked once, however many poolings lack rows; all is stored here as ever."""
    refuse(monkeypatch, "ls")
    with cache(tmp_path / "one", shared=refusing) as (opened, view):
        for pooling in (MEAN, MAX):
            assert found(view, pooling, TEXTS) == {}
            keep(view, pooling, rows(TEXTS))
            assert_equal(found(view, pooling, TEXTS), rows(TEXTS))
    assert Refusing.asked == ["ls"]
    (said,) = opened.troubles
    assert said.startswith(f"vectors could not be taken from there: {refusing} (HARNESS_SHARED): PermissionError: ")
    assert "ls is refused" in said
    assert "user:secret@" not in said
    with cache(tmp_path / "one") as (_, view):
        assert len(found(view, MEAN, TEXTS)) == len(TEXTS)


def test_jobs_of_a_run_do_not_wait_for_it_one_after_the_other(
    tmp_path: Path, refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent server may cost each of them minutes. All tell the same; the next run asks again."""
    refuse(monkeypatch, "ls")
    troubles = []
    for _ in range(2):
        with store.at_work(tmp_path / "one"):
            for pooling in (MEAN, MAX, Pooling("cls")):
                with cache(tmp_path / "one", shared=refusing) as (opened, view):
                    assert found(view, pooling, TEXTS) == {}
                    troubles += opened.troubles
        time.sleep(0.05)  # a clock has ticks
    assert len(troubles) == 6
    assert len(set(troubles)) == 1
    assert Refusing.asked == ["ls", "ls"]


def test_a_place_that_may_only_be_read_is_read(
    tmp_path: Path, url: str, refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That nothing can be put there is said once."""
    fill(tmp_path / "one", TEXTS, shared=url)
    refuse(monkeypatch, "makedirs")
    with cache(tmp_path / "two", shared=refusing) as (opened, view):
        keep(view, MEAN, rows(["new"]))
        keep(view, MAX, rows(["new"]))
        assert_equal(found(view, MEAN, ["new", *TEXTS]), rows(["new", *TEXTS]))
    (said,) = opened.troubles
    assert said.startswith("vectors could not be put there: ")
    assert said.endswith("they are kept on this machine alone")


def test_a_file_that_cannot_be_fetched_leaves_nothing_here(
    tmp_path: Path, url: str, refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it can, it is."""
    fill(tmp_path / "one", TEXTS, shared=url)
    refuse(monkeypatch, "get")
    with cache(tmp_path / "two", shared=refusing) as (opened, view):
        assert found(view, MEAN, TEXTS) == {}
        assert len(opened.troubles) == 1
    assert blocks(tmp_path / "two") == []
    refuse(monkeypatch)
    with cache(tmp_path / "two", shared=refusing) as (_, view):
        assert_equal(found(view, MEAN, TEXTS), rows(TEXTS))


def test_a_file_that_is_removed_meanwhile_is_no_trouble(
    tmp_path: Path, url: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "one", TEXTS, shared=url)
    names = Remote.names

    def then_gone(self: Remote, prefix: str) -> dict[str, int]:
        there = names(self, prefix)
        files(place)[0].unlink()
        return there

    monkeypatch.setattr(Remote, "names", then_gone)
    with cache(tmp_path / "two", shared=url) as (opened, view):
        assert found(view, MEAN, TEXTS) == {}
        assert opened.troubles == []
