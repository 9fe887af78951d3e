"""Which rows are compared, on which items."""

from typing import Any

import numpy as np
import pytest

from harness import report
from harness.core.data import Outcomes
from harness.report.model import Task
from harness.report.scorer import scorer_of
from harness.report.standing import Standing, Told, standing
from tests.fakes.small_runs import entry, outcomes, run_of
from tests.report.test_report_tuning import right, tuned

A, B, C = (("a", "mean", "probe"), ("b", "mean", "probe"), ("c", "mean", "probe"))


def told(made: Outcomes, context: str = "clean", seed: str | None = None) -> list[Told]:
    return [Told(context, seed, made)]


def known(**rows: list[Told]) -> Standing:
    return standing(scorer_of("accuracy"), {(name, "mean", "probe"): parts for name, parts in rows.items()})


def built(cells: dict[tuple[str, str], Outcomes], plan: list[dict[str, Any]]) -> Task:
    """The task of a run in which nothing is got right by chance."""
    run = run_of(cells, plan)
    for cell in run.lines:
        cell["chance"] = 0.0
    (task,) = report.build(run).tasks
    return task


def test_rows_are_compared_on_the_items_that_all_have() -> None:
    """One item is missing from b: it counts for neither."""
    names = [f"i{k}" for k in range(20)]
    a, b = outcomes([0] + [1] * 19, names), outcomes([1] * 19, names[1:])
    assert known(a=told(a), b=told(b)).gain(A, B).value == pytest.approx(0.0)


def test_a_row_of_other_items_is_compared_with_nothing() -> None:
    """It takes no rank and takes no items from the others."""
    others = [f"x{k}" for k in range(20)]
    found = known(a=told(outcomes([1] * 20)), b=told(outcomes([1] * 19 + [0])), c=told(outcomes([1] * 20, others)))
    assert found.rows == (A, B)
    assert found.gain(A, C) is None
    assert set(found.groups()) == {A, B}


def test_repeats_of_a_sample_meet_their_own_items() -> None:
    """Two samples: a row that lacks one is compared with nothing rather than on half of the items."""
    first, second = outcomes([1] * 20), outcomes([1] * 10 + [0] * 10, [f"s{k}" for k in range(20)])
    both = [*told(first, "clean,sample=0"), *told(second, "clean,sample=1")]
    found = known(a=both, b=both, c=told(first, "clean,sample=0"))
    assert found.rows == (A, B)


def test_one_seed_is_never_better() -> None:
    """Trained once and far ahead on these texts: no rank, no interval of its gain, and nobody ranks below it."""
    plan = [entry(row, "clean", "clean") for row in "ab"] + [tuned("a", "clean", "clean", None, "–")]
    cells = {("a", "clean"): right(0.7), ("b", "clean"): right(0.6), ("a", "finetuneclean–"): right(0.95)}
    plan[-1]["key"] = "a:finetuneclean–"
    task = built(cells, plan)
    rows = {row.label: row for row in task.rows}
    once = rows["a / mean / finetune"]
    assert (once.rank, once.unranked) == (None, "trained once")
    assert [rows[f"{name} / mean / probe"].rank for name in "ab"] == [1, 2]
    assert task.verdict.pick == "a / mean / probe"
    assert any(
        "Trained once, so neither ranked nor named: a / mean / finetune (95.0)" in r for r in task.verdict.remarks
    )
    (line,) = task.tuning.rows
    assert line.gain.value == pytest.approx(0.25)
    assert np.isnan(line.gain.low)


def test_seeds_that_differ_widely_share_a_rank_with_what_they_may_not_beat() -> None:
    """Three seeds at 0.6, 0.85, 1.0 against a probe at 0.7: better on these texts, not for the next seed."""
    seeds = {"train=0": 0.6, "train=1": 0.85, "train=2": 1.0}
    plan = [entry("a", "clean", "clean"), *(tuned("a", "clean", "clean", None, seed) for seed in seeds)]
    cells = {("a", "clean"): right(0.7), **{("a", f"finetuneclean{s}"): right(x) for s, x in seeds.items()}}
    task = built(cells, plan)
    assert [row.rank for row in task.rows] == [1, 1]
    steady = {
        ("a", "clean"): right(0.7),
        **{("a", f"finetuneclean{s}"): right(0.82 + i / 100) for i, s in enumerate(seeds)},
    }
    task = built(steady, plan)
    assert [row.rank for row in task.rows] == [2, 1]


def test_a_run_of_one_cluster_ranks_nothing_and_says_why() -> None:
    plan = [entry(row, "clean", "clean") for row in "ab"]
    made = {("a", "clean"): outcomes([1] * 20), ("b", "clean"): outcomes([1] * 10 + [0] * 10)}
    for one in made.values():
        one.cluster[:] = "i0"
    task = built(made, plan)
    assert {row.unranked for row in task.rows} == {"too few clusters"}
    assert task.verdict.headline.startswith("Not settled: a / mean has the best score, accuracy 100.0")
    assert task.verdict.why == (
        "The test texts are one cluster, or nearly, so that no difference between rows can be judged."
    )


def test_one_cluster_of_nearly_all_texts_bounds_nothing() -> None:
    """30 of 33 in one cluster count for hardly more than one: no bound is made up."""
    plan = [entry(row, "clean", "clean") for row in "ab"]
    made = {("a", "clean"): outcomes([1] * 33), ("b", "clean"): outcomes([1] * 25 + [0] * 8)}
    for one in made.values():
        one.cluster[:] = [f"i{k}" if k < 1 else "rest" for k in range(33)]
    task = built(made, plan)
    assert "inf" not in str(task.verdict)
    assert task.verdict.why.startswith("The test texts are one cluster, or nearly")


def test_rows_that_each_lack_other_items_leave_enough_to_compare() -> None:
    """Twenty rows, each without another twentieth of the items: those that would leave too little are left out."""
    rows = {}
    for i in range(20):
        kept = [f"i{k}" for k in range(200) if k % 20 != i]
        rows[(f"e{i}", "mean", "probe")] = told(outcomes([1] * len(kept), kept))
    found = standing(scorer_of("accuracy"), rows)
    assert 2 <= len(found.rows) < 20
