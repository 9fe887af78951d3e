"""Students of hidden states and of probabilities: what is compared, losses by hand, and that they come nearer."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from transformers import AutoModelForMaskedLM

from harness.core.errors import EncoderError
from harness.encoders import EncoderFolder, EncoderSpec, resolve
from harness.encoders.forward import batch_of, token_states
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import load_model
from harness.poolers.means import mean
from harness.training import finetune
from harness.training.begin import begin
from harness.training.data import Row
from harness.training.hidden import imitating, pairs_of_layers, refuse_teacher
from harness.training.objectives import Material
from harness.training.soft import ClassHead, head_of, softened
from tests.fakes.encoders import corpus, tiny_encoder
from tests.fakes.trainings import examples, training_job


def with_head(folder: Path, family: str = "bert") -> EncoderFolder:
    """A tiny encoder with a head for masked words."""
    path = tiny_encoder(family, folder)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        AutoModelForMaskedLM.from_pretrained(str(path)).save_pretrained(path)
    return resolve(EncoderSpec("taught", str(path)), folder)


def student_of(teacher: EncoderFolder, folder: Path, family: str, width: int | None = None) -> EncoderFolder:
    """One layer of a teacher; or where a width is said, random and of that width."""
    if width is None:
        begin(teacher, folder, family, [0], ["embeddings", "layers"], None, 0)
    else:
        import shutil

        shutil.copytree(teacher.path, folder, dirs_exist_ok=True)
        model: Any = load_model(teacher)
        sizes = {"hidden_size": width, "intermediate_size": width, "num_hidden_layers": 1}
        for name, value in sizes.items():
            setattr(model.config, name, value)
        type(model)(model.config).save_pretrained(folder)
    return resolve(EncoderSpec("student", str(folder)), folder)


def material_of(student: EncoderFolder, texts: list[str]) -> Material:
    tokenizer = Tokenizer(student)
    whole = replace(examples(len(texts)), fields={"text": tuple(texts)})
    read = {"text": list(tokenizer(texts, student.tokenization))}
    return Material(load_model(student), token_states, mean, whole, read, range(len(texts)), tokenizer.pad_id, None, 0)


@pytest.mark.parametrize(
    ("family", "width"), [("distilbert", None), ("roberta", None), ("deberta-v2", None), ("bert", 16)]
)
def test_a_student_of_hidden_states_comes_nearer_than_an_untaught_one(
    family: str, width: int | None, tmp_path: Path
) -> None:
    teacher = with_head(tmp_path)
    student = student_of(teacher, tmp_path / "student", family, width)
    job = training_job(student, epochs=8.0, encoder_lr=2e-3, validation=0.2)
    objective = partial(imitating, teacher=teacher, hidden=1.0, logits=1.0, temperature=2.0)
    events = finetune(replace(job, objective=objective), "cpu", 1, tmp_path / "out")
    told = yield_from(events)
    held_out = [point["validation_loss"] for point in told["curve"] if "validation_loss" in point]
    learnt = [point["loss"] for point in told["curve"] if "loss" in point]
    assert held_out[-1] < 0.9 * held_out[0]  # the first is that of the untaught one
    assert np.mean(learnt[-5:]) < np.mean(learnt[:5])
    assert not (tmp_path / "out/mlm_head.safetensors").exists()
    kept = resolve(EncoderSpec("kept", str(tmp_path / "out")), tmp_path)
    assert gap(kept, teacher) < gap(student, teacher) if width is None else True


def yield_from(events: Any) -> dict[str, Any]:
    """What a training returns."""
    while True:
        try:
            next(events)
        except StopIteration as end:
            found: dict[str, Any] = end.value
            return found


def gap(student: EncoderFolder, teacher: EncoderFolder) -> float:
    """Mean squared difference of the last states of texts that nothing was learnt from."""
    found = []
    for one in (student, teacher):
        tokenizer = Tokenizer(one)
        batch = batch_of(list(tokenizer(corpus()[:3], one.tokenization)), tokenizer.pad_id)
        with torch.no_grad():
            found.append(token_states(load_model(one).eval(), batch).hidden[batch["attention_mask"].bool()])
    return float((found[0] - found[1]).pow(2).mean())


def test_states_and_guesses_are_compared_as_by_hand(tmp_path: Path) -> None:
    teacher = with_head(tmp_path)
    student = student_of(teacher, tmp_path / "student", "bert")
    texts = corpus()[:3]
    material = material_of(student, texts)
    objective = imitating(material, teacher, 0.5, 2.0, 4.0)
    module: Any = objective.module.eval()
    batch = objective.collate([Row((one,), 0.0) for one in material.tokens])
    chosen, shown = module._choose(batch, dynamic=False)
    whole = AutoModelForMaskedLM.from_pretrained(teacher.path).eval()
    given = {"input_ids": shown, "attention_mask": batch["attention_mask"]}
    with torch.no_grad():
        found = module(**batch)
        taught = whole(**given, output_hidden_states=True)
        own = load_model(student).eval()(**given, output_hidden_states=True).hidden_states
        there = batch["attention_mask"].bool()
        pairs = ((own[0], taught.hidden_states[0]), (own[1], taught.hidden_states[2]))
        apart = np.mean([float((one - other)[there].pow(2).mean()) for one, other in pairs])
        asked = torch.softmax(taught.logits[chosen] / 4, dim=1)
        said = torch.log_softmax(whole.cls(own[1])[chosen] / 4, dim=1)
        unlike = float((asked * (asked.log() - said)).sum(dim=1).mean()) * 16
    assert float(found["loss"]) == pytest.approx(0.5 * apart + 2.0 * unlike, rel=1e-4)
    told = objective.metrics(found["logits"].numpy(), None)
    assert told["accuracy"] == pytest.approx(float((said.argmax(1) == asked.argmax(1)).float().mean()))
    assert objective.metrics(found["logits"].numpy()[:0].sum(0, keepdims=True) + 1, None)["loss"] == 2.5


def test_layers_are_taken_evenly_and_the_last_from_the_last() -> None:
    assert pairs_of_layers(3, 6) == [(0, 0), (1, 2), (2, 4), (-1, -1)]
    assert pairs_of_layers(1, 12) == [(0, 0), (-1, -1)]


def test_a_teacher_of_other_tokens_or_without_a_head_is_refused(tmp_path: Path) -> None:
    student = resolve(EncoderSpec("student", str(tiny_encoder("bert", tmp_path))), tmp_path)
    teacher = with_head(tmp_path, "roberta")
    with pytest.raises(EncoderError, match=r"teacher 'taught' reads .* as other tokens than the student"):
        imitating(material_of(student, corpus()), teacher, 1.0, 1.0, 2.0)
    refuse_teacher(teacher)
    with pytest.raises(EncoderError, match=r"'student' has no head for masked words.*mlm-head: \{\}"):
        refuse_teacher(student)
    with pytest.raises(EncoderError, match=r"has no head of classes.*classify: \{on: TASK\}"):
        head_of(student)


def some_head() -> ClassHead:
    rng = np.random.default_rng(0)
    return ClassHead(("a", "b", "c"), rng.normal(size=(3, 32)).astype(np.float32), np.zeros(3, np.float32))


def test_soft_labels_are_those_of_the_teacher_at_the_temperature(tmp_path: Path) -> None:
    student = resolve(EncoderSpec("student", str(tiny_encoder("bert", tmp_path))), tmp_path)
    material, head = material_of(student, corpus()), some_head()
    vectors = np.random.default_rng(1).normal(size=(5, 32)).astype(np.float32)
    objective = softened(material, vectors, head, 3.0)
    logits = vectors @ head.weight.T / 3
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(np.stack(objective.targets), expected, atol=1e-5)
    module: Any = objective.module.eval()
    rows = [Row((one,), target) for one, target in zip(material.tokens, objective.targets, strict=True)]
    with torch.no_grad():
        found = module(**objective.collate(rows))
        own = torch.log_softmax(found["logits"] / 3, dim=1).numpy()
    by_hand = 9 * (expected * (np.log(expected) - own)).sum(axis=1).mean()
    assert float(found["loss"]) == pytest.approx(by_hand, rel=1e-4)
    assert torch.equal(module.head.weight, torch.from_numpy(head.weight))  # as wide: it begins with the teacher's head


def test_a_student_of_probabilities_agrees_with_its_teacher_more_than_an_untaught_one(tmp_path: Path) -> None:
    student = resolve(EncoderSpec("student", str(tiny_encoder("bert", tmp_path))), tmp_path)
    whole, rng = examples(120), np.random.default_rng(0)
    wanted = {"bad": 0, "good": 1}
    vectors = np.zeros((120, 8), np.float32)  # of a wider teacher, which tells the classes well
    vectors[range(120), [wanted[label] for label in whole.labels or ()]] = 3.0
    vectors += rng.normal(size=vectors.shape).astype(np.float32) / 3
    head = ClassHead(("bad", "good"), np.eye(2, 8, dtype=np.float32), np.zeros(2, np.float32))
    job = training_job(student, whole, epochs=6.0)
    job = replace(job, objective=partial(softened, vectors=vectors, head=head, temperature=2.0))
    told = yield_from(finetune(job, "cpu", 1, tmp_path / "out"))
    measured = [point for point in told["curve"] if "validation_loss" in point]
    assert measured[0]["step"] == 0
    best = min(measured, key=lambda point: point["validation_loss"])
    assert best["validation_loss"] < 0.7 * measured[0]["validation_loss"]
    assert best["validation_accuracy"] > measured[0]["validation_accuracy"]
    out = resolve(EncoderSpec("kept", str(tmp_path / "out")), tmp_path)
    assert head_of(out).classes == ("bad", "good")
    assert head_of(out).weight.shape == (2, 32)


def test_a_head_beside_the_weights_is_read(tmp_path: Path) -> None:
    teacher = resolve(EncoderSpec("taught", str(tiny_encoder("bert", tmp_path))), tmp_path)
    head = some_head()
    save_file({"weight": head.weight, "bias": head.bias}, Path(teacher.path) / "head.safetensors")
    (Path(teacher.path) / "head.json").write_text('{"classes": ["a", "b", "c"]}')
    assert head_of(teacher).classes == head.classes
    assert np.array_equal(head_of(teacher).weight, head.weight)
