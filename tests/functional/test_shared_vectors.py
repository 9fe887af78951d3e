"""Two machines with a cache each and one place behind a URL: runs, commands, and what is told of it."""

from contextlib import closing
from pathlib import Path

import pytest

from harness.core.events import Remark
from harness.runner.vectors import CacheView, open_cache
from tests.fakes.command import Command
from tests.fakes.desk import Desk, Watched, scores
from tests.fakes.stores import keep
from tests.fakes.vectors import MEAN, VIEW, rows

TWO = """
name: mine
encoders: [{name: one, checkpoint: ./one}, {name: two, checkpoint: ./two}]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [keyboard]
latency: false
device: cpu
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "everybody's"
    monkeypatch.setenv("HARNESS_SHARED", f"file://{place}")
    return place


def another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One with a cache of its own, which is empty."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache of another"))


def test_a_second_machine_encodes_nothing(
    desk: Desk, command: Command, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.run(TWO)
    assert first.manifest["cache"]["misses"] > 0
    n_bytes = sum(file.stat().st_size for file in place.rglob("*.block"))
    line = f"vectors shared in file://{place} (HARNESS_SHARED): 2 files, {n_bytes / 1e6:.1f} MB"
    assert line in command("cache").out
    another_machine(tmp_path, monkeypatch)
    second = desk.run(TWO, out="second")
    counts = second.manifest["cache"]
    assert (counts["misses"], counts["corrupt_rows"]) == (0, 0)
    assert counts["taken_rows"] == counts["hits"] == first.manifest["cache"]["misses"]
    assert scores(second) == scores(first)
    said = (Path(second.path) / "report.md").read_text(encoding="utf-8")
    assert "vectors that other machines shared" in said
    third = desk.run(TWO, out="third")
    assert (third.manifest["cache"]["misses"], third.manifest["cache"]["taken_rows"]) == (0, 0)
    assert "  one, vectors of mean, 24 tokens: " in command("cache").out


def test_a_place_that_refuses_costs_one_remark(desk: Desk, command: Command, place: Path) -> None:
    """A file lies where its folder would be. Cells are those of a run without it."""
    place.write_text("no folder")
    watched = Watched()
    run = desk.run(TWO, watch=watched)
    (said,) = {event.what for event in watched.of(Remark)}
    assert said.startswith(
        f"vectors could not be taken from there: file://{place} (HARNESS_SHARED): NotADirectoryError"
    )
    assert all(cell.status == "done" for cell in run.cells)
    assert run.manifest["cache"]["unwritten_rows"] == 0
    assert desk.run(TWO, out="again").manifest["cache"]["misses"] == 0


def test_a_damaged_file_is_on_the_page_and_told(
    desk: Desk, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.run(TWO)
    file = sorted(place.rglob("*.block"))[0]
    file.write_bytes(file.read_bytes()[:-100])
    another_machine(tmp_path, monkeypatch)
    watched = Watched()
    second = desk.run(TWO, out="second", watch=watched)
    assert [event.what for event in watched.of(Remark) if file.name in event.what]
    counts = second.manifest["cache"]
    assert (counts["corrupt_rows"], counts["hits"]) == (1, counts["misses"])
    assert scores(second) == scores(first)


def test_what_is_no_place_is_refused_before_anything_runs(
    desk: Desk, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.suite(TWO)
    monkeypatch.setenv("HARNESS_SHARED", "nosuch://host/x")
    said = command("run", "suite.yaml")
    assert said.code == 2
    assert "HARNESS_SHARED is 'nosuch://host/x': Protocol not known: nosuch." in said.err
    assert not list((desk.path / "reports").rglob("cells.jsonl"))


def test_without_a_cache_nothing_is_shared(desk: Desk, place: Path) -> None:
    desk.run(TWO, cache=False)
    assert not place.exists()


def test_what_comes_from_another_node_is_not_put_there_again(desk: Desk, place: Path) -> None:
    """Who encoded it has done so."""
    for shares in (False, True):
        with closing(open_cache(shares=shares)) as opened:
            keep(CacheView(opened, *VIEW), MEAN, rows([f"text {shares}"]))
        assert len(list(place.rglob("*.block"))) == shares
