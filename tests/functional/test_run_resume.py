"""A run into a folder that holds results already: what is kept, what is mended, what is computed again."""

import json
import os
from pathlib import Path

import pytest

from harness.core.events import CellDone, Phase
from harness.results import Run
from tests.fakes.desk import SUITE, Desk, Watched, results, scores, tables

N_CELLS = 3 * 6  # one encoder and two rows without one; clean, keyboard, oracle, shift, control, slice


@pytest.fixture
def first(ran: Run) -> Run:
    return ran


def test_a_first_run_leaves_a_whole_folder(desk: Desk, first: Run) -> None:
    assert first.manifest["complete"]
    assert first.manifest["finished"]
    assert len(first.cells) == len(first.manifest["plan"]) == N_CELLS
    assert {c.status for c in first.cells} == {"done"}
    names = {p.name for p in first.path.iterdir()}
    assert names >= {"run.json", "cells.jsonl", "outcomes", "report.md", "index.html", "results.csv"}
    assert [p.name for p in (first.path / "outcomes").iterdir()] == ["0.outcomes"]
    for cell in first.cells:
        assert len(first.outcomes(cell.key)) == cell.n


def test_a_second_run_computes_nothing_and_says_the_same(desk: Desk, first: Run) -> None:
    before = {name: (first.path / name).read_bytes() for name in ("cells.jsonl", "results.csv")}
    text = tables(first)
    watched = Watched()
    again = desk.run(watch=watched)
    assert watched.events == [("plan", Phase("18 finished cells are kept"))]
    assert {name: (again.path / name).read_bytes() for name in before} == before
    assert tables(again) == text


def test_the_same_suite_into_another_folder_gives_the_same(desk: Desk, first: Run) -> None:
    """From the vector cache, and without it."""
    warm = desk.run(out="warm")
    cold = desk.run(out="cold", cache=False)
    assert warm.manifest["cache"]["misses"] == 0
    assert warm.manifest["cache"]["hits"] > 0
    assert cold.manifest["cache"]["hits"] == 0
    for other in (warm, cold):
        assert scores(other) == pytest.approx(scores(first), abs=1e-6)
        assert tables(other) == tables(first)
        assert results(other) == results(first)


def test_a_changed_suite_keeps_what_its_keys_allow(desk: Desk, first: Run) -> None:
    """Another pooler, one condition more, one less: only what is new is computed, only what is planned is shown."""
    changed = SUITE.replace("[mean]", "[mean, max]").replace("keyboard, domain: {test: [barber]}", "truncate")
    watched = Watched()
    second = desk.run(changed, watch=watched)
    computed = [second.results[key].address for key in watched.cells]
    assert {(address.pooler, address.condition) for address in computed} == {
        ("max", "clean"),
        ("max", "truncate@0.5"),
        ("max", "rare-words:control"),
        ("max", "rare-words"),
        ("mean", "truncate@0.5"),
        ("–", "truncate@0.5"),
    }
    assert {c.address.condition for c in second.cells} == {
        "clean",
        "truncate@0.5",
        "rare-words:control",
        "rare-words",
    }
    kept = {address: score for address, score in scores(second).items() if address in scores(first)}
    assert kept == {address: scores(first)[address] for address in kept}
    assert len(kept) == 3 * 3


def test_changed_data_is_computed_again(desk: Desk, first: Run) -> None:
    """The content of a file is in the key, its date is not."""
    os.utime(desk.path / "reviews.csv", (1, 1))
    watched = Watched()
    desk.run(watch=watched)
    assert watched.cells == []
    with (desk.path / "reviews.csv").open("a") as file:
        file.write("one more text,good,bakery\n")
    desk.run(watch=watched)
    assert len(watched.of(CellDone)) == N_CELLS


def test_part_of_a_suite_first_and_then_the_whole(desk: Desk) -> None:
    part = desk.run(only={"encoder": "t*", "condition": "keyboard*"})
    assert {c.address.condition for c in part.cells} == {"clean", "keyboard@3"}
    watched = Watched()
    whole = desk.run(watch=watched)
    assert len(watched.of(CellDone)) == N_CELLS - 2
    assert len(whole.cells) == N_CELLS


def cut_line(path: Path) -> None:
    """As a kill in the middle of a write leaves it."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 40])


def test_a_torn_last_line_is_mended(desk: Desk, first: Run) -> None:
    """Its cell is computed again, the file has whole lines only, and the report is what it was."""
    text = tables(first)
    cut_line(first.path / "cells.jsonl")
    assert len(Run(first.path).finished()) == N_CELLS - 1
    watched = Watched()
    again = desk.run(watch=watched)
    assert len(watched.of(CellDone)) == 1
    assert len([json.loads(line) for line in (again.path / "cells.jsonl").read_text().splitlines()]) == N_CELLS
    assert tables(again) == text


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9, 1.0])
def test_cells_whose_outcomes_are_damaged_are_computed_again(desk: Desk, first: Run, kept: float) -> None:
    """And no others: those that stand before the place where a file was cut are kept."""
    text = tables(first)
    (stored,) = (first.path / "outcomes").iterdir()
    whole = stored.read_bytes()
    stored.write_bytes(whole[: int(len(whole) * kept)])
    left = len(Run(first.path).finished())
    assert left == 0 if kept == 0 else left == N_CELLS if kept == 1 else 1 < left < N_CELLS
    watched = Watched()
    again = desk.run(watch=watched)
    assert len(watched.of(CellDone)) == N_CELLS - left
    assert tables(again) == text
    assert stored.read_bytes() == whole[: int(len(whole) * kept)]  # a new file stands beside it


@pytest.mark.parametrize("damage", ["flipped", "short"])
def test_a_damaged_vector_is_noticed_and_computed_again(desk: Desk, first: Run, damage: str) -> None:
    """One bit of one row: it is counted, and neither scores nor predictions change."""
    block = next((desk.path.parent / "cache" / "vectors").glob("*.block"))
    whole = block.read_bytes()
    block.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage == "flipped" else whole[:-4])
    again = desk.run(out="again")
    assert again.manifest["cache"]["corrupt_rows"] == 1
    assert again.manifest["cache"]["misses"] == 1
    assert scores(again) == pytest.approx(scores(first), abs=1e-6)
    assert tables(again) == tables(first)
    assert desk.run(out="third").manifest["cache"]["corrupt_rows"] == 0


def test_a_cache_that_is_no_database_is_moved_aside(desk: Desk, first: Run) -> None:
    cache = desk.path.parent / "cache" / "vectors" / "index.sqlite"
    cache.write_bytes(b"not a database" * 1000)
    again = desk.run(out="again")
    assert tables(again) == tables(first)
    assert list(cache.parent.glob("index.sqlite.corrupt-*"))


def test_a_run_json_that_cannot_be_read_is_written_again(desk: Desk, first: Run) -> None:
    """It says what the plan was, not what was found: the cells are kept in their own file."""
    text = tables(first)
    (first.path / "run.json").write_text("{")
    again = desk.run()
    assert tables(again) == text
    assert again.manifest["complete"]
