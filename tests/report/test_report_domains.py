"""Shifts between domains on the page: the matrix, leave-one-out, the size of a shift."""

from dataclasses import replace
from typing import Any

import numpy as np

from harness import report
from harness.core.data import Outcomes
from harness.report import domains, robustness
from harness.report.model import Task
from harness.report.table import Table
from tests.fakes.small_runs import entry, outcomes, run_of

#: Of 20 items of each domain, how many are right: trained on, then tested on.
RIGHT = {
    "a": {"a": 18, "b": 10, "c": 15},
    "b": {"a": 14, "b": 16, "c": 16},
    "c": {"a": 17, "b": 13, "c": 19},
    "a+b": {"c": 17},
    "a+c": {"b": 15},
    "b+c": {"a": 18},
}


def right(n: int, domain: str) -> Outcomes:
    """Of 20 items of two classes so many are right: chance is 50."""
    made = outcomes([1] * 20, [f"{domain}{i}" for i in range(20)])
    gold = np.array(["yes", "no"] * 10)
    other = np.array(["no", "yes"] * 10)
    return replace(made, gold=gold, prediction=np.where(np.arange(20) < n, gold, other))


def run_with(
    *rows: str,
    tested: tuple[str, ...] = ("a", "b", "c"),
    lost: tuple[str, ...] = (),
    told: dict[str, float] | None = None,
) -> Task:
    """A task of rows under a matrix and leave-one-out; `told` is how far texts are apart, by `from>test`."""
    cells: dict[tuple[str, str], Outcomes] = {}
    plan: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        plan.append(entry(row, "clean", "clean"))
        cells[row, "clean"] = outcomes([1] * (90 - number) + [0] * (10 + number))
        for train, by_test in RIGHT.items():
            component = "leave-one-out" if "+" in train else "domain-matrix"
            for test, n in by_test.items():
                if test not in tested:
                    continue
                name = f"{component}[{train}>{test}]"
                kind = "oracle" if train == test else "shift"
                made = entry(row, name, kind, None if train == test else f"domain-matrix[{test}>{test}]")
                plan.append(made | {"component": component, "parameters": {"from": train, "test": test}})
                if name not in lost:
                    cells[row, name] = right(n, test)
    run = run_of(cells, plan)
    for line in run.lines:
        pair = line["address"]["condition"].partition("[")[2].rstrip("]")
        if told and pair in told:
            sizes = {"types_known": 0.25, "words_known": 0.5, "subwords_train": 1.5, "subwords_test": 1.25}
            line["facts"] = {"shift": sizes | {"told_apart": told[pair]}}
    (task,) = report.build(run).tasks
    return task


def words(table: Table) -> list[list[str]]:
    return [[cell.line for cell in row] for section in table.sections for row in section.rows]


def test_the_matrix_has_a_line_a_domain_and_one_of_all_others() -> None:
    (table,) = domains.matrices(run_with("one"))
    assert [column.title for column in table.columns] == ["trained on", "b", "c", "a"]
    assert words(table) == [
        ["b", "80.0 oracle", "80.0", "70.0"],
        ["c", "65.0", "95.0 oracle", "85.0"],
        ["a", "50.0", "75.0", "90.0 oracle"],
        ["all others", "75.0", "85.0", "90.0"],
    ]


def test_a_cell_is_shaded_by_the_gap_to_the_oracle() -> None:
    """A gap that chance explains has no shade; nor has the oracle."""
    (table,) = domains.matrices(run_with("one"))
    heat = {
        (row[0].text, column.title): cell.heat
        for row in table.sections[0].rows
        for column, cell in zip(table.columns, row, strict=True)
    }
    assert heat["a", "b"] is not None
    assert heat["a", "b"] > 0.9  # of 30 points above chance all are lost
    assert heat["all others", "a"] is None
    assert heat["b", "b"] is None


def test_the_worst_group_and_the_oracle_gap_are_in_the_caption() -> None:
    (table,) = domains.matrices(run_with("one"))
    said = f"{table.caption} {table.explains}"
    assert "t, one / mean: accuracy where it is trained on other domains." in said
    assert "Trained on one domain, the worst group is b by a head trained on a: 50.0, an oracle gap of 30.0 [" in said
    assert "the mean gap of 6 pairs is 17.5." in said
    assert "Trained on all others, the worst group is b: 75.0, an oracle gap of 5.0 [" in said
    assert "the mean gap of 3 pairs is 5.0." in said


def test_an_oracle_without_a_line_of_its_own_has_one() -> None:
    """As where one domain alone may be trained on."""
    lost = tuple(f"domain-matrix[{train}>{test}]" for train in "bc" for test in "abc" if train != test)
    (table,) = domains.matrices(run_with("one", lost=lost))
    assert words(table) == [
        ["a", "50.0", "75.0", "90.0 oracle"],
        ["all others", "75.0", "85.0", "90.0"],
        ["the tested one (oracle)", "80.0 oracle", "95.0 oracle", "–"],
    ]


def test_the_best_three_rows_have_a_table() -> None:
    found = domains.matrices(run_with("one", "two", "three", "four"))
    assert [table.caption.split(":")[0] for table in found] == [f"t, {name} / mean" for name in ("one", "two", "three")]
    assert ["Columns:" in table.explains for table in found] == [True, False, False]


def test_a_pair_of_the_matrix_has_no_column_among_the_drops() -> None:
    assert robustness.drops(run_with("one")) is None


TOLD = {"a>b": 0.9, "c>b": 0.7, "a+c>b": 0.6, "b>b": 0.5}


def test_the_size_of_a_shift_stands_beside_its_cost_the_farthest_first() -> None:
    table = domains.sizes(run_with("one", tested=("b",), told=TOLD))
    assert table is not None
    assert [line[0] for line in words(table)] == [
        "training on a, testing on b",
        "training on c, testing on b",
        "training on all domains but b, testing on b",
        "training and testing on b",
    ]
    first, *_, last = words(table)
    assert first[1:5] == ["25 / 50", "1.50 → 1.25", "90 %", "1.60"]
    assert first[5].startswith("30.0 [")
    assert last[3:] == ["50 %", "0.00", "–"]


def test_it_is_told_in_how_many_cases_the_farther_one_costs_more() -> None:
    """Losses of 30, 15 and 5 points: in the order of the distances, or with two of them the other way round."""
    for told, n in ((TOLD, 3), (TOLD | {"a>b": 0.7, "c>b": 0.9}, 2)):
        table = domains.sizes(run_with("one", tested=("b",), told=told))
        assert table is not None
        assert table.sections[0].meaning.endswith(f"the one from farther off loses more in {n} of 3 cases")


def test_what_is_not_there_has_no_table() -> None:
    assert domains.sizes(run_with("one")) is None
    assert domains.matrices(run_with("one", tested=())) == ()


def test_what_has_no_result_leaves_a_dash() -> None:
    (table,) = domains.matrices(run_with("one", lost=("domain-matrix[a>b]",)))
    assert [column.title for column in table.columns] == ["trained on", "c", "a", "b"]
    assert {line[0]: line[1:] for line in words(table)}["a"] == ["75.0", "90.0 oracle", "–"]


def test_without_its_oracle_a_domain_has_no_column() -> None:
    """There is nothing to hold its cells against."""
    (table,) = domains.matrices(run_with("one", lost=("domain-matrix[b>b]",)))
    assert [column.title for column in table.columns] == ["trained on", "c", "a"]
