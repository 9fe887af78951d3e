"""What is trained, at which rates, in which order, and when it ends."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from harness.core.data import Examples
from harness.core.errors import EncoderError
from harness.core.events import Event, Phase, TrainingStep
from harness.encoders import EncoderFolder
from harness.encoders.backends import pytorch
from harness.modes import LinearHead
from harness.poolers.means import mean
from harness.training import resolve_precision, trainer
from harness.training.data import held_out_of
from tests.fakes.components import predicted
from tests.fakes.encoders import FAMILIES
from tests.fakes.trainings import built, contrary, examples, tiny, trained, training_job


def optimisers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """(module, optimiser) of every training from now on."""
    made: list[Any] = []
    create = trainer.OneLoop.create_optimizer

    def remember(self: Any, model: Any = None) -> Any:
        made.append((self.model, create(self, model)))
        return made[-1][1]

    monkeypatch.setattr(trainer.OneLoop, "create_optimizer", remember)
    return made


def batches_seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Token ids and mask of each training batch from now on."""
    from harness.training.classify import Classifier

    seen: list[Any] = []
    forward = Classifier.forward

    def remember(self: Any, labels: Any = None, **batch: Any) -> Any:
        if self.training:
            seen.append((batch["input_ids"].clone(), batch["attention_mask"].clone()))
        return forward(self, labels, **batch)

    monkeypatch.setattr(Classifier, "forward", remember)
    return seen


def vectors(folder: EncoderFolder, texts: tuple[str, ...]) -> Any:
    encoder = pytorch.load(folder, "cpu")
    read = encoder.tokenizer(texts, folder.tokenization)
    return np.array([mean(encoder.hidden_states([tokens])).numpy()[0] for tokens in read])


def test_encoder_and_head_have_their_rates_and_biases_and_norms_do_not_decay(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = optimisers(monkeypatch)
    trained(training_job(base, epochs=1.0, encoder_lr=2e-4, head_lr=3e-3, weight_decay=0.1), tmp_path / "out")
    ((module, optimiser),) = made
    of = {id(weight): group for group in optimiser.param_groups for weight in group["params"]}
    assert len(of) == sum(len(group["params"]) for group in optimiser.param_groups)
    for name, weight in module.named_parameters():
        if "pooler" in name:
            assert id(weight) not in of
            continue
        group = of[id(weight)]
        assert group["initial_lr"] == (3e-3 if name.startswith("head.") else 2e-4), name
        assert group["weight_decay"] == (0.0 if name.endswith("bias") or "LayerNorm" in name else 0.1), name


def test_lower_layers_have_lower_rates_where_asked(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each layer half the rate of the one above, the embeddings half that of the lowest; the head its own."""
    made = optimisers(monkeypatch)
    trained(training_job(base, epochs=1.0, encoder_lr=8e-4, head_lr=3e-3, layer_decay=0.5), tmp_path / "out")
    ((module, optimiser),) = made
    of = {id(weight): group["initial_lr"] for group in optimiser.param_groups for weight in group["params"]}
    expected = {"encoder.encoder.layer.1.": 8e-4, "encoder.encoder.layer.0.": 4e-4, "encoder.embeddings.": 2e-4}
    for name, weight in module.named_parameters():
        if "pooler" not in name:
            wanted = next((rate for start, rate in expected.items() if name.startswith(start)), 3e-3)
            assert of[id(weight)] == pytest.approx(wanted), name


def test_rates_rise_over_the_warm_up_then_fall_to_nothing(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []
    step = torch.optim.AdamW.step

    def remember(self: Any, *arguments: Any, **named: Any) -> Any:
        rates.append(self.param_groups[0]["lr"])
        return step(self, *arguments, **named)

    monkeypatch.setattr(torch.optim.AdamW, "step", remember)
    trained(training_job(base, examples(80), epochs=1.0, validation=0.0, warmup=0.4, encoder_lr=0.01), tmp_path / "out")
    np.testing.assert_allclose(rates, [0.0, 0.0025, 0.005, 0.0075, 0.01, *np.linspace(0.01, 0, 7)[1:-1]])


@pytest.mark.parametrize(("share", "frozen", "moving"), [(0.0, 0, 2), ("embeddings", 0, 2), (0.5, 1, 1), (1.0, 2, 0)])
def test_frozen_layers_stay_as_they_are_and_the_others_do_not(
    base: EncoderFolder, tmp_path: Path, share: float | str, frozen: int, moving: int
) -> None:
    """The lower ones, and the embeddings with them."""
    told = trained(training_job(base, epochs=1.0, freeze=share), tmp_path / "out")
    before, after = (load_file(Path(folder) / "model.safetensors") for folder in (base.path, tmp_path / "out"))
    changed = Counter[str]()
    for name in before:
        part = name.removeprefix("encoder.").rsplit(".attention")[0].rsplit(".output")[0].rsplit(".intermediate")[0]
        changed[part] += not torch.equal(before[name], after[name])
    assert [bool(changed[f"layer.{number}"]) for number in range(2)] == [False] * frozen + [True] * moving
    embeddings = sum(n for part, n in changed.items() if part.startswith("embeddings"))
    assert bool(embeddings) == (share == 0)
    assert told["facts"]["n_trained"] < told["facts"]["n_parameters"]  # BERT's pooler is never trained


@pytest.mark.parametrize("family", FAMILIES)
def test_with_frozen_layers_nothing_below_the_others_is_trained(family: str, tmp_path: Path) -> None:
    """Neither what stands outside the layers and feeds them: relative positions of MPNet and DeBERTa, their norm."""
    encoder = tiny(tmp_path, family)
    trained(training_job(encoder, epochs=0.4, freeze=0.5), tmp_path / "out")
    before, after = (load_file(Path(folder) / "model.safetensors") for folder in (encoder.path, tmp_path / "out"))
    changed = {name for name in after if not torch.equal(before[name], after[name])}
    assert changed
    assert {name for name in changed if "layer.1." not in name} == set()


def test_patience_ends_training_and_the_best_epoch_is_kept(base: EncoderFolder, tmp_path: Path) -> None:
    """The weights in the checkpoint give the best loss, not the last."""
    texts = contrary()
    told = trained(training_job(base, texts, epochs=15.0, encoder_lr=3e-3, patience=3), tmp_path / "out")
    losses = {p["epoch"]: p["validation_loss"] for p in told["curve"] if "validation_loss" in p}
    facts = told["facts"]
    assert facts["best_epoch"] == min(losses, key=lambda epoch: losses[epoch])
    assert facts["n_epochs"] == facts["best_epoch"] + 3 < 15
    assert loss_on_held_out(built(base, tmp_path / "out"), texts) == pytest.approx(
        losses[facts["best_epoch"]], abs=1e-5
    )
    assert losses[facts["n_epochs"]] > losses[facts["best_epoch"]] + 1e-3


def loss_on_held_out(folder: EncoderFolder, texts: Examples) -> float:
    held_out = texts.take(sorted(held_out_of(texts, 0.2, 0)))
    assert held_out.labels is not None
    head = LinearHead.read(Path(folder.path))
    logits = torch.tensor(vectors(folder, held_out.text) @ head.weight.T + head.bias)
    gold = torch.tensor([head.classes.index(label) for label in held_out.labels])
    return float(torch.nn.functional.cross_entropy(logits, gold))


def test_without_patience_all_epochs_are_done_and_the_best_is_kept(base: EncoderFolder, tmp_path: Path) -> None:
    told = trained(training_job(base, contrary(), epochs=6.0, encoder_lr=3e-3), tmp_path / "out")
    assert told["facts"]["n_epochs"] == 6.0
    assert told["facts"]["best_epoch"] < 6.0


def test_a_part_of_an_epoch_is_judged_at_its_end(base: EncoderFolder, tmp_path: Path) -> None:
    told = trained(training_job(base, epochs=1.5), tmp_path / "out")
    assert [p["epoch"] for p in told["curve"] if "validation_loss" in p] == [1.0, told["facts"]["n_epochs"]]
    assert told["facts"]["n_epochs"] == 1.6  # 8 of 5 steps an epoch


def test_a_part_of_an_epoch_is_no_step_longer_than_it_is(base: EncoderFolder, tmp_path: Path) -> None:
    """1.1 epochs of 50 steps are 55, though 1.1 * 50 is a little more as floats go."""
    told = trained(training_job(base, epochs=1.1, batch_size=1, validation=0.0), tmp_path / "out")
    assert (told["facts"]["n_steps"], told["facts"]["n_epochs"]) == (55, 1.1)


def test_a_seed_decides_everything(base: EncoderFolder, tmp_path: Path) -> None:
    """The same gives the same bytes, whatever the process drew before; another gives others."""
    for name, seed in (("first", 0), ("again", 0), ("other", 1)):
        torch.rand(len(name))
        trained(training_job(base, epochs=1.0, seed=seed), tmp_path / name)
    for file in ("model.safetensors", "head.safetensors"):
        first, again, other = ((tmp_path / name / file).read_bytes() for name in ("first", "again", "other"))
        assert first == again
        assert first != other


def test_the_order_changes_with_each_epoch_and_holds_every_text_once(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = batches_seen(monkeypatch)
    trained(training_job(base, examples(64), epochs=2.0, validation=0.0), tmp_path / "out")
    texts = [tuple(ids[mask.bool()].tolist()) for batch in seen for ids, mask in zip(*batch, strict=True)]
    epochs = texts[:64], texts[64:]
    assert len(seen) == 16
    assert sorted(epochs[0]) == sorted(epochs[1])
    assert epochs[0] != epochs[1]
    assert len(epochs[0]) == 64


def test_batches_hold_texts_of_a_length(base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Padding is a fraction of what a random order would make it."""
    seen = batches_seen(monkeypatch)
    trained(training_job(base, examples(320), epochs=1.0, validation=0.0), tmp_path / "out")
    padding = sum(int((1 - mask).sum()) for _, mask in seen) / sum(mask.numel() for _, mask in seen)
    assert padding < 0.1


def test_a_head_to_start_from_is_what_training_starts_from(base: EncoderFolder, tmp_path: Path) -> None:
    """At rates of 0 the checkpoint predicts what the probe predicts, class by class."""
    from harness.modes.probe import logistic

    texts = examples(80)
    read = vectors(base, texts.text)
    probe = logistic(read, np.array(texts.labels), np.random.default_rng(0))
    assert probe.linear is not None
    still: dict[str, Any] = {"epochs": 0.01, "validation": 0.0, "encoder_lr": 0.0, "head_lr": 0.0}
    trained(training_job(base, texts, start=probe.linear, **still), tmp_path / "out")
    head = LinearHead.read(tmp_path / "out")
    labels, shares = predicted(head.predictor(), read)
    expected, probability = predicted(probe, read)
    assert labels.tolist() == expected.tolist()
    np.testing.assert_allclose(shares, probability, atol=1e-5)


def test_events_tell_every_step_and_facts_what_it_took(base: EncoderFolder, tmp_path: Path) -> None:
    events: list[Event] = []
    told = trained(training_job(base, epochs=2.0), tmp_path / "out", events)
    steps = [event for event in events if isinstance(event, TrainingStep)]
    facts, curve = told["facts"], told["curve"]
    assert [step.n_done for step in steps] == list(range(1, steps[0].n_steps + 1))
    phases = [event.what for event in events if isinstance(event, Phase)]
    assert phases == ["reading training texts", "training", "writing the checkpoint"]
    assert [p["loss"] for p in curve if "loss" in p] == [round(step.loss, 6) for step in steps]
    assert [p["epoch"] for p in curve if "validation_loss" in p] == [1.0, 2.0]
    assert all(0 <= p["validation_accuracy"] <= 1 for p in curve if "validation_accuracy" in p)
    assert (facts["n_steps"], facts["n_epochs"]) == (len(steps), 2.0)
    assert (facts["n_train"], facts["n_validation"]) == (40, 10)
    assert facts["seconds"] > 0
    assert facts["peak_mb"] > 100
    assert facts["warnings"] == []


def test_tokens_are_counted_without_padding(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = batches_seen(monkeypatch)
    facts = trained(training_job(base, epochs=2.0), tmp_path / "out")["facts"]
    assert facts["n_tokens"] == sum(int(mask.sum()) for _, mask in seen)


def test_a_long_curve_is_thinned(base: EncoderFolder, tmp_path: Path) -> None:
    """To a hundred points that are means, the last of them at the last step."""
    events: list[Event] = []
    curve = trained(training_job(base, batch_size=1, epochs=3.0, validation=0.0), tmp_path / "out", events)["curve"]
    losses = [event.loss for event in events if isinstance(event, TrainingStep)]
    assert len(losses) == 150
    assert len(curve) == 75
    assert curve[-1]["step"] == 150
    assert curve[0]["loss"] == pytest.approx((losses[0] + losses[1]) / 2, abs=1e-5)


@pytest.mark.parametrize(("changes", "said"), [
    ({"encoder_lr": 1e-2, "head_lr": 1e-2}, "encoder_lr 0.01 is not below head_lr 0.01"),
    ({"validation": 0.01}, "too few texts to hold out a validation part of 0.01"),
])  # fmt: skip
def test_what_is_odd_about_a_recipe_is_among_the_facts(
    base: EncoderFolder, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    (warning,) = trained(training_job(base, epochs=0.1, **changes), tmp_path / "out")["facts"]["warnings"]
    assert said in warning


def test_bf16_trains_too(base: EncoderFolder, tmp_path: Path) -> None:
    facts = trained(training_job(base, epochs=1.0, precision="bf16"), tmp_path / "out")["facts"]
    assert facts["precision"] == "bf16"
    assert all(w.dtype == torch.float32 for w in load_file(tmp_path / "out" / "model.safetensors").values())


@pytest.mark.parametrize(("asked", "resolved"), [("auto", "fp32"), ("fp32", "fp32"), ("bf16", "bf16")])
def test_precision_on_a_cpu(asked: str, resolved: str) -> None:
    assert resolve_precision(asked, "cpu") == resolved


def test_precision_on_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` is bf16 on those that compute in it, and asking the others for it is an error."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0) if device == "cuda:0" else (7, 5))
    assert resolve_precision("auto", "cuda:0") == "bf16"
    assert resolve_precision("auto", "cuda:1") == "fp32"
    with pytest.raises(EncoderError, match="cuda:1 does not compute in bf16; use auto or fp32"):
        resolve_precision("bf16", "cuda:1")
