"""Objectives of vectors that are compared: losses by hand, what is left out, hard negatives, bad input."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.encoders import EncoderFolder
from harness.encoders.forward import batch_of, token_states
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import load_model
from harness.poolers.means import mean
from harness.training.contrast import hard
from harness.training.data import Row
from harness.training.objectives import Material, Objective
from harness.training.objectives.contrastive import contrastive
from harness.training.objectives.cosent import cosent
from tests.fakes.trainings import tiny, trained, training_job

QUERIES = ("the food", "slow service", "rates rose", "the food was")
DOCUMENTS = ("the food was good", "service was slow", "markets fell and rates rose", "the food was good")
#: Of each pair its document, and all that answer its query: the first and the last share one.
OWN, ALL = ("d0", "d1", "d2", "d0"), (("d0",), ("d1",), ("d1", "d2"), ("d0",))


def searches() -> Examples:
    return Examples(
        QUERIES, QUERIES, {"query": QUERIES, "corpus": DOCUMENTS},
        relevant=ALL, candidates=tuple((one,) for one in OWN),
    )  # fmt: skip


def pairs(numbers: tuple[float, ...]) -> Examples:
    return Examples(QUERIES, QUERIES, {"text_a": QUERIES, "text_b": DOCUMENTS}, labels=numbers)


def made(base: EncoderFolder, examples: Examples, objective: Any) -> tuple[Objective, list[Row]]:
    tokenizer = Tokenizer(base)
    read = {field: list(tokenizer(texts, base.tokenization)) for field, texts in examples.fields.items()}
    material = Material(
        encoder=load_model(base).eval(), states=token_states, pool=mean, examples=examples, read=read,
        learnt=range(len(examples)), pad_id=tokenizer.pad_id, start=None, seed=0,
    )  # fmt: skip
    found = objective(material)
    return found, [Row(one, found.targets[place]) for place, one in enumerate(found.together)]


def vectors(base: EncoderFolder, texts: tuple[str, ...]) -> Any:
    model, tokenizer = load_model(base).eval(), Tokenizer(base)
    with torch.no_grad():
        batches = [batch_of([one], tokenizer.pad_id) for one in tokenizer(texts, base.tokenization)]
        found = np.concatenate([mean(token_states(model, batch)).numpy() for batch in batches])
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def losses(objective: Objective, rows: list[Row]) -> Any:
    with torch.no_grad():
        return objective.module.eval()(**objective.collate(rows))["logits"][:, 0].numpy()


def test_the_loss_is_the_cross_entropy_of_the_answer_among_what_does_not_answer(base: EncoderFolder) -> None:
    objective, rows = made(base, searches(), partial(contrastive, temperature=0.1))
    scores = np.exp(vectors(base, QUERIES) @ vectors(base, DOCUMENTS).T / 0.1)
    expected = []
    for place, own in enumerate(ALL):
        others = [at for at, name in enumerate(OWN) if at == place or name not in own]
        expected.append(-np.log(scores[place, place] / scores[place, others].sum()))
    assert losses(objective, rows) == pytest.approx(np.array(expected), rel=1e-4)
    with torch.no_grad():
        told = objective.metrics(objective.module(**objective.collate(rows))["logits"].numpy(), None)
    assert told["loss"] == pytest.approx(np.mean(expected), rel=1e-4)
    asked, answers = vectors(base, QUERIES), vectors(base, DOCUMENTS)
    assert told["alignment"] == pytest.approx(float(((asked - answers) ** 2).sum(axis=1).mean()), abs=1e-4)
    near = [np.exp(-2 * ((a - b) ** 2).sum()) for i, a in enumerate(answers) for j, b in enumerate(answers) if i != j]
    assert told["uniformity"] == pytest.approx(float(np.log(np.mean(near))), abs=1e-3)


def test_hard_negatives_are_documents_beside_those_of_the_batch(base: EncoderFolder) -> None:
    objective, rows = made(base, searches(), partial(contrastive, temperature=0.1, hard_negatives=1))
    assert [len(row.read) for row in rows] == [3] * 4
    first = rows[0].target[1]
    assert first[0] == "d0"
    assert first[1] != "d0"
    alone = losses(objective, rows[1:2])  # a batch of one has nothing else to be told from
    scores = np.exp(vectors(base, QUERIES[1:2]) @ vectors(base, ("service was slow", *map_of(rows[1]))).T / 0.1)[0]
    assert alone == pytest.approx(-np.log(scores[0] / scores.sum()), rel=1e-4)


def map_of(row: Row) -> list[str]:
    return [DOCUMENTS[OWN.index(name)] for name in row.target[1][1:]]


def test_hard_negatives_share_words_and_do_not_answer() -> None:
    found = hard(("rates rose", "good food"), DOCUMENTS, OWN, [frozenset({"d2"}), frozenset({"d1"})], 2)
    assert found[1][0] == 0
    assert all(2 not in own for own in found[:1])
    assert all(1 not in own for own in found[1:])
    with pytest.raises(DataError, match="hard_negatives: 3, and a query has 2 documents that do not answer it"):
        hard(("rates rose",), DOCUMENTS, OWN, [frozenset({"d2"})], 3)


def test_the_order_of_numbers_is_learnt_from_pairs_that_it_sets_apart(base: EncoderFolder) -> None:
    numbers = (3.0, 1.0, 2.0, 3.0)
    objective, rows = made(base, pairs(numbers), partial(cosent, temperature=0.1))
    alike = (vectors(base, QUERIES) * vectors(base, DOCUMENTS)).sum(axis=1) / 0.1
    wrong = [alike[j] - alike[i] for i in range(4) for j in range(4) if numbers[i] > numbers[j]]
    assert losses(objective, rows) == pytest.approx(np.full(4, np.log(1 + np.exp(wrong).sum())), rel=1e-4)


def test_what_gives_nothing_to_learn_is_refused(base: EncoderFolder) -> None:
    with pytest.raises(DataError, match="all 4 pairs to train on have the number 1; there is nothing to learn"):
        made(base, pairs((1.0,) * 4), cosent)
    one = replace(searches(), candidates=(("d0",),) * 4)
    with pytest.raises(DataError, match="the 4 pairs to train on have one document; there is nothing to tell it apart"):
        made(base, one, contrastive)


def test_training_brings_answers_nearer_and_leaves_no_head(tmp_path: Path) -> None:
    base = tiny(tmp_path, dropout=False)
    job = training_job(base, searches(), epochs=40.0, batch_size=4, encoder_lr=1e-3, validation=0.0)
    readings = dict.fromkeys(("query", "corpus"), base.tokenization)
    told = trained(replace(job, objective=contrastive, readings=readings), tmp_path / "out")
    curve = [point["loss"] for point in told["curve"]]
    assert curve[-1] < curve[0] / 2
    assert not (tmp_path / "out" / "head.json").exists()
    assert told["facts"]["n_train"] == 4
