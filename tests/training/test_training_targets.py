"""What a training may be asked for beside classes that count alike: numbers, and classes of unlike size."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.encoders import EncoderFolder
from harness.encoders.backends import pytorch
from harness.encoders.forward import token_states
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import load_model
from harness.modes import LinearHead
from harness.poolers.means import mean
from harness.training.objectives import Material, Objective
from harness.training.objectives.cross_entropy import cross_entropy
from harness.training.objectives.squared_error import squared_error
from tests.fakes.components import predicted
from tests.fakes.trainings import GOOD, built, examples, trained, training_job


def numbers(n: int = 60) -> Examples:
    """Texts, each with a number from 100 on: how many of its words are good ones."""
    texts = examples(n)
    told: Any = tuple(100.0 + sum(word in GOOD for word in text.split()) for text in texts.text)
    return replace(texts, labels=told)


def vectors(folder: EncoderFolder, texts: tuple[str, ...]) -> Any:
    encoder = pytorch.load(folder, "cpu")
    read = encoder.tokenizer(texts, folder.tokenization)
    return np.array([mean(encoder.hidden_states([tokens])).numpy()[0] for tokens in read])


def of_numbers(base: EncoderFolder, texts: Examples, **recipe: Any) -> Any:
    return replace(training_job(base, texts, **recipe), objective=squared_error)


def test_numbers_are_learnt_as_they_are(base: EncoderFolder, tmp_path: Path) -> None:
    """The saved head gives numbers on the scale of those that were learnt, and better ones than their mean."""
    texts = numbers()
    trained(of_numbers(base, texts, epochs=10.0, encoder_lr=3e-3), tmp_path / "out")
    found, _ = predicted(
        LinearHead.read(tmp_path / "out").predictor(), vectors(built(base, tmp_path / "out"), texts.text)
    )
    gold = np.array(texts.labels)
    assert ((found - gold) ** 2).mean() < 0.5 * gold.var()


def test_a_ridge_regression_to_start_from_is_what_training_starts_from(base: EncoderFolder, tmp_path: Path) -> None:
    from harness.modes.ridge import ridge

    texts = numbers()
    read = vectors(base, texts.text)
    probe = ridge(read, np.array(texts.labels), np.random.default_rng(0))
    still: dict[str, Any] = {"epochs": 0.01, "validation": 0.0, "encoder_lr": 0.0, "head_lr": 0.0}
    trained(of_numbers(base, texts, start=probe.linear, **still), tmp_path / "out")
    found, _ = predicted(LinearHead.read(tmp_path / "out").predictor(), read)
    np.testing.assert_allclose(found, predicted(probe, read)[0], atol=1e-4)


def test_one_number_to_learn_is_refused(base: EncoderFolder, tmp_path: Path) -> None:
    alike: Any = (3.0,) * 50
    texts = replace(examples(), labels=alike)
    with pytest.raises(DataError, match=r"all \d+ texts to train on have the number 3; there is nothing to learn"):
        trained(of_numbers(base, texts), tmp_path / "out")


def objective_of(base: EncoderFolder, texts: Examples, **given: Any) -> Objective:
    tokenizer = Tokenizer(base)
    material = Material(
        encoder=load_model(base), states=token_states, pool=mean, examples=texts,
        read={"text": list(tokenizer(texts.text, base.tokenization))}, learnt=range(len(texts)),
        pad_id=tokenizer.pad_id, start=None, seed=0,
    )  # fmt: skip
    return cross_entropy(material, **given)


def test_classes_count_alike_where_asked(base: EncoderFolder) -> None:
    """The loss is the mean over texts of n / (classes · texts of the class), as scikit-learn weighs them."""
    from sklearn.utils.class_weight import compute_sample_weight

    texts = examples(30)
    texts = replace(texts, labels=("bad",) * 4 + ("good",) * 26)
    made = objective_of(base, texts, class_weights="balanced")
    logits = np.random.default_rng(0).normal(size=(30, 2))
    gold = np.array(made.targets)
    shares = -torch.log_softmax(torch.from_numpy(logits), 1).numpy()[np.arange(30), gold]
    expected = np.average(shares, weights=compute_sample_weight("balanced", gold))
    assert made.metrics(logits, gold)["loss"] == pytest.approx(expected, abs=1e-6)
    alike = objective_of(base, texts)
    assert alike.metrics(logits, gold)["loss"] == pytest.approx(shares.mean(), abs=1e-6)


def test_smoothed_labels_say_less(base: EncoderFolder) -> None:
    logits, gold = np.array([[4.0, 0.0], [0.0, 4.0]]), np.array([0, 1])
    texts = examples(20)
    plain, smooth = (
        objective_of(base, texts, label_smoothing=share).metrics(logits, gold)["loss"] for share in (0.0, 0.2)
    )
    apart = -torch.log_softmax(torch.from_numpy(logits), 1).numpy()
    assert smooth == pytest.approx(0.8 * plain + 0.2 * apart.mean(), abs=1e-6)
