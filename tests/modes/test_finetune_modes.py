"""What a suite may say about fine-tuning, and the linear head that modes share."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotated_types import Interval

from harness.core.registry import collect
from harness.modes import LinearHead, finetune
from harness.modes.probe import logistic
from harness.training import Recipe
from tests.fakes.components import component_of, predicted


def data(n_classes: int, n: int = 120, d: int = 30) -> tuple[Any, Any]:
    """float32 vectors with uneven scales, an offset and a constant dimension, and labels they tell of."""
    rng = np.random.default_rng(n_classes)
    vectors = (rng.normal(size=(n, d)) * np.exp(rng.normal(size=d)) + rng.normal(size=d) * 3).astype(np.float32)
    vectors[:, 3] = 0.1
    scores = ((vectors - vectors.mean(axis=0)) / vectors.std(axis=0))[:, -n_classes:] + rng.normal(size=(n, n_classes))
    return vectors, np.array(["red", "green", "blue", "grey"])[scores.argmax(axis=1)]


def test_both_modes_take_the_same_parameters_and_train_makes_them_differ() -> None:
    """The signature is written once; lp-ft begins with the probe."""
    plain, probe_first = (component for component in collect([finetune]))
    assert (plain.name, probe_first.name) == ("finetune", "lp-ft")
    assert plain.parameters == probe_first.parameters
    assert plain.summary != probe_first.summary
    own = {"starts_from": "probe", **dict.fromkeys(("targets", "needs_train"), finetune._HEADS)}
    assert probe_first.facts == {**plain.facts, **own}  # a search has no head to begin with
    assert plain.facts["builds"]


def test_heads_fitted_with_the_held_out_texts_are_of_another_version() -> None:
    """The start of lp-ft changed, so checkpoints of the first version are not taken for those of this one."""
    assert component_of(finetune.lp_ft).version == 2


def test_the_parameters_are_the_recipe() -> None:
    """A step's parameters make one, whatever else is among them, and every default is within its bounds.

    How often held-out rows are looked at is said by steps of recipes alone.
    """
    component = component_of(finetune.finetune)
    recipe_ = [field.name for field in fields(Recipe) if field.name != "evaluations"]
    assert list(component.parameters) == [*recipe_, "objective"]
    recipe = Recipe.of({**component.filled({"epochs": 5.0}), "pooling": {"pooler": "mean"}})
    assert recipe.epochs == 5.0
    assert recipe.encoder_lr < recipe.head_lr
    for parameter in (component.parameters[name] for name in recipe_):
        for bound in getattr(parameter.annotation, "__metadata__", ()):
            assert isinstance(bound, Interval)
            least = bound.gt if bound.ge is None else bound.ge
            assert least <= parameter.default <= bound.le


@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_the_probe_as_plain_weights_gives_its_probabilities(n_classes: int) -> None:
    """Standardisation folded in, on vectors it has not seen, a constant dimension among them."""
    vectors, labels = data(n_classes)
    probe = logistic(vectors[:80], labels[:80], np.random.default_rng(0))
    assert probe.linear is not None
    assert probe.linear.weight.shape == (n_classes, 30)
    (found, shares), (expected, probabilities) = (predicted(p, vectors) for p in (probe.linear.predictor(), probe))
    assert found.tolist() == expected.tolist()
    np.testing.assert_allclose(shares, probabilities, atol=1e-9)


def test_a_head_is_read_from_the_folder_of_its_checkpoint(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    weight, bias = np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]], np.float32), np.array([0.0, 0.0, 1.0], np.float32)
    save_file({"weight": weight, "bias": bias}, tmp_path / "head.safetensors")
    (tmp_path / "head.json").write_text(json.dumps({"classes": ["schön", "b", "c"]}), encoding="utf-8")
    labels, shares = predicted(LinearHead.read(tmp_path).predictor(), np.array([[5.0, 0.0], [0.0, 5.0], [0.0, 0.0]]))
    assert labels.tolist() == ["schön", "b", "c"]
    assert shares[2] == pytest.approx(np.e / (np.e + 2))


def test_large_logits_are_no_overflow() -> None:
    head = LinearHead(np.array([[1e6], [-1e6]]), np.zeros(2), ("a", "b"))
    labels, shares = predicted(head.predictor(), [[1.0], [-1.0]])
    assert labels.tolist() == ["a", "b"]
    assert shares.tolist() == [1.0, 1.0]


@pytest.mark.processes
def test_the_parameters_and_the_entry_to_training_need_no_torch() -> None:
    """`list`, `plan` and the errors of a suite must stay quick."""
    import subprocess
    import sys

    code = (
        "import harness.modes.finetune, harness.training, sys; "
        "assert harness.training.resolve_precision('auto', 'cpu') == 'fp32'; "
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
