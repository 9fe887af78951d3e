"""Students begin with what their base computes, as far as both families share it; and learn what a teacher gives."""

from pathlib import Path
from typing import Any

import pytest
import torch

from harness.core.errors import EncoderError
from harness.encoders import EncoderSpec, resolve
from harness.encoders.loading import load_tokenizer
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import load_model
from harness.training import students, vocabularies
from harness.training.begin import begin
from tests.fakes.encoders import FAMILIES, MAX_LENGTH, N_DIMENSIONS, N_LAYERS, corpus, tiny_encoder

EVERY = ("embeddings", "layers")
#: Families whose attention has a part that no other family has.
RELATIVE = ("mpnet", "deberta-v2")


def base_of(family: str, folder: Path) -> Any:
    tiny_encoder(family, folder)
    return resolve(EncoderSpec("tiny", f"tiny-{family}"), folder)


def states(model: Any, ids: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        hidden: torch.Tensor = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    return hidden


def some_ids(base: Any) -> torch.Tensor:
    tokenizer = load_tokenizer(Path(base.path), base.family)
    return torch.tensor([tokenizer("the food was good, but slow")["input_ids"]])


@pytest.mark.parametrize("target", FAMILIES)
@pytest.mark.parametrize("source", FAMILIES)
def test_a_student_with_all_layers_computes_what_its_base_does(source: str, target: str, tmp_path: Path) -> None:
    """But for positions to each other, which no other family takes over."""
    base = base_of(source, tmp_path)
    model, ids = load_model(base), some_ids(base)
    words = model.get_input_embeddings().weight.detach()
    pads = {"pad_token_id": model.config.pad_token_id}
    student = students.begun(model, target, range(N_LAYERS), words, pads, EVERY)
    same = torch.allclose(states(student, ids), states(model, ids), atol=1e-4)
    assert same == (source == target or source not in RELATIVE)
    assert student.config.model_type == target


@pytest.mark.parametrize("target", FAMILIES)
@pytest.mark.parametrize("source", ["bert", "roberta"])
def test_the_tokenizer_of_its_base_belongs_to_a_student(source: str, target: str, tmp_path: Path) -> None:
    base = base_of(source, tmp_path)
    (out := tmp_path / "student").mkdir()
    begin(base, out, target, [0], EVERY, None, seed=0)
    made = resolve(EncoderSpec("made", "student"), tmp_path)
    texts, reading = ("the food was good", "a"), made.tokenization
    assert [one.ids for one in Tokenizer(made)(texts, reading)] == [one.ids for one in Tokenizer(base)(texts, reading)]


@pytest.mark.parametrize("target", FAMILIES)
def test_a_student_reads_as_many_tokens_as_its_base(target: str, tmp_path: Path) -> None:
    base = base_of("roberta", tmp_path)
    (out := tmp_path / "student").mkdir()
    begin(base, out, target, [1], EVERY, None, seed=0)
    made = resolve(EncoderSpec("made", "student"), tmp_path)
    assert made.tokenization.max_length == MAX_LENGTH
    assert made.n_layers == 1
    longest = torch.full((1, MAX_LENGTH), 7)
    assert states(load_model(made), longest).shape == (1, MAX_LENGTH, N_DIMENSIONS)


def test_what_is_not_inherited_is_drawn_from_the_seed(tmp_path: Path) -> None:
    base = base_of("bert", tmp_path)
    found = {}
    for name, inherits, seed in (("a", ("nothing",), 0), ("b", ("nothing",), 0), ("c", ("nothing",), 1)):
        (out := tmp_path / name).mkdir()
        begin(base, out, "distilbert", [0], inherits, None, seed)
        found[name] = load_model(resolve(EncoderSpec(name, name), tmp_path)).get_input_embeddings().weight
    assert torch.equal(found["a"], found["b"])
    assert not torch.equal(found["a"], found["c"])
    assert not torch.allclose(found["a"], load_model(base).get_input_embeddings().weight)


def test_only_a_known_family_gives_something(tmp_path: Path) -> None:
    from transformers import AutoModel, ElectraConfig

    sizes = {"hidden_size": 8, "embedding_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = AutoModel.from_config(ElectraConfig(vocab_size=9, intermediate_size=8, **sizes))
    with pytest.raises(EncoderError, match="inherited from a electra model; expected one of bert, roberta"):
        students.family_of(model)


@pytest.mark.parametrize(("family", "model"), [("roberta", "BPE"), ("deberta-v2", "Unigram")])
def test_a_new_vocabulary_is_the_same_each_time_and_begins_with_the_old_ones_meaning(
    family: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabularies, "N_PIECES", 320)
    base = base_of("bert", tmp_path)
    texts = [f"{text} {i}" for i, text in enumerate(corpus() * 30)]
    made = []
    for name in ("one", "two"):
        (out := tmp_path / name).mkdir()
        begin(base, out, family, [0], EVERY, texts, seed=0)
        made.append((out / "tokenizer.json").read_bytes())
    assert made[0] == made[1]
    assert f'"type":"{model}"'.encode() in made[0].replace(b" ", b"").replace(b"\n", b"")
    new, old = load_tokenizer(tmp_path / "one", family), load_tokenizer(Path(base.path), "bert")
    assert new.tokenize("Naïve") != new.tokenize("naïve")  # cased
    text = "I would not buy this phone again"
    assert new.decode(new(text)["input_ids"], skip_special_tokens=True).strip() == text
    table, was = (
        load_model(resolve(EncoderSpec("x", name), tmp_path)).get_input_embeddings().weight
        for name in ("one", "tiny-bert")
    )
    begin_id, end_id = new("")["input_ids"]
    assert torch.equal(table[begin_id], was[old.cls_token_id])
    assert torch.equal(table[end_id], was[old.sep_token_id])
    piece = next(one for one in new.get_vocab() if one in ("Ġthe", "▁the", "Ġt", "▁t"))
    read = old(piece[1:], add_special_tokens=False)["input_ids"]
    assert torch.allclose(table[new.convert_tokens_to_ids(piece)], was[read].mean(0))
