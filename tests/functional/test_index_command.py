"""`harness index`: build once, ask often, and be told what does not fit."""

import json

import pytest

from tests.fakes.command import Command
from tests.fakes.desk import Desk

pytestmark = pytest.mark.usefixtures("desk")


@pytest.fixture
def built(desk: Desk, command: Command) -> Command:
    rows = [{"_id": f"r{n}", "title": f"Room {n}", "text": f"the food in room {n} was {'good ' * n}"} for n in range(5)]
    (desk.path / "docs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said = command("index", "build", "./one", "docs.jsonl", "-o", "docs.index")
    assert (said.code, said.out) == (0, "docs.index: 5 documents in 32 dimensions\n")
    return command


def test_what_was_built_is_found_with_similarity_id_and_text(built: Command) -> None:
    said = built("index", "query", "docs.index", "Room 3 the food in room 3 was good good good", "-k", "2")
    assert said.code == 0
    lines = [line.split("\t") for line in said.out.splitlines()]
    assert len(lines) == 2
    assert lines[0][1:] == ["r3", "Room 3 the food in room 3 was good good good"]
    assert float(lines[0][0]) > float(lines[1][0])


def test_what_does_not_fit_ends_the_command_with_the_difference(desk: Desk, built: Command) -> None:
    said = built("index", "query", "docs.index", "food", "--pooler", "cls")
    assert said.code == 2
    assert "error: the index was built with mean pooling, the query side pools cls" in said.err
    said = built("index", "query", "docs.index", "food", "--encoder", "./two")
    assert "error: the index was built with the weights of ./one (checkpoint " in said.err
    said = built("index", "build", "./one", "docs.jsonl", "-o", "docs.index")
    assert (said.code, "docs.index: there already" in said.err) == (2, True)
    vectors = desk.path / "docs.index" / "vectors.npy"
    vectors.write_bytes(vectors.read_bytes()[:-5])
    said = built("index", "query", "docs.index", "food")
    assert (said.code, "docs.index/vectors.npy: cut short or damaged" in said.err) == (2, True)
