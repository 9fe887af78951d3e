"""Tasks of two texts an item, from file to gate: similarity and pair-classification, held against others' code."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import tasks
from harness.core.address import PARTS
from harness.results import Run, RunCell
from harness.results.folder import read_lines
from harness.runner import perturbed
from tests.fakes.command import Command
from tests.fakes.desk import Desk, failed, reviews, write_csv

SUITE = """
name: pairs
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [zero-shot, probe, finetune]
tasks:
  - {name: near, kind: similarity, data: near.csv, text_a: left, text_b: right}
  - {name: same, kind: pair-classification, data: same.csv, text_a: left, text_b: right}
conditions: [keyboard, max-length: {tokens: 8}]
baselines: [majority, tfidf]
latency: false
device: cpu
"""


def pairs() -> list[tuple[str, str, float, str]]:
    """(text, text, share of equal words of 0 to 5, class), no pair twice."""
    texts = [text for text, *_ in reviews()]
    found = []
    for i, one in enumerate(texts):
        other = texts[(i * 7 + 3) % len(texts)] if i % 3 else f"{one} again"
        words = set(one.split()), set(other.split())
        found.append(
            (
                one,
                other,
                round(5 * len(words[0] & words[1]) / len(words[0] | words[1]), 2),
                "yes" if i % 3 == 0 else "no",
            )
        )
    return found


@pytest.fixture
def files(desk: Desk) -> Desk:
    write_csv(desk.path / "near.csv", [(a, b, str(score)) for a, b, score, _ in pairs()], ("left", "right", "score"))
    write_csv(desk.path / "same.csv", [(a, b, label) for a, b, _, label in pairs()], ("left", "right", "label"))
    return desk


def vectors(folder: Path, texts: list[str]) -> Any:
    """Mean pooling of one text at a time by transformers alone."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        read = [tokenizer(text, return_tensors="pt", truncation=True, max_length=24) for text in texts]
        return np.stack([model(**one).last_hidden_state[0].mean(dim=0).numpy() for one in read])


def of(run: Run, **address: str) -> RunCell:
    (cell,) = (c for c in run.cells if address.items() <= dict(zip(PARTS, c.address.names, strict=True)).items())
    return cell


def test_pairs_run_from_file_to_page_and_gate(files: Desk, command: Command) -> None:
    run = files.run(SUITE, "accepted")
    assert failed(run) == {}
    assert {(d["what"], d["why"].partition(";")[0]) for d in run.manifest["dropped"]} == {
        (
            "majority on near",
            "majority applies to classification, multi-label, pair-classification, regression and tagging tasks",
        ),
        ("zero-shot on same", "zero-shot applies to clustering, reranking, retrieval and similarity tasks"),
    }
    typed = of(run, task="near", mode="zero-shot", condition="keyboard@3")
    assert typed.facts.texts_changed > 0
    assert set(typed.facts.content) == {"text_a", "text_b"}
    clean = of(run, task="same", mode="probe", condition="clean")
    assert clean.facts.identity.n_predictions_changed == 0
    assert clean.facts.identity.max_abs_difference < 1e-4
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "pairs that share a text" in page
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "first").code == 0
    files.run(SUITE, "again")
    said = command("gate", "again", "--baseline", "b.json")
    assert said.code == 0, said.out
    assert "0 other cells changed" in said.out


def test_similarity_is_the_rank_correlation_of_cosines(files: Desk) -> None:
    from scipy.stats import pearsonr, spearmanr

    run = files.run(SUITE.replace(", probe, finetune", ""))
    cell = of(run, task="near", encoder="one", condition="clean")
    outcomes = run.outcomes(cell.key)
    gold = {(a, b): score for a, b, score, _ in pairs()}
    both = sorted(gold)
    u, v = (vectors(files.path / "one", [pair[side] for pair in both]) for side in (0, 1))
    cosine = (u * v).sum(axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    known = dict(zip(map(tuple, both), cosine, strict=True))
    assert len(outcomes) > 20
    near = [min(abs(value - other) for other in cosine) for value in outcomes.prediction]
    assert max(near) < 1e-5
    assert cell.scores["spearman"].value == pytest.approx(spearmanr(outcomes.gold, outcomes.prediction).statistic)
    assert cell.scores["pearson"].value == pytest.approx(pearsonr(outcomes.gold, outcomes.prediction).statistic)
    assert set(outcomes.gold) <= set(gold.values())
    assert len(known) == len(cosine)


def test_whether_meaning_counts_for_more_than_form_is_told_of_pairs(files: Desk) -> None:
    """Of the pairs judged less alike than the median, where the other text is farther than the changed one."""
    run = files.run(SUITE.replace(", probe, finetune", "").replace("keyboard", "keyboard: {severity: 5}"))
    cell, clean = (of(run, task="near", encoder="one", condition=name) for name in ("keyboard@5", "clean"))
    given = {"name": "near", "kind": "similarity", "data": "near.csv", "text_a": "left", "text_b": "right"}
    task = tasks.resolve(given, files.path)
    sides = [
        tasks.load(task, tasks.make_split(task, tasks.describe(task), "test", role=role))
        for role in ("text_a", "text_b")
    ]
    gold = np.array(sides[0].labels)
    typed = perturbed.changed(sides[0].text, perturbed.named("keyboard", {"severity": 5}, seed=0))
    asked = [i for i, one in enumerate(typed) if one.edits and gold[i] < np.median(gold)]
    texts = [[side.text[i] for i in asked] for side in sides]
    u, v, now = (vectors(files.path / "one", some) for some in (*texts, [typed[i].text for i in asked]))
    meaning, form = ((u * w).sum(axis=1) / np.linalg.norm(w, axis=1) for w in (v, now))
    assert len(asked) > 10
    assert cell.facts.seen.sensitivity == pytest.approx(np.mean(meaning < form))
    assert clean.facts.seen is None
    assert "Meaning over form: of the pairs" in (run.path / "report.md").read_text(encoding="utf-8")


def test_a_pair_is_classified_from_both_vectors_their_difference_and_product(files: Desk) -> None:
    """By scikit-learn, with the C that the harness chose."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = [(a, b, label) for a, b, _, label in pairs()]
    write_csv(files.path / "train.csv", rows[:100], ("left", "right", "label"))
    write_csv(files.path / "test.csv", rows[100:], ("left", "right", "label"))
    run = files.run(SUITE.replace("data: same.csv", "train: train.csv, test: test.csv"))
    cell = of(run, task="same", mode="probe", condition="clean")
    found = {}
    for name, part in (("train", rows[:100]), ("test", rows[100:])):
        u, v = (vectors(files.path / "one", [row[side] for row in part]).astype(np.float64) for side in (0, 1))
        found[name] = np.concatenate([u, v, np.abs(u - v), u * v], axis=1), [row[2] for row in part]
    (chosen,) = (line["facts"]["C"] for line in read_lines(run.path / "cells.jsonl") if line["key"] == cell.key)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=chosen, max_iter=5000, tol=1e-8))
    model.fit(*found["train"])
    assert cell.scores["accuracy"].value == pytest.approx(model.score(*found["test"]), abs=1e-9)


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        ("left,right,score\na,b,1\nc,,2\n", "similarity", "near.csv, row 3: column 'right' is empty; expected a text"),
        ("left,right,score\na,b,1\nc,d,high\n", "similarity", "row 3: column 'score' is 'high'; expected a number"),
        ("left,right,score\na,b,1\nc,d,nan\n", "similarity", "column 'score' is 'nan'; expected a number"),
        (
            "left,right,score\n" + "".join(f"a {i},b {i},3\n" for i in range(40)),
            "similarity",
            "expected at least two numbers",
        ),
        ("left,other,label\na,b,yes\nc,d,no\n", "pair-classification", "no column 'right'"),
    ],
)
def test_what_no_pair_can_be_is_told_before_any_work(
    files: Desk, command: Command, content: str, kind: str, said: str
) -> None:
    (files.path / "near.csv").write_text(content, encoding="utf-8")
    files.suite(SUITE.replace("kind: similarity", f"kind: {kind}").replace("finetune", "finetune: {epochs: 1}"))
    found = command("plan", "suite.yaml")
    assert found.code == 2
    assert said in found.out + found.err


def test_pairs_are_the_two_columns_that_are_named(files: Desk, command: Command) -> None:
    files.suite(SUITE.replace("text_b: right}", "text_b: left}"))
    said = command("plan", "suite.yaml")
    assert said.code == 2
    assert "`text_a` and `text_b` are the same column 'left'; expected two" in said.err


def test_an_encoder_that_is_trained_reads_a_pair_as_one_input(files: Desk) -> None:
    """Its classes and numbers are those of transformers alone, given both texts; typing errors in either count."""
    texts = {f"{left} | {right}": (left, right) for left, right, _, _ in pairs()}
    for name, told, place in (("same", "label", 3), ("near", "score", 2)):
        rows = [(name, *both, str(pair[place])) for (name, both), pair in zip(texts.items(), pairs(), strict=True)]
        write_csv(files.path / f"{name}.csv", rows, ("id", "left", "right", told))
    suite = SUITE.replace("zero-shot, probe, finetune", "finetune, lp-ft").replace(".csv,", ".csv, id: id,")
    run = files.run(suite, cache=False)
    assert failed(run) == {}
    built = {
        (e["address"]["task"], e["address"]["mode"]): run.path / "checkpoints" / e["build"]
        for e in run.manifest["plan"]
        if e["build"]
    }
    for mode in ("finetune", "lp-ft"):
        cell, number = (of(run, task=task, mode=mode, condition="clean") for task in ("same", "near"))
        assert max(one.facts.identity.max_abs_difference for one in (cell, number)) < 1e-4
        same, near = (run.outcomes(one.key) for one in (cell, number))
        head, found = logits(built["same", mode], [texts[item] for item in same.item])
        assert [head.classes[place] for place in found.argmax(axis=1)] == same.prediction.tolist()
        _, found = logits(built["near", mode], [texts[item] for item in near.item])
        np.testing.assert_allclose(found[:, 0], near.prediction, atol=1e-4)
        typed = of(run, task="same", mode=mode, condition="keyboard@3").facts
        assert 0.9 < typed.texts_changed <= 1  # of pairs
        assert typed.n_texts == len(same)


def logits(folder: Path, both: list[tuple[str, str]]) -> tuple[Any, Any]:
    """The head of a trained checkpoint, and what it gives to pairs."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    from harness.modes import LinearHead

    tokenizer, model, head = (
        AutoTokenizer.from_pretrained(folder),
        AutoModel.from_pretrained(folder),
        LinearHead.read(folder),
    )
    with torch.inference_mode():
        read = [tokenizer(*pair, return_tensors="pt", truncation=True, max_length=24) for pair in both]
        vectors = np.stack([model.eval()(**one).last_hidden_state[0].mean(dim=0).numpy() for one in read])
    return head, vectors @ head.weight.T + head.bias
