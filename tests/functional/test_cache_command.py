"""`harness cache`: what is kept, what goes when it is told to, and what a run says of what it will store."""

import os
import time
from collections import namedtuple
from pathlib import Path

import pytest

from harness import store
from harness.core.events import Remark
from harness.runner.vectors import cache_folder
from tests.fakes.command import Command
from tests.fakes.desk import Desk, Watched

TWO = """
name: mine
encoders: [{name: one, checkpoint: ./one}, {name: two, checkpoint: ./two}]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
latency: false
device: cpu
"""
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """Two encoders have stored vectors, and a checkpoint of `one` was built."""
    desk.run(TWO)
    built = cache_folder().with_name("checkpoints") / "abcdef0123456789"
    built.mkdir(parents=True)
    (built / "model.safetensors").write_bytes(bytes(3_000_000))
    built.with_name("abcdef0123456789.name").write_text("one", encoding="utf-8")
    return desk


def files() -> int:
    return len(list(cache_folder().glob("*.block")))


def test_what_is_kept_is_shown_by_encoder_with_size_and_age(filled: Desk, command: Command) -> None:
    for block in cache_folder().glob("*.block"):
        os.utime(block, (time.time() - 3 * 86_400, time.time() - 3 * 86_400))
    said = command("cache")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].startswith(f"vectors in {cache_folder()}: 0.")
    assert lines[0].endswith("MB of at most 5 GB (HARNESS_CACHE_GB)")
    assert sorted(line.split(": ")[0] for line in lines[1:3]) == [
        "  one, vectors of mean, 24 tokens",
        "  two, vectors of mean, 24 tokens",
    ]
    assert all(line.endswith("MB, used 3 days ago") for line in lines[1:3])
    assert lines[3].endswith("checkpoints: 3.0 MB of at most 10 GB (HARNESS_CHECKPOINTS_GB)")
    assert lines[4] == "  one, checkpoint abcdef01: 3.0 MB, used just now"


def test_a_checkpoint_says_what_made_it(command: Command) -> None:
    """Also one that was built before the names of encoders were kept, and one that was converted."""
    store = cache_folder().with_name("checkpoints")
    made = {"a" * 32: ("lineage.json", '{"lineage": [{"operation": "cut"}, {"operation": "distil-hidden"}]}')}
    made |= {"b" * 32: ("model.xml", "<net/>"), "c" * 32: ("lineage.json", '{"lineage": []}')}
    for key, (file, text) in made.items():
        (store / key).mkdir(parents=True)
        (store / key / file).write_text(text, encoding="utf-8")
    said = sorted(line.split(": ")[0] for line in command("cache").out.splitlines() if "checkpoint " in line)
    assert said == [
        "  –, checkpoint cccccccc",
        "  –, converted checkpoint bbbbbbbb",
        "  –, distil-hidden checkpoint aaaaaaaa",
    ]


def test_an_empty_cache_is_shown_and_pruned(command: Command) -> None:
    assert "vectors: nothing of at most 5 GB" in command("cache").out
    assert command("cache", "prune", "--older-than", "0h").out == "nothing to remove\n"
    assert not cache_folder().exists()


def test_an_encoder_is_pruned_with_its_checkpoints_and_no_other(filled: Desk, command: Command) -> None:
    looked = command("cache", "prune", "--encoder", "one", "--dry-run")
    assert [line.split(":")[0] for line in looked.out.splitlines()] == [
        "would remove one, checkpoint abcdef01",
        "would remove one, vectors of mean, 24 tokens",
    ]
    assert files() == 2
    said = command("cache", "prune", "--encoder", "one")
    assert said.out == looked.out.replace("would remove", "removed")
    assert files() == 1
    assert list(cache_folder().with_name("checkpoints").iterdir()) == [
        cache_folder().with_name("checkpoints") / "abcdef0123456789.lock"
    ]
    n_texts = filled.run(TWO, out="again").manifest["cache"]
    assert n_texts["hits"] == n_texts["misses"] > 0  # those of the other encoder are there


def test_by_age_goes_what_was_not_used_for_so_long(filled: Desk, command: Command) -> None:
    first = min(cache_folder().glob("*.block"))
    os.utime(first, (time.time() - 9 * 86_400, time.time() - 9 * 86_400))
    assert command("cache", "prune", "--older-than", "10d").out == "nothing to remove\n"
    assert command("cache", "prune", "--older-than", "8d").out.startswith("removed one, vectors")
    assert files() == 1


def test_what_a_run_at_work_has_used_is_left_alone(filled: Desk, command: Command) -> None:
    with store.at_work(cache_folder()):
        time.sleep(0.03)
        for block in cache_folder().glob("*.block"):
            block.touch()
        said = command("cache", "prune", "--encoder", "two")
    assert said.out.startswith("left alone, a run at work uses it: two, vectors")
    assert files() == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "say what is to go: --encoder NAME, --older-than 30d, both, or --old"),
        (["--encoder", "three"], "nothing is kept of an encoder 'three'; there is something of: one, two"),
        (["--older-than", "a month"], "--older-than a month: expected a number and a unit: 12h, 30d or 8w"),
    ],
)
def test_what_cannot_be_meant_is_refused(filled: Desk, command: Command, arguments: list[str], expected: str) -> None:
    said = command("cache", "prune", *arguments)
    assert (said.code, files()) == (2, 2)
    assert expected in said.err


def test_the_cache_of_an_earlier_version_is_told_and_removed(desk: Desk, command: Command) -> None:
    """It is not read, and nothing goes that is not asked for."""
    root = cache_folder().parent
    root.mkdir(parents=True, exist_ok=True)
    for name in ("vectors.sqlite", "vectors.sqlite-wal"):
        (root / name).write_bytes(bytes(1_000_000))
    line = (
        f"{root}/vectors.sqlite: stored by an earlier version, not read any more (2.0 MB): `harness cache prune --old`"
    )
    watched = Watched()
    desk.run(TWO, watch=watched)
    assert [event.what for event in watched.of(Remark)] == [line]
    assert line in command("cache").out
    assert line in command("plan", "suite.yaml").out
    assert command("cache", "prune", "--old").out.startswith("removed an earlier version, vectors.sqlite")
    assert [file.name for file in root.glob("vectors*")] == ["vectors"]
    assert files() == 2


# what will be stored


def test_a_plan_says_what_is_stored_and_a_second_one_that_nothing_is(desk: Desk, command: Command) -> None:
    """As many bytes as the blocks have in the end."""
    desk.suite(TWO)
    said = command("plan", "suite.yaml").out
    desk.run(TWO)
    blocks = sum(file.stat().st_size for file in cache_folder().glob("*.block"))
    n = desk.run(TWO, out="again").manifest["cache"]["hits"]
    assert f"stores about {n} vectors, {blocks / 1e6:.1f} MB, in {cache_folder()} (at most 5 GB, nothing there" in said
    assert "stores no new vectors" in command("plan", "suite.yaml").out


@pytest.mark.parametrize(
    ("limit", "free", "expected"),
    [
        ("1", 10**12, None),
        ("0.00001", 10**12, "more than HARNESS_CACHE_GB: the run keeps all of it until it ends, the next one may not"),
        ("1", 10_000, "do not fit on the disk: free some, name another folder in HARNESS_CACHE, or --no-cache"),
        ("0.0002", 10**12, "nothing there now"),
    ],
)
def test_a_run_says_it_only_where_it_is_much(
    desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch, limit: str, free: int, expected: str | None
) -> None:
    monkeypatch.setenv("HARNESS_CACHE_GB", limit)
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(free, 0, free))
    watched = Watched()
    desk.run(TWO, watch=watched, estimate=True)
    said = [event.what for event in watched.of(Remark)]
    assert len(said) == (expected is not None)
    assert expected is None or expected in said[0]


def test_a_disk_that_takes_no_vectors_is_told_once_and_the_run_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both encoders meet it; the page says how many vectors were not stored."""

    def full(self: object, keys: object, rows: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.store.cache._OpenBlock.append", full)
    watched = Watched()
    run = desk.run(TWO, watch=watched)
    said = {event.what for event in watched.of(Remark)}
    assert len(said) == 1
    assert "vectors are not stored: " in said.pop()
    assert all(cell.status == "done" for cell in run.cells)
    assert run.manifest["cache"]["unwritten_rows"] == run.manifest["cache"]["misses"] > 0
    assert "could not be stored" in (Path(run.path) / "report.md").read_text(encoding="utf-8")
