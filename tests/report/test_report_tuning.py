"""Rows whose weights were trained here: against the probe, against each other, and how training went."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import report
from harness.core.data import Outcomes
from harness.report import View, comparison_table, details, html, markdown, notes, page, tuning_tables
from harness.report.model import Row, Task
from harness.report.table import Table
from tests.fakes import synthetic_run as fake_run
from tests.fakes.small_runs import entry, outcomes, run_of


def tuned(
    row: str, condition: str, kind: str, against: str | None, seed: str, mode: str = "finetune"
) -> dict[str, Any]:
    """A plan entry of a row that was trained here; `against` is its own cell of the same seed."""
    made = entry(row, condition, kind, f"{mode}{against}{seed}" if against else None, seed)
    made["key"] = f"{row}:{mode}{condition}{seed}"
    made["address"]["mode"] = mode
    return made | {"build": f"checkpoint {row} {mode} {seed}"}


def task_of(cells: dict[tuple[str, str], Outcomes], plan: list[dict[str, Any]]) -> Task:
    (task,) = report.build(run_of(cells, plan)).tasks
    return task


def of_mode(task: Task, mode: str, encoder: str = "a") -> Row:
    return next(row for row in task.rows if (row.encoder, row.mode) == (encoder, mode))


def words(table: Table) -> list[list[str]]:
    return [[cell.line for cell in row] for section in table.sections for row in section.rows]


def right(share: float, n: int = 400) -> Outcomes:
    """This share is right; a smaller share is wrong wherever a larger one is."""
    return outcomes((np.random.default_rng(0).permutation(n) < share * n).astype(int).tolist())


SEEDS = ("train=0", "train=1")


def test_seeds_are_pooled_and_their_spread_is_shown() -> None:
    """A probe at 0.7, seeds at 0.8 and 0.9: a gain of 0.15."""
    plan = [entry("a", "clean", "clean"), *(tuned("a", "clean", "clean", None, seed) for seed in SEEDS)]
    cells = {
        ("a", "clean"): outcomes([1] * 7 + [0] * 3),
        ("a", "finetunecleantrain=0"): outcomes([1] * 8 + [0] * 2),
        ("a", "finetunecleantrain=1"): outcomes([1] * 9 + [0]),
    }
    task = task_of(cells, plan)
    (line,) = task.tuning.rows
    row = of_mode(task, "finetune")
    assert (line.probe, line.gain.value) == (("a", "mean", "probe"), pytest.approx(0.15))
    assert line.seeds == (pytest.approx(0.8), pytest.approx(0.9))
    assert (row.score.value, row.clean.seeds, row.clean.n) == (pytest.approx(0.85), "2 train seeds", 10)
    ((head, probe, score, gain, spread, *_),) = words(tuning_tables.gains(task, task.tuning))
    assert (head, probe[:4], score[:4], gain[:5], spread) == (
        "a / mean / finetune",
        "70.0",
        "85.0",
        "+15.0",
        "80.0 to 90.0",
    )
    assert score.endswith("2 train seeds")


def test_more_seeds_are_not_more_test_items() -> None:
    """The interval draws items with all their seeds: six equal seeds leave it as wide as two."""
    widths = []
    for n_seeds in (2, 6):
        seeds = [f"train={i}" for i in range(n_seeds)]
        plan = [entry("a", "clean", "clean"), *(tuned("a", "clean", "clean", None, seed) for seed in seeds)]
        cells = {("a", "clean"): right(0.7), **{("a", f"finetuneclean{seed}"): right(0.8) for seed in seeds}}
        (line,) = task_of(cells, plan).tuning.rows
        widths.append(line.gain.high - line.gain.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.01)


def with_shift() -> tuple[dict[tuple[str, str], Outcomes], list[dict[str, Any]]]:
    plan = [entry("a", "clean", "clean"), entry("a", "domain[b>b]", "oracle")]
    plan += [tuned("a", "clean", "clean", None, seed) for seed in SEEDS]
    plan += [tuned("a", "domain[a>b]", "shift", None, seed) | {"against": "a:domain[b>b]"} for seed in SEEDS]
    cells = {("a", "clean"): outcomes([1] * 10), ("a", "domain[b>b]"): outcomes([1] * 9 + [0])}
    cells |= {("a", f"finetuneclean{seed}"): outcomes([1] * 10) for seed in SEEDS}
    cells |= {
        ("a", f"finetunedomain[a>b]{seed}"): outcomes([1] * (7 + i) + [0] * (3 - i)) for i, seed in enumerate(SEEDS)
    }
    return cells, plan


def test_a_shift_may_be_measured_against_the_probe_of_the_tested_domain() -> None:
    """The reference is a cell of another row, once for all seeds, and it is named wherever the drop is shown."""
    task = task_of(*with_shift())
    row = of_mode(task, "finetune")
    drop = next(r.drop for r in row.results if r.condition == "domain[a>b]")
    assert (drop.reference, drop.loss.value) == (pytest.approx(0.9), pytest.approx(0.15))
    assert drop.against == "domain[b>b] (probe)"
    assert "90.0 domain[b>b] (probe)" in str(words(details.conditions(task)))
    assert "named in brackets" in details.conditions(task).explains


def test_a_condition_in_no_bundle_has_its_drop_beside_the_probe_too() -> None:
    """`domain` alone, as in a suite that names its own oracle."""
    task = task_of(*with_shift())
    table = tuning_tables.robustness(task, task.tuning)
    assert [(c.title, c.unit) for c in table.columns[1:]] == [("domain", "drop, probe"), ("domain", "drop, fine-tuned")]
    ((_, probe, own),) = words(table)
    assert own.startswith("15.0²")
    assert own.endswith("domain[a>b]")
    assert probe == "–¹"
    assert [note for _, note in table.notes] == [
        "domain[a>b] is not planned for this row",
        "compared with domain[b>b] (probe)",
    ]


def picks(**shares: tuple[float, float]) -> str:
    """The sentence for encoders of these (probe, fine-tuned) shares of right answers; NaN is a row not there."""
    plan, cells = [], {}
    for encoder, (probe, trained) in shares.items():
        if probe == probe:
            plan.append(entry(encoder, "clean", "clean"))
            cells[encoder, "clean"] = right(probe)
        plan += [tuned(encoder, "clean", "clean", None, seed) for seed in SEEDS]
        cells |= {(encoder, f"finetuneclean{seed}"): right(trained) for seed in SEEDS}
    return task_of(cells, plan).tuning.choice


NO = float("nan")


@pytest.mark.parametrize(
    ("shares", "start", "end"),
    [
        (
            {"a": (0.8, 0.9), "b": (0.7, 0.8)},
            "The probe would have picked the same encoder (a); fine-tuned, a is better than b by 10",
            "].",
        ),
        (
            {"a": (0.8, 0.8), "b": (0.7, 0.9)},
            "The probe would have picked a; fine-tuned, b is better than a by 10",
            "].",
        ),
        (
            {"a": (0.8, 0.9), "b": (0.7, 0.9)},
            "The probe would have picked the same encoder (a); fine-tuned, a and b cannot be told apart (a difference",
            "0.0 points [−0.9, 0.9]).",
        ),
        (
            {"a": (0.8, 0.9)},
            "One encoder only (a) has both a probe's and a fine-tuned score",
            "there is no choice of encoders to compare.",
        ),
        ({"a": (0.8, 0.9), "b": (NO, 0.8)}, "One encoder only (a)", "to compare."),
        ({"a": (NO, 0.9)}, "No encoder has both", "to compare."),
    ],
)
def test_it_says_which_encoder_the_probe_would_have_picked(
    shares: dict[str, tuple[float, float]], start: str, end: str
) -> None:
    said = picks(**shares)
    assert said.startswith(start)
    assert said.endswith(end)


def test_other_recipes_are_held_against_the_first() -> None:
    """Clean and under each bundle, on the same items: 0.8 against 0.9 is ten points less."""
    plan, cells = [entry("a", "clean", "clean")], {("a", "clean"): right(0.7)}
    for mode, share in (("finetune", 0.9), ("lp-ft", 0.8)):
        plan += [tuned("a", "clean", "clean", None, seed, mode) for seed in SEEDS]
        plan += [tuned("a", "keyboard@3", "perturbation", "clean", seed, mode) for seed in SEEDS]
        cells |= {("a", f"{mode}clean{seed}"): right(share) for seed in SEEDS}
        cells |= {("a", f"{mode}keyboard@3{seed}"): right(0.5) for seed in SEEDS}
    task = task_of(cells, plan)
    (recipe,) = task.tuning.recipes
    assert (recipe.names, recipe.first) == (("a", "mean", "lp-ft"), "finetune")
    clean, typos = recipe.gains
    assert (clean.under, typos.under, typos.n_conditions) == ("clean", "misspellings", 1)
    assert clean.gain.value == pytest.approx(-0.1, abs=0.03)
    assert clean.gain.high < 0
    assert typos.gain.value == 0
    assert words(tuning_tables.recipes(task, task.tuning))[0][2].startswith("0.0 [−0.7, 0.7]")


def test_without_fine_tuned_rows_there_is_no_section(view: View) -> None:
    assert view.tasks[1].tuning is None
    (part, folded) = next(s for s in page.sections(view) if s.anchor == "fine-tuning").parts
    assert (part.title, folded.title, folded.is_folded) == ("sentiment", "sentiment: how training went", True)


def test_rows_say_what_they_are_and_whose_speed_they_have(view: View) -> None:
    """An encoder row says what it is; weights do not change how long a text takes."""
    rows = {row.names: row for row in view.tasks[0].rows}
    probe, own = rows["minilm", "mean", "probe"], rows["minilm", "mean", "finetune"]
    assert own.weights == "fine-tuned here: pretrained, trained with mean pooling"
    assert own.speed == probe.speed
    assert (own.disk_mb, own.n_parameters) == (87.0, probe.n_parameters)
    assert any("have the latency measured for their encoder and pooler" in note for note in view.tasks[0].notes)
    assert not any("have the latency" in note for note in view.tasks[1].notes)


def test_rows_that_read_pairs_as_one_input_have_no_time_of_one_text(tmp_path: Path) -> None:
    run = fake_run.make(tmp_path)
    run.manifest["tasks"]["sentiment"]["kind"] = "pair-classification"
    task = report.build(run).tasks[0]
    assert {row.is_tuned for row in task.rows if row.speed is None and row.clean and row.encoder == "minilm"} == {True}
    assert any(row.speed for row in task.rows)
    assert [note for note in task.notes if "latency measured" in note or "not timed" in note] == [notes.JOINT]


def test_a_failed_seed_is_missed_in_the_score_and_named_once(view: View) -> None:
    """Its cells do not fill the table of what is missing."""
    text = markdown.render(view)
    row = next(r for r in view.tasks[0].rows if r.mode == "lp-ft")
    assert comparison_table.score(row, view.tasks[0].measure).aside == "2 of 3 train seeds"
    (failure,) = [f for f in view.failed if "lp-ft" in f.row]
    assert failure.conditions == (
        "training (train=1), and with it: clean, keyboard@3, keyboard@5, domain[tweets>movies], rare-words:control, "
        "rare-words"
    )
    assert failure.reason == "not-finite"
    assert text.count("loss is NaN at step 11 of 51") == 1
    assert "its checkpoint failed" not in text


def test_seeds_that_failed_alike_are_one_line(tmp_path: Path) -> None:
    run = fake_run.make(tmp_path)
    for line in run.build_lines[:2]:
        line.update(status="failed", reason="not-finite", message="loss is NaN")
    (failure, _) = [f for f in report.build(run).failed if "training" in f.conditions]
    assert failure.row == "sentiment / minilm / mean / finetune"
    assert failure.conditions == "training (train=0, train=1)"  # their cells are of an earlier run


def test_n_says_how_many_seeds_and_draws(view: View) -> None:
    """Three draws of typos under three seeds are 9 × the items; the heading counts the draws."""
    table = details.conditions(view.tasks[0])
    typos = next(section for section in table.sections if section.title == "keyboard@3")
    assert "3 repeats together" in typos.meaning
    n = {row[0].line: row[-1].line for row in typos.rows}
    assert n["minilm / mean / finetune"] == "300 × 9 3 train seeds"
    assert n["minilm / mean / lp-ft"] == "300 × 6 2 of 3 train seeds"
    assert n["minilm / mean / probe"] == "300 × 3"


def test_how_training_went_is_a_line_a_checkpoint(view: View) -> None:
    table = tuning_tables.trainings(view.tasks[0], view.tasks[0].tuning)
    assert [section.title for section in table.sections] == [
        "minilm / mean / finetune",
        "minilm / mean / lp-ft",
        "mpnet / mean / finetune",
    ]
    lines = words(table)
    assert [line[0] for line in lines[:3]] == ["train=0", "train=1", "train=2"]
    assert lines[0][3:6] == ["86.0", "2", "3 of 3"]
    assert lines[2][5] == "2 of 3, stopped early"
    assert lines[4][1:] == [lines[4][1], "–", "–", "–", "0.6 of 3", "failed: not-finite"]
    assert lines[6][6].startswith("encoder_lr / head_lr is 1.0")
    assert tuning_tables.total(view.tasks[0].tuning) == (
        "8 checkpoints trained, 1 failed: 5.6 min and 760,000 tokens in all."
    )


def test_cost_stands_in_the_table_of_results(view: View) -> None:
    """Of its own seed in the row of a cell; nothing where nothing was trained."""
    rows = [r for r in report.rows(view) if r["task"] == "sentiment" and r["condition"] == "clean"]
    seconds = {(r["encoder"], r["mode"], r["repeat"]): r["train_seconds"] for r in rows}
    assert seconds["minilm", "finetune", "train=1"] == pytest.approx(42.0)
    assert seconds["minilm", "finetune", "train=2"] == pytest.approx(42.7)
    assert seconds["minilm", "probe", "–"] is None
    tokens = next(r["train_tokens"] for r in rows if (r["mode"], r["repeat"]) == ("finetune", "train=0"))
    assert tokens == 3 * 34_567


def test_trainings_that_have_not_run_are_no_fault(tmp_path: Path) -> None:
    """A run that has only begun: no builds, no scores."""
    run = fake_run.make(tmp_path)
    run.lines, run.timing_lines, run.build_lines = [], [], []
    text = markdown.render(report.build(run))
    assert "No checkpoint has been trained yet." in text


def test_a_suite_that_keeps_its_texts_private_says_so(tmp_path: Path) -> None:
    run = fake_run.make(tmp_path)
    assert "private" not in markdown.render(report.build(run))
    run.manifest["suite"]["texts"] = "none"
    view = report.build(run)
    for text in (markdown.render(view), html.render(view)):
        assert text.count("no text of the data") == 1
