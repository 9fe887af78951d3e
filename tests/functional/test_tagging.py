"""Tasks of words and their tags, from a CoNLL file to page and gate."""

from random import Random

import pytest

from harness import tasks
from harness.core.address import PARTS
from harness.core.tags import read_written
from harness.results import Run, RunCell
from harness.results.folder import read_lines
from harness.runner import perturbed
from tests.fakes.command import Command
from tests.fakes.desk import Desk, failed, timing_lines

SUITE = """
name: names
encoders: [{name: one, checkpoint: ./one}]
poolers: [{name: words, pooler: word-mean, layers: [0]}, mean]
modes: [probe, finetune: {epochs: 1}, lp-ft: {epochs: 1}]
tasks:
  - {name: names, kind: tagging, data: names.conll}
  - {name: reviews, data: reviews.csv}
conditions: [keyboard, distractors: {words: 5}, tail, max-length: {tokens: 12}, rare-words]
baselines: [majority]
exclude: [{task: reviews, mode: finetune*}, {task: reviews, mode: lp-ft*}, {task: reviews, condition: "*@*"}]
max_samples: {train: 60, test: 40}
latency: {scenarios: [offline], replicates: 1, requests: 10}
device: cpu
"""

POOLERS = "poolers: [{name: words, pooler: word-mean, layers: [0]}, mean]\n"


def conll(n: int = 120) -> str:
    """`n` sentences of 5 to 14 words, every tenth of 40; food and people are tagged. Documents of ten."""
    rng, lines = Random(0), []
    for number in range(n):
        lines += ["-DOCSTART- O", ""] if number % 10 == 0 else []
        words = [rng.choice(("the", "was", "before", "and", "I", "phone", f"number{number}")) for _ in range(4)]
        words = words * (10 if number % 10 == 5 else 1)
        tagged = [(word, "O") for word in words]
        tagged.insert(rng.randrange(4), (rng.choice(("food", "battery", "service")), "B-thing"))
        tagged[-1:-1] = [(rng.choice(("good", "kind")), "B-person"), (rng.choice(("waiter", "guests")), "I-person")]
        lines += [f"{word} {tag}" for word, tag in tagged] + [""]
    return "\n".join(lines)


@pytest.fixture
def names(desk: Desk) -> Desk:
    (desk.path / "names.conll").write_text(conll(), encoding="utf-8")
    return desk


def of(run: Run, **address: str) -> RunCell:
    wanted = {"task": "names", "condition": "clean", "mode": "probe", **address}
    (cell,) = (c for c in run.cells if wanted.items() <= dict(zip(PARTS, c.address.names, strict=True)).items())
    return cell


def test_words_are_tagged_from_file_to_page_and_gate(names: Desk, command: Command) -> None:
    run = names.run(SUITE, "accepted")
    assert failed(run) == {}
    assert {cell.address.pooler for cell in run.cells if cell.address.task == "names"} == {"words", "–"}
    assert {cell.address.pooler for cell in run.cells if cell.address.task == "reviews"} == {"mean", "–"}
    clean = of(run)
    assert clean.scores["entity-f1"].value > 0.9  # each of these words has one tag
    assert clean.facts.identity.n_predictions_changed == 0
    assert clean.facts.n_truncated == 0
    assert of(run, mode="finetune[epochs=1]").status == of(run, mode="lp-ft[epochs=1]").status == "done"
    assert of(run, mode="lp-ft[epochs=1]").scores["entity-f1"].value > 0.9
    assert of(run, encoder="majority", mode="–").scores["entity-f1"].value > 0.5
    typed, around = of(run, condition="keyboard@3"), of(run, condition="distractors@5")
    assert typed.facts.texts_changed > 0.3
    before, after = clean.outcomes, around.outcomes
    assert [len(read_written(own)) for own in before.gold] == [len(read_written(own)) for own in after.gold]
    assert before.content.tolist() == after.content.tolist()
    assert max(one.end for own in after.gold for one in read_written(own)) > 45
    assert "read whole, in windows of words" in of(run, condition="tail").message
    assert of(run, condition="max-length@12").status == "done"
    assert {line["task"] for line in timing_lines(run)} == {"names", "reviews"}
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "entity F1" in page
    assert "12 documents, by lines of -DOCSTART-" in page
    assert "240 entities of 2 types" in page
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "first").code == 0
    assert command("gate", "accepted", "--baseline", "b.json").code == 0


def test_a_perturbed_copy_of_a_tagging_task_is_a_task_again(names: Desk, command: Command) -> None:
    assert command("perturb", "keyboard", "--task", "synthetic-ner", "--severity", "5", "-o", "typed").code == 0
    rows = read_lines(names.path / "typed" / "test.jsonl")
    assert all(len(row["tokens"]) == len(row["tags"]) for row in rows)
    info = tasks.describe(perturbed.task_of("typed"))
    assert (info.kind, info.n_train, info.n_test) == ("tagging", 600, len(rows)) == ("tagging", 600, 400)


def test_a_text_pooler_alone_is_refused_where_all_tasks_are_of_words(names: Desk, command: Command) -> None:
    alone = SUITE.replace("  - {name: reviews, data: reviews.csv}\n", "").replace(POOLERS, "poolers: [mean]\n")
    names.suite(alone)
    said = command("plan", "suite.yaml")
    assert said.code == 2
    assert "pooler 'mean' gives a vector to a text, and every task of this suite is of lists of words" in said.err


def test_where_a_suite_names_no_pooler_of_words_the_kind_has_one(names: Desk, command: Command) -> None:
    names.suite(SUITE.replace(POOLERS, "poolers: [cls]\n"))
    said = command("plan", "suite.yaml")
    assert said.code == 0, said.err
    assert "word-mean" in said.out
