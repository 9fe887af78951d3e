"""What is said of a wrong suite, word for word. `UPDATE_GOLDEN=1 pytest tests/suite` accepts a change."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))
#: What stands on the command line beside the file of this name.
OVERRIDES = {
    "set": (
        "nonsense",
        "a.b=1",
        "max_samples.train=two",
        "latency.replicats=1",
        "encoders=[minilm, minilm]",
        "conditions=[keyboar]",
        "tasks.0.label=3",
        "tasks.4=x",
        "name.y=3",
        "repeats=[1",
    )
}
Faults = Callable[..., list[str]]


@pytest.mark.parametrize("case", CASES)
def test_faults_are_the_golden_ones(case: str, faults: Faults) -> None:
    """Every fault at once, by place, each with what is allowed and the nearest name."""
    text = (GOLDEN / f"{case}.yaml").read_text(encoding="utf-8")
    said = "\n".join(faults(text, OVERRIDES.get(case, ()))) + "\n"
    golden = GOLDEN / f"{case}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8"), "see the docstring of this file"


def places(said: list[str]) -> list[tuple[int, int]]:
    return [(int(line.split(":")[1]), int(line.split(":")[2])) for line in said]


def test_faults_are_in_the_order_of_the_file(faults: Faults) -> None:
    """By number, not by text: line 10 comes after line 9."""
    found = places(faults((GOLDEN / "many.yaml").read_text(encoding="utf-8")))
    assert found == sorted(found)
    assert len({line for line, _ in found}) > 25


def test_a_place_is_where_an_editor_finds_the_value(faults: Faults) -> None:
    """Line and column count from 1; an unknown key's place is the key, a wrong value's is the value."""
    text = "name: x\ntasks: [bbc-topics]\nsedd: 1\ndevice:   gpu\n"
    assert places(faults(text)) == [(3, 1), (4, 11)]


def test_what_the_command_line_set_is_named_as_such(faults: Faults) -> None:
    """A fault in a value of `--set` has no line in the file, even where the file has that key."""
    text = "name: x\ntasks: [bbc-topics]\nseed: 1\n"
    assert faults(text, ["seed=x"]) == ["--set seed=x: seed is 'x'; expected a whole number."]


def test_a_value_of_any_length_takes_one_short_line(faults: Faults) -> None:
    (said,) = faults(f"name: x\ntasks: [bbc-topics]\nseed: {'x' * 100_000}\n")
    assert len(said) < 200


@pytest.mark.parametrize("name", ["a\\0b", "a\\eb", "a\\nb", "\\ud800"])
def test_names_that_cannot_be_printed_are_refused(faults: Faults, name: str) -> None:
    """A control character in a name could steer the terminal that it is shown on."""
    said = faults(
        f'name: x\nencoders: [{{name: "{name}", checkpoint: minilm}}]\n'
        f'tasks: [{{name: "{name}", data: a.csv}}]\nconditions: [{{name: "{name}", condition: keyboard}}]\n'
    )
    assert [line.split(":")[1] for line in said] == ["2", "3", "4"]
    assert all(line.isprintable() for line in said)


def test_a_sound_suite_has_no_faults(faults: Faults) -> None:
    assert faults("name: x\nencoders: [minilm]\ntasks: [bbc-topics]\nconditions: [misspellings]\n") == []
