"""What conditions, draws and rows say together: values that can be worked out by hand, and the tables of them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import report
from harness.core.data import Outcomes
from harness.report import between, robustness_tables, severities, worst
from harness.report.model import Task
from harness.report.robustness_model import Robustness
from harness.report.scorer import Scorer, scorer_of
from harness.report.source import Source
from harness.report.table import Table
from harness.results import Run
from harness.results.outcomes import OutcomeReader
from harness.scoring.retrieval import Retrieval
from harness.stats import comparisons
from tests.fakes import synthetic_run
from tests.fakes.runs import FakeRun
from tests.fakes.small_runs import entry, outcomes, run_of

A, B, C = (("a", "mean", "probe"), ("b", "mean", "probe"), ("c", "mean", "probe"))


#: What conditions are made of.
Made = Mapping[str, Mapping[str, Any]]
NOTHING: Made = {}


def right(n: int, of: int = 100) -> Outcomes:
    """The first n of `of` items right: rows that are better are right where others are."""
    return outcomes([1] * n + [0] * (of - n))


def ran(shares: Mapping[str, Mapping[str, Any]], made_of: Made = NOTHING, path: Path = Path("run")) -> FakeRun:
    """Rows by condition: outcomes, or how many of 100 items are right, nothing of it by chance.

    A condition with `#` is the draw that follows; `made_of` says severities and parameters of conditions.
    """
    plan, cells = [], {}
    for row, conditions in shares.items():
        for name, made in conditions.items():
            condition, _, draw = name.partition("#")
            kind = "clean" if name == "clean" else "perturbation"
            repeat = f"perturb={draw}" if draw else "–"
            one = entry(row, condition, kind, None if name == "clean" else "clean", repeat)
            plan.append({**one, **made_of.get(condition, {})})
            cells[row, condition + (repeat if draw else "")] = right(made) if isinstance(made, int) else made
    run = run_of(cells, plan, path)
    for line in run.lines:
        line["chance"] = 0.0
    return run


def task_of(run: FakeRun) -> Task:
    (task,) = report.build(run).tasks
    return task


def known(run: FakeRun) -> Robustness:
    return task_of(run).robustness


def texts(table: Table | None) -> list[list[str]]:
    """The entries of all lines."""
    assert table is not None
    return [[cell.line for cell in row] for section in table.sections for row in section.rows]


# flips


def test_flips_among_the_right_are_of_those_that_were_right() -> None:
    """Of 10 items 8 are right; two of these change, and one of the others: 3 of 10, and 2 of 8."""
    clean, changed = outcomes([1] * 8 + [0] * 2), outcomes([0] * 2 + [1] * 6 + [1, 0])
    task = task_of(ran({"a": {"clean": clean, "keyboard@3": changed}}))
    drop = next(r.drop for r in task.rows[0].results if r.drop)
    assert (drop.flip_rate, drop.flip_rate_right) == (pytest.approx(0.3), pytest.approx(0.25))


def test_nothing_right_has_no_flips_among_the_right() -> None:
    task = task_of(ran({"a": {"clean": outcomes([0] * 10), "keyboard@3": outcomes([1] * 10)}}))
    drop = next(r.drop for r in task.rows[0].results if r.drop)
    assert (drop.flip_rate, drop.flip_rate_right) == (1.0, None)


def test_a_search_is_right_where_the_first_document_answers() -> None:
    names = np.array(["q1", "q2", "q3"])
    gold, first = np.array(["d1|d2", "d12", "d3"]), np.array(["d2", "d1", "d3"])
    found = Retrieval().right(Outcomes(names, names, np.zeros(3, int), gold, first, np.zeros(3)))
    assert found.tolist() == [True, False, True]


# rows beside each other


def test_rows_are_compared_by_what_they_lose() -> None:
    """a loses 20 of 100, b 2, c 3: b and c cannot be told apart, and a loses 18 more than the least, b."""
    shares = {
        "a": {"clean": 90, "keyboard@3": 70},
        "b": {"clean": 80, "keyboard@3": 78},
        "c": {"clean": 60, "keyboard@3": 57},
    }
    (one,) = known(ran(shares)).between
    assert [loss.names for loss in one.losses] == [B, C, A]
    assert [loss.drop for loss in one.losses] == pytest.approx([0.02, 0.03, 0.2])
    assert [(loss.rank, loss.n_tied) for loss in one.losses] == [(1, 2), (1, 2), (3, 1)]
    more = [loss.more for loss in one.losses]
    assert [interval.value for interval in more] == pytest.approx([0, 0.01, 0.18])
    assert more[1].low < 0 < more[1].high
    assert 0 < more[2].low < 0.18 < more[2].high


def test_a_ranking_that_turns_over_is_said_to() -> None:
    shares = {
        "a": {"clean": 90, "keyboard@3": 20},
        "b": {"clean": 60, "keyboard@3": 50},
        "c": {"clean": 30, "keyboard@3": 80},
    }
    task = task_of(ran(shares))
    (one,) = task.robustness.between
    assert one.tau is not None
    assert (one.tau.value, one.is_kept) == (-1.0, False)
    assert one.first == ((A,), (C,))
    assert (one.n_apart, one.n_kept, set(one.turned)) == (3, 0, {(B, A), (C, A), (C, B)})
    said = " ".join(robustness_tables.said(task))
    assert "does not survive keyboard@3: b / mean is shown to be better than a / mean" in said
    assert "best score under keyboard@3 (c / mean)" in said


def test_a_ranking_that_stays_is_said_to_survive() -> None:
    shares = {row: {"clean": n, "keyboard@3": n - 10} for row, n in {"a": 90, "b": 60, "c": 30}.items()}
    task = task_of(ran(shares))
    (one,) = task.robustness.between
    assert one.tau is not None
    assert (one.tau.value, one.tau.low, one.is_kept) == (1.0, 1.0, True)
    assert (one.n_apart, one.n_kept) == (3, 3)
    assert "survives keyboard@3" in robustness_tables.said(task)[0]
    (line,) = texts(robustness_tables.agreement(task))
    assert line == ["keyboard@3", "3", "1.00 [1.00, 1.00]", "3 of 3", "a / mean", "a / mean"]


def test_rows_that_are_nearly_alike_settle_nothing() -> None:
    """Tau is 1 in the data, and other texts would give another."""
    rng = np.random.default_rng(0)
    cells = {}
    for row, share in {"a": 0.75, "b": 0.72, "c": 0.69}.items():
        cells[row] = {name: outcomes((rng.random(100) < share).astype(int)) for name in ("clean", "keyboard@3")}
    task = task_of(ran(cells))
    assert task.robustness.between[0].is_kept is None
    assert robustness_tables.said(task)[0] == (
        "These texts do not show whether the ranking of the rows survives keyboard@3."
    )


def test_rows_no_better_than_chance_are_not_ranked_and_two_have_no_ranking() -> None:
    run = ran({row: {"clean": n, "keyboard@3": n} for row, n in {"a": 90, "b": 60, "c": 30}.items()})
    next(line for line in run.lines if line["key"] == "c:clean")["chance"] = 0.4
    (one,) = known(run).between
    assert ({loss.names for loss in one.losses}, one.tau) == ({A, B}, None)
    assert robustness_tables.agreement(task_of(run)) is None


def test_a_row_trained_once_has_no_rank_by_drop() -> None:
    run = synthetic_run.make()
    for line in run.manifest["plan"]:
        if line["build"] and not line["address"]["repeat"].endswith("train=0"):
            line["key"] = None
    task = next(task for task in report.build(run).tasks if task.name == "sentiment")
    ranks = {loss.names: loss.rank for one in task.robustness.between for loss in one.losses}
    assert ranks["minilm", "mean", "finetune"] is None
    assert ranks["minilm", "mean", "probe"] is not None


def test_draws_of_a_condition_are_averaged() -> None:
    """b loses 10 and 20: 15; a loses 5 in both."""
    shares = {
        "a": {"clean": 90, "keyboard@3#0": 85, "keyboard@3#1": 85},
        "b": {"clean": 80, "keyboard@3#0": 70, "keyboard@3#1": 60},
    }
    (one,) = known(ran(shares)).between
    assert [(loss.names, pytest.approx(loss.drop)) for loss in one.losses] == [(A, 0.05), (B, 0.15)]


@pytest.mark.parametrize("metric", ["accuracy", "macro-f1", "average-precision"])
def test_a_change_is_minus_the_drop_for_every_form_of_metric(metric: str) -> None:
    """Means, functions of sums, statistics of items; one interval is about as wide as that of the drop."""
    rng = np.random.default_rng(0)
    scorer, sides = scorer_of(metric), []
    for share in (0.9, 0.7):
        made = outcomes((rng.random(200) < share).astype(int))
        gold = np.where(np.arange(200) % 2, "yes", "no")
        told = np.where(made.gold == made.prediction, gold, np.where(gold == "yes", "no", "yes"))
        sides.append(replace(made, gold=gold, prediction=told, score=rng.random(200)))
    part = scorer.change_part(sides[0], sides[1], None)
    found = comparisons(scorer.change, [[part], [part]], rng)
    loss = scorer.loss(sides[:1], sides[1:], "x")
    assert found.scores == pytest.approx([-loss.value] * 2)


# curves over severities

SEVERITIES: Made = {f"keyboard@{n}": {"severity": n, "parameters": {"layout": "qwerty"}} for n in (1, 3, 5)}


def test_the_area_of_a_curve_by_hand() -> None:
    """Drops of 10, 20 and 40 points at 1, 3, 5, whatever the order of the plan: 22.5 on average over the range."""
    shares = {"a": {"clean": 90, "keyboard@5": 50, "keyboard@1": 80, "keyboard@3": 70}}
    (curve,) = known(run := ran(shares, SEVERITIES)).curves
    assert (curve.component, curve.names, curve.clean.value) == ("keyboard", A, pytest.approx(0.9))
    assert [point.severity for point in curve.points] == [1, 3, 5]
    assert [point.score.value for point in curve.points] == pytest.approx([0.8, 0.7, 0.5])
    assert [point.drop.value for point in curve.points] == pytest.approx([0.1, 0.2, 0.4])
    assert curve.area.value == pytest.approx(0.225)
    assert curve.area.low < 0.225 < curve.area.high
    table = robustness_tables.curves(task_of(run))
    assert table is not None
    assert (table.sections[0].title, table.sections[0].meaning) == ("keyboard", "at 1, 3 and 5 (layout qwerty)")
    assert texts(table)[0][1:4] == ["90.0", "80.0 → 70.0 → 50.0", "10.0 → 20.0 → 40.0"]


def test_the_interval_of_an_area_is_paired_over_severities() -> None:
    """The same 20 items are lost at both: the area is as sure as each drop, and no surer."""
    more = {name: told for name, told in SEVERITIES.items() if name != "keyboard@5"}
    task = task_of(ran({"a": {"clean": 90, "keyboard@1": 70, "keyboard@3": 70}}, more))
    (curve,) = task.robustness.curves
    drop = curve.points[0].drop
    assert (curve.area.low, curve.area.high) == pytest.approx((drop.low, drop.high), abs=0.02)


def test_one_severity_or_other_parameters_make_no_curve() -> None:
    other = {**SEVERITIES, "keyboard@3": {"severity": 3, "parameters": {"layout": "azerty"}}}
    shares = {"a": {"clean": 90, "keyboard@1": 80, "keyboard@3": 70}}
    assert known(ran(shares, other)).curves == ()
    assert robustness_tables.curves(task_of(ran(shares, other))) is None


def test_a_row_without_one_of_the_severities_has_no_curve() -> None:
    shares = {"a": {"clean": 90, "keyboard@1": 80, "keyboard@3": 70}, "b": {"clean": 90, "keyboard@1": 80}}
    assert [curve.names for curve in known(ran(shares, SEVERITIES)).curves] == [A]


# each item at its worst


def test_the_worst_case_by_hand() -> None:
    """Of ten items nine are right; each of three copies breaks others: five stay right in all. k is 3."""
    shares = {
        "clean": outcomes([1] * 9 + [0]),
        "keyboard@3#0": outcomes([0] + [1] * 9),
        "keyboard@3#1": outcomes([1, 0] + [1] * 8),
        "truncate@0.5": outcomes([1, 1, 0, 0] + [1] * 6),
    }
    task = task_of(ran({"a": shares}))
    (one,) = task.robustness.worst
    assert (one.names, one.k, one.n) == (A, 3, 10)
    assert (one.clean, one.mean) == (pytest.approx(0.9), pytest.approx(26 / 30))
    assert one.worst.value == pytest.approx(0.5)
    assert texts(robustness_tables.worst_cases(task))[0][1:3] == ["90.0", "86.7"]


def lower_is_better(name: str) -> Scorer:
    component = scorer_of(name).component
    return Scorer(replace(component, facts={**component.facts, "higher_is_better": False}))


def test_the_worst_of_a_metric_that_is_better_low_is_the_highest() -> None:
    """HELM takes the minimum of a loss: with accuracy taken for a loss, an item is at its worst where one is right."""
    shares = {"clean": outcomes([0] * 10), "keyboard@3": outcomes([1] * 2 + [0] * 8), "ocr@3": outcomes([0] * 9 + [1])}
    source = Source(ran({"a": shares}))
    found = worst.worst_case(source, lower_is_better("accuracy"), source.tasks["t"][A])
    assert found is not None
    assert found.worst.value == pytest.approx(0.3)


def test_no_worst_case_of_one_copy_or_of_a_metric_that_is_no_mean() -> None:
    shares = {"clean": right(90), "keyboard@3": right(80), "ocr@3": right(80)}
    source = Source(ran({"a": shares}))
    assert worst.worst_case(source, scorer_of("macro-f1"), source.tasks["t"][A]) is None
    assert known(ran({"a": {"clean": 90, "keyboard@3": 80}})).worst == ()


def test_a_perturbation_of_the_training_side_is_no_copy_of_a_text() -> None:
    more = {"ocr@3": {"parameters": {"apply": "train"}}}
    shares = {"a": {"clean": 90, "keyboard@3": 80, "truncate@0.5": 80, "ocr@3": 0}}
    (one,) = known(ran(shares, more)).worst
    assert (one.k, one.worst.value) == (2, pytest.approx(0.8))


def test_another_k_is_said() -> None:
    shares = {
        "a": {"clean": 90, "keyboard@3": 80, "ocr@3": 70},
        "b": {"clean": 90, "keyboard@3": 80, "ocr@3": 70, "truncate@0.5": 60},
    }
    table = robustness_tables.worst_cases(task_of(ran(shares)))
    assert table is not None
    assert "rows with another k are not to be compared" in table.explains


# the worst of the tested domains


def of_domains() -> Task:
    """a is tested in two domains, which it loses 10 and 40 points in against its oracles (90, 80)."""
    plan, cells = [entry("a", "clean", "clean")], {("a", "clean"): right(90)}
    for domain, (oracle, shifted) in {"films": (90, 80), "books": (80, 40)}.items():
        names = f"domain[{domain}>{domain}]", f"domain[shops>{domain}]"
        plan += [entry("a", names[0], "oracle"), entry("a", names[1], "shift", names[0])]
        cells |= {("a", names[0]): right(oracle), ("a", names[1]): right(shifted)}
    return task_of(run_of(cells, plan))


def test_the_worst_domain_with_its_oracle_gap() -> None:
    (line,) = texts(robustness_tables.domains(of_domains()))
    assert line[1].startswith("40.0")
    assert line[1].endswith("domain[shops>books]")
    assert line[2] == "60.0"
    assert line[3].startswith("40.0 [")
    assert (line[4], line[5], line[6]) == ("25.0", "40.0 domain[shops>books]", "2")


# what is stored, and what is handed on


def many(path: Path) -> FakeRun:
    shares = {
        row: {"clean": n, "keyboard@1": n - 5, "keyboard@3#0": n - 10, "keyboard@3#1": n - 12}
        for row, n in {"a": 90, "b": 60, "c": 40}.items()
    }
    return ran(shares, SEVERITIES, path)


def test_a_second_look_computes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = report.build(many(tmp_path).written())
    assert first.tasks[0].robustness.curves
    assert first.tasks[0].robustness.between[0].tau is not None

    def computed(*given: Any, **more: Any) -> Any:
        raise AssertionError(given)

    for module, name in ((between, "draws"), (between, "comparisons"), (severities, "draws"), (worst, "interval")):
        monkeypatch.setattr(module, name, computed)
    monkeypatch.setattr(OutcomeReader, "_read", computed)
    assert report.build(Run(tmp_path)) == first


def test_lost_outcomes_take_these_measures_and_leave_the_page(tmp_path: Path) -> None:
    run = many(tmp_path)
    run.made.clear()
    assert known(run) == Robustness()


def test_columns_stand_beside_a_condition_as_a_whole() -> None:
    rows = report.rows(report.build(many(Path("run"))))
    one = {(r["encoder"], r["condition"], r["repeat"]): r for r in rows}
    pooled, single = one["a", "keyboard@3", "pooled"], one["a", "keyboard@3", "perturb=0"]
    assert pooled["drop_area"] == pytest.approx((0.05 + 0.11) / 2)
    assert (pooled["tau"], pooled["drop_rank"], pooled["drop_more"]) == (1.0, 1, 0.0)
    assert (single["drop_area"], single["tau"], single["drop_rank"]) == (None, None, None)
    assert single["flip_rate_right"] == pytest.approx(10 / 90)
    clean = one["a", "clean", "–"]
    assert (clean["worst_case_k"], clean["worst_case"]) == (3, pytest.approx(0.78))
    assert pooled["worst_case"] is None


def test_losses_stand_beside_the_clean_ranking() -> None:
    """Under the condition of the bundle that costs most, the row that loses least first."""
    shares = {
        "a": {"clean": 90, "keyboard@3": 85, "keyboard@5": 40},
        "b": {"clean": 60, "keyboard@3": 60, "keyboard@5": 58},
    }
    table = robustness_tables.losses(task_of(ran(shares)))
    assert table is not None
    assert [section.title for section in table.sections] == ["keyboard@5"]
    lines = texts(table)
    assert [line[0] for line in lines] == ["b / mean / probe", "a / mean / probe"]
    assert [line[2:5] for line in lines] == [["2", "2.0", "1"], ["1", "50.0", "2"]]
