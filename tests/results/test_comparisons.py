"""comparisons.jsonl: what was computed of several cells is computed once, and damage is never trusted."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from harness.results import Comparisons, RunFolder

OF = {"what": "drop", "cells": [["a", "b"]], "metric": ["accuracy", 1], "seed": ["x"]}


class Computed:
    """Gives a value and counts how often it was asked for."""

    def __init__(self, value: Any, is_whole: bool = True) -> None:
        self.value, self.is_whole, self.n = value, is_whole, 0

    def __call__(self) -> tuple[Any, bool]:
        self.n += 1
        return self.value, self.is_whole


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "comparisons.jsonl"


def test_a_value_is_computed_once_and_read_as_it_was(file: Path) -> None:
    """To the bit; what JSON has no number for too."""
    computed = Computed({"loss": [0.1 + 0.2, math.inf, -math.inf], "flip_rate": None, "rows": [[1, 2]]})
    for _ in range(2):
        assert Comparisons(file).of(OF, computed) == computed.value
    assert computed.n == 1
    assert len(file.read_text().splitlines()) == 1
    undefined = Computed([math.nan])
    Comparisons(file).of({**OF, "seed": ["y"]}, undefined)
    (found,) = Comparisons(file).of({**OF, "seed": ["y"]}, undefined)
    assert math.isnan(found)
    assert undefined.n == 1


@pytest.mark.parametrize(
    "other", [{"what": "score"}, {"cells": [["a", "c"]]}, {"metric": ["accuracy", 2]}, {"seed": ["z"]}]
)
def test_whatever_decides_a_value_is_its_key(file: Path, other: dict[str, Any]) -> None:
    Comparisons(file).of(OF, Computed(1.0))
    assert Comparisons(file).of({**OF, **other}, Computed(2.0)) == 2.0
    assert Comparisons(file).of(OF, Computed(3.0)) == 1.0


@pytest.mark.parametrize("damage", ["value", "of", "cut", "none", "list"])
def test_a_damaged_line_is_computed_anew(file: Path, damage: str) -> None:
    """Though it is JSON, and of the shape that it should have."""
    Comparisons(file).of(OF, Computed([0.25]))
    text = file.read_text()
    line = json.loads(text)
    line["of"] = line["of"].replace('"x"', '"z"')
    spoilt = {
        "value": text.replace("0.25", "0.75"),
        "of": json.dumps(line) + "\n",
        "cut": text[:-9],
        "none": "\n",
        "list": "[1]\n",
    }
    file.write_text(spoilt[damage])
    computed = Computed([0.5])
    assert Comparisons(file).of(OF, computed) == [0.5]
    assert Comparisons(file).of({**OF, "seed": ["z"]}, Computed([0.125])) == [0.125]
    assert Comparisons(file).of(OF, Computed([1.0])) == [0.5], "a new line stands apart from the damaged one"


def test_what_is_not_whole_is_not_kept(file: Path) -> None:
    """A comparison without the outcomes that were lost: they may come back."""
    assert Comparisons(file).of(OF, Computed(0.1, is_whole=False)) == 0.1
    assert Comparisons(file).of(OF, Computed(0.2)) == 0.2


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    known, computed = Comparisons(tmp_path / "not there" / "comparisons.jsonl"), Computed(0.1)
    assert [known.of(OF, computed), known.of(OF, computed)] == [0.1, 0.1]
    assert computed.n == 1
    assert not (tmp_path / "not there").exists()


def test_a_run_cuts_a_torn_line_off(tmp_path: Path) -> None:
    with RunFolder(tmp_path).locked():
        pass
    file = tmp_path / "comparisons.jsonl"
    Comparisons(file).of(OF, Computed(0.1))
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"of": {"wh')
    with RunFolder(tmp_path).locked():
        assert file.read_bytes() == whole
