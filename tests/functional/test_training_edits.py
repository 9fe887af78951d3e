"""Perturbations of what is learnt from, in runs: what is perturbed, what is left as it is, what the page says."""

import csv
import json
from dataclasses import replace

import pytest

from harness import tasks
from harness.catalogue import catalogue
from harness.conditions import perturb
from harness.core.records import Perturbation
from harness.modes.baselines import tfidf
from harness.results import Run
from harness.results.records import RunCell
from harness.runner.data import Data
from tests.fakes.command import Command
from tests.fakes.desk import Desk, failed, write_csv
from tests.functional.test_pairs import pairs

SUITE = """
name: reviews
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [truncate: {keep: 0.05, apply: [test, train, both]}, keyboard: {severity: 5, apply: train}]
baselines: [majority, tfidf]
latency: false
device: cpu
"""


def cells(run: Run, **wanted: str) -> dict[str, RunCell]:
    """By condition, those of a row."""
    return {
        cell.address.condition: cell
        for cell in run.cells
        if all(getattr(cell.address, axis) == name for axis, name in wanted.items())
    }


def accuracy(cell: RunCell) -> float:
    return cell.scores["accuracy"].value


def test_the_training_side_is_perturbed_and_the_test_side_is_as_it_is(desk: Desk) -> None:
    run = desk.run(SUITE)
    assert failed(run) == {}
    for encoder in ("one", "tfidf"):
        made = cells(run, encoder=encoder)
        assert accuracy(made["truncate[train]@0.05"]) < accuracy(made["clean"]) - (0.0 if encoder == "one" else 0.4)
        contents = {name: cell.facts.content for name, cell in made.items()}
        assert contents["truncate[train]@0.05"] == contents["clean"] == contents["keyboard[train]@5"]
        assert contents["truncate[both]@0.05"] == contents["truncate@0.05"] != contents["clean"]
        facts = {name: cell.facts for name, cell in made.items()}
        assert facts["truncate[train]@0.05"].texts_changed == 1.0
        assert made["truncate[train]@0.05"].ids_unchanged is None
        assert facts["keyboard[train]@5"].edits_per_text > 0
    assert len({accuracy(cell) for cell in cells(run, encoder="majority").values()}) == 1  # it looks at no text
    page = (desk.path / "run/report.md").read_text(encoding="utf-8")
    assert "in the training texts: adjacent-key typos in 48 % of words" in page
    assert "in training and test texts: keeping only the first 5.0 % of the text" in page
    with (desk.path / "run/results.csv").open(encoding="utf-8") as file:
        told = {line["condition"]: line for line in csv.DictReader(file)}
    assert json.loads(told["keyboard[train]@5"]["parameters"]) == {"layout": "qwerty", "apply": "train"}
    assert told["keyboard[train]@5"]["component"] == "keyboard"


def test_what_is_learnt_is_what_the_perturbation_makes_of_the_texts(desk: Desk) -> None:
    """Held against the same baseline, fitted here on texts that are perturbed one by one, the last first."""
    run = desk.run(SUITE)
    task = tasks.resolve({"name": "reviews", "data": "reviews.csv"}, desk.path)
    info = tasks.describe(task)
    train, test = (tasks.load(task, tasks.make_split(task, info, side)) for side in ("train", "test"))
    applied = Perturbation("keyboard", 1, {"severity": 5}, 0)
    texts = [perturb([text], [applied], catalogue())[0].text for text in reversed(train.text)][::-1]
    assert sum(a != b for a, b in zip(texts, train.text, strict=True)) > len(texts) / 2
    predictor = tfidf(texts, train.labels, None)
    assert predictor.predict is not None
    outcomes = run.outcomes(str(cells(run, encoder="tfidf")["keyboard[train]@5"].key))
    expected = dict(zip(test.items, predictor.predict(list(test.text))[0], strict=True))
    assert [expected[item] for item in outcomes.item] == outcomes.prediction.tolist()


def test_texts_that_serve_to_choose_by_are_perturbed_like_the_rest(desk: Desk) -> None:
    write_csv(desk.path / "dev.csv", [(f"a fine and lasting day {i}", ("good", "bad")[i % 2], "") for i in range(10)])
    spec = {"name": "r", "train": "reviews.csv", "validation": "dev.csv", "test": "tested.csv"}
    write_csv(desk.path / "tested.csv", [(f"the plate number {i}", ("good", "bad")[i % 2], "") for i in range(10)])
    task = tasks.resolve(spec, desk.path)
    split = tasks.make_split(task, tasks.describe(task), "train")
    data = Data({"r": task})
    applied = Perturbation("truncate", 1, {"keep": 0.5, "side": "first"}, 0)
    made = data("r", replace(split, perturbations=(applied,)))
    before = data("r", split.clean)
    out = [place for place, is_out in enumerate(made.held_out or ()) if is_out]
    assert len(out) == 10
    assert all(made.text[place] != before.text[place] for place in out)


TUNED = """
name: tuned
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [{name: finetune, mode: finetune, epochs: 1}]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [keyboard: {apply: [test, train]}]
repeats: {perturb: 2}
baselines: []
latency: false
device: cpu
"""


def test_a_fine_tuned_row_is_trained_once_more_for_each_draw(desk: Desk, command: Command) -> None:
    run = desk.run(TUNED)
    assert failed(run) == {}
    assert len(run.builds) == 3
    keys: dict[str, set[str]] = {e["address"]["condition"]: set() for e in run.manifest["plan"]}
    for entry in run.manifest["plan"]:
        keys[entry["address"]["condition"]].add(entry["build"])
    assert keys["keyboard@3"] == keys["clean"]
    assert len(keys["keyboard[train]@3"]) == 2
    said = command("plan", "suite.yaml", "-o", "other").out
    for draw in (0, 1):
        assert f"job one mean finetune reviews, keyboard[train]@3 (perturb={draw}), training" in said
    assert "perturb=1, keyboard[train]@3" in (desk.path / "run/report.md").read_text(encoding="utf-8")


PAIRS = """
name: pairs
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [zero-shot, probe]
tasks: [{name: near, kind: similarity, data: near.csv, text_a: left, text_b: right}]
conditions: [keyboard: {apply: train}]
baselines: []
latency: false
device: cpu
"""


@pytest.mark.processes
def test_a_row_that_learns_nothing_says_so_on_the_page_and_is_no_failure(desk: Desk, command: Command) -> None:
    write_csv(desk.path / "near.csv", [(a, b, str(score)) for a, b, score, _ in pairs()], ("left", "right", "score"))
    desk.suite(PAIRS)
    assert "would fail" not in command("plan", "suite.yaml", "-o", "run").out
    assert command("run", "suite.yaml", "-o", "run").code == 0
    run = Run(desk.path / "run")
    skipped = cells(run, mode="zero-shot")["keyboard[train]@3"]
    assert (skipped.status, skipped.reason, skipped.key) == ("skipped", "not-applicable", None)
    assert cells(run, mode="probe")["keyboard[train]@3"].status == "done"
    page = (desk.path / "run/report.md").read_text(encoding="utf-8")
    assert "zero-shot learns nothing from texts" in page
    command("baseline", "run", "-o", "base.json", "--reason", "first")
    assert command("gate", "run", "--baseline", "base.json").code in (0, 3)


def test_nothing_to_edit_in_the_training_texts_is_told(desk: Desk) -> None:
    write_csv(desk.path / "short.csv", [(f"{i} a {'ab'[i % 2]}", "xy"[i % 2], "") for i in range(60)])
    run = desk.run(
        SUITE.replace("reviews.csv", "short.csv").replace("truncate: {keep: 0.05, apply: [test, train, both]}, ", "")
    )
    told = cells(run, encoder="one")["keyboard[train]@5"]
    assert told.status == "skipped"
    assert "keyboard[train]@5 found nothing to edit in these" in told.message


def test_a_severity_of_nothing_is_the_clean_training(desk: Desk) -> None:
    """The control that comes with every perturbation: the same folds, the same head, the same predictions."""
    run = desk.run(SUITE.replace("severity: 5", "severity: 0"))
    for encoder in ("one", "tfidf", "majority"):
        made = cells(run, encoder=encoder)
        same, clean = (run.outcomes(made[name].key) for name in ("keyboard[train]@0", "clean"))
        assert same.prediction.tolist() == clean.prediction.tolist()
        assert same.score.tolist() == clean.score.tolist()
