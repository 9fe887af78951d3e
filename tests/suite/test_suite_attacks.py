"""Suites that nobody writes by hand: each is refused in our own words, at once, at the right place."""

from collections.abc import Callable

import pytest

from benchmarks import fuzz_suites
from tests.suite.conftest import Parse

SHORT = "name: x\nencoders: [minilm]\ntasks: [bbc-topics]\nlatency: false\n"
Faults = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed: !!int 'x'", "suite.yaml:5:7: a tag. A suite needs none"),
        ("seed: !!bool maybe", "suite.yaml:5:7: a tag."),
        ("seed: !!set x", "suite.yaml:5:7: a tag."),
        ("seed: !!python/object/apply:os.system [ls]", "suite.yaml:5:7: a tag."),
        ("? [1, 2]\n: 3", "suite.yaml:5:3: a key that is a list or a mapping."),
        ("seed: &a [*a]", "nested too deeply, or an alias that stands for itself. Expected 50 levels at most."),
        ("seed: " + "[" * 60 + "]" * 60, "nested too deeply"),
        ("seed: " + "[" * 5000, "nested too deeply. Expected at most 50 levels."),
        ("seed: " + "9" * 400, "suite.yaml:5:7: a number of 400 characters. Write a shorter one"),
        ("seed: .nan", "suite.yaml:5:7: seed is nan; expected a whole number."),
        ("within: .nan", "suite.yaml:5:9: within is nan; expected a finite number."),
        ("gate: {thresholds: [{metric: accuracy, min: .nan}]}", "thresholds.0.min is nan; expected a finite number."),
        ("conditions: [{truncate: {keep: .nan}}]", "truncate: keep is nan; expected "),
        ('device: "\\ud800"', "suite.yaml:5:9: half of a character (a lone surrogate). Write the character itself."),
        ("repeats: {perturb: 999999999999}", "suite.yaml:5:20: repeats.perturb is 999999999999; expected 100 or less."),
        ("repeats: {perturb: 90, train: 90}", "suite.yaml:5:1: repeats are 90 x 90 = 8,100 draws of every cell."),
        ("gate: {}\nbaselines: 0.5", "suite.yaml:6:12: baselines is 0.5; expected a list."),
        ("seed: 1\n\tdevice: cpu", "Indent with spaces, not with tabs."),
    ],
    ids=lambda value: value[:30],
)
def test_what_no_suite_needs_is_refused_at_its_place(faults: Faults, text: str, said: str) -> None:
    (found,) = faults(f"{SHORT}{text}\n")
    assert said in found


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-1", "@sum(a)", "::error file=x::y"])
def test_a_name_is_no_formula_and_no_command_of_a_log(faults: Faults, name: str) -> None:
    """results.csv is opened in spreadsheets, and what is printed stands in logs of CI."""
    text = f"name: x\nencoders: [{{name: '{name}', checkpoint: minilm}}]\ntasks: [bbc-topics]\n"
    (found,) = faults(text)
    assert "expected a name without control characters, that does not begin with =, +, -, @ or :." in found
    found, *_ = faults(f"{SHORT}conditions: [{{name: '{name}', condition: keyboard}}]\n")
    assert "does not begin with" in found or "could be taken for another condition" in found


def test_a_name_that_is_a_list_is_no_bug(faults: Faults) -> None:
    found = "\n".join(faults(SHORT.replace("[minilm]", "[{name: [x]}]")))
    assert "encoders.0.name is ['x']; expected text." in found


@pytest.mark.parametrize("kind", ["{a: b}", "[retrieval]"])
def test_a_kind_of_task_that_is_no_name_is_told(faults: Faults, kind: str) -> None:
    text = f"name: x\nencoders: [minilm]\ntasks: [{{name: own, data: a.csv, kind: {kind}, metrics: [accuracy]}}]\n"
    assert any("kind is" in line for line in faults(text))


def test_a_name_longer_than_a_path_may_be_is_no_bug(parse: Parse) -> None:
    """Only the run can tell that no hub has it."""
    assert parse(SHORT.replace("minilm", "z" * 5000)).encoders[0].name == "z" * 5000


def test_aliases_that_stand_for_too_much_are_counted_not_written_out(faults: Faults) -> None:
    lists = [f"a0: &a0 [{', '.join('x' * 9)}]"]
    lists += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    (found,) = faults("\n".join(lists) + f"\n{SHORT}")
    assert found.startswith("suite.yaml: 490,329,")
    assert found.endswith(" values with all aliases written out. Expected at most 100,000.")


def test_aliases_and_a_byte_order_mark_are_read(parse: Parse) -> None:
    suite = parse(
        f"\ufeff{SHORT}conditions: [keyboard: &k {{severity: 3}}, {{name: b, condition: truncate, keep: 0.5}}]\n"
    )
    assert [c.name for c in suite.conditions] == ["keyboard@3", "b"]


def test_a_sweep_that_nobody_would_see_the_end_of_is_refused(faults: Faults) -> None:
    many = ", ".join(f"{1 / (i + 2):.6f}" for i in range(1200))
    (found,) = faults(f"{SHORT}conditions: [truncate: {{keep: [{many}]}}]\n")
    assert "truncate: the lists make 1,200 of it; expected at most 1,000." in found


@pytest.mark.parametrize(("override", "said"), [("seed=!!int x", "'!!int x' is a tag."), ("seed=.nan", "seed is nan")])
def test_what_the_command_line_sets_is_held_to_the_same(faults: Faults, override: str, said: str) -> None:
    (found,) = faults(SHORT, [override])
    assert found.startswith(f"--set {override}: ")
    assert said in found


def test_mutated_suites_are_read_or_refused_in_our_words() -> None:
    """A few hundred of what `benchmarks/fuzz_suites.py` tries by the hundred thousand."""
    found = fuzz_suites.fuzz(150, 11)
    assert found.wrong == []
    assert found.seen["read"] > 5
    assert found.seen["refused"] > 50
