"""Masked language modelling: heads of all families, which tokens are masked, losses by hand, the watch."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForMaskedLM

from harness.core.corpus import Corpus
from harness.core.errors import DataError, EncoderError
from harness.core.inputs import Pair
from harness.encoders import EncoderSpec, resolve
from harness.encoders.forward import batch_of, token_states
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import load_model
from harness.poolers.means import mean
from harness.training.data import Row
from harness.training.masked import HEAD, Chooser, Head, forgotten, is_masked, masking
from harness.training.objectives import Material, Objective
from harness.training.sentences import pairs
from tests.fakes.encoders import FAMILIES, corpus, tiny_encoder
from tests.fakes.trainings import examples


def masked_folder(family: str, folder: Path) -> Path:
    """A tiny encoder with a head for masked words, as a hub has them."""
    path = tiny_encoder(family, folder)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = AutoModelForMaskedLM.from_pretrained(str(path))
    for name, weight in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(path)
    return path


@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_gives_the_scores_of_the_families_own_model(family: str, tmp_path: Path) -> None:
    path = masked_folder(family, tmp_path)
    assert is_masked(path)
    whole = AutoModelForMaskedLM.from_pretrained(str(path)).eval()
    base = resolve(EncoderSpec("tiny", path.name), tmp_path)
    encoder, tokenizer = load_model(base).eval(), Tokenizer(base)
    head = Head(encoder, path).eval()
    batch = batch_of(list(tokenizer(corpus()[:2], base.tokenization)), tokenizer.pad_id)
    with torch.no_grad():
        there = batch["attention_mask"].bool()
        expected = whole(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[there]
        assert torch.allclose(head(token_states(encoder, batch).hidden[there]), expected, atol=1e-4)
    out = head.whole.get_output_embeddings().weight
    assert out is encoder.get_input_embeddings().weight  # tied: what the encoder learns, the head knows


def test_a_head_is_kept_beside_the_weights_and_read_again(tmp_path: Path) -> None:
    path = masked_folder("bert", tmp_path)
    base = resolve(EncoderSpec("tiny", path.name), tmp_path)
    encoder: Any = load_model(base)
    head, states = Head(encoder, path).eval(), torch.randn(3, 32)
    (kept := tmp_path / "kept").mkdir()
    head.save(encoder.get_input_embeddings().weight, kept)
    encoder.save_pretrained(kept)
    assert not is_masked(kept)
    assert (kept / HEAD).is_file()
    assert torch.equal(Head(encoder, kept).eval()(states), head(states))


def chooser(**given: Any) -> Chooser:
    continues = torch.zeros(50, dtype=torch.bool)
    continues[40:] = True
    return Chooser(
        continues,
        torch.zeros(50, dtype=torch.bool),
        4,
        given.get("share", 0.15),
        words=given.get("words", False),
        static=given.get("static", False),
    )


def some(n: int = 400, length: int = 30) -> dict[str, torch.Tensor]:
    ids = torch.randint(5, 50, (n, length), generator=torch.Generator().manual_seed(1))
    ids[:, 0], ids[:, -5:], mask = 2, 0, torch.ones_like(ids)
    mask[:, -5:] = 0
    special = torch.zeros_like(ids, dtype=torch.bool)
    special[:, 0] = True
    return {"input_ids": ids, "attention_mask": mask, "special_tokens_mask": special}


def test_fifteen_in_a_hundred_are_masked_and_of_them_eighty_shown_as_the_mask() -> None:
    batch = some()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        chosen, shown = chooser()(batch, dynamic=True)
    there = batch["attention_mask"].bool() & ~batch["special_tokens_mask"]
    assert not chosen[~there].any()
    assert chosen[there].float().mean() == pytest.approx(0.15, abs=0.01)
    assert (shown[chosen] == 4).float().mean() == pytest.approx(0.8, abs=0.03)
    assert (shown[chosen] == batch["input_ids"][chosen]).float().mean() == pytest.approx(0.1, abs=0.03)
    assert torch.equal(shown[~chosen], batch["input_ids"][~chosen])


def test_dynamic_masks_are_others_each_time_and_those_of_held_out_texts_are_not() -> None:
    batch, one = some(20), chooser()
    first, again = (one(batch, dynamic=True)[0] for _ in range(2))
    assert not torch.equal(first, again)
    for choose, dynamic in ((one, False), (chooser(static=True), True)):
        first, again = (choose(batch, dynamic=dynamic)[0] for _ in range(2))
        assert torch.equal(first, again)
    for shorter in (2, 5):  # with less padding behind it, and none
        alone = {name: values[3:4, :-shorter] for name, values in batch.items()}
        for found, whole in zip(one(alone, dynamic=False), one(batch, dynamic=False), strict=True):
            assert torch.equal(found[0], whole[3, :-shorter])


def test_of_whole_words_all_tokens_are_masked_or_none() -> None:
    batch = some()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        chosen, _ = chooser(words=True)(batch, dynamic=True)
    continues = (batch["input_ids"] >= 40) & batch["attention_mask"].bool()
    continues[:, :2] = False
    assert torch.equal(chosen[:, 1:][continues[:, 1:]], chosen[:, :-1][continues[:, 1:]])
    assert chosen.any()


def made(
    tmp_path: Path, texts: list[Any], general: list[int], share: float, orders: list[int] | None = None
) -> tuple[Objective, list[Row]]:
    base = resolve(EncoderSpec("tiny", masked_folder("bert", tmp_path).name), tmp_path)
    tokenizer = Tokenizer(base)
    tokens, whole = list(tokenizer(texts, base.tokenization)), examples(len(texts))
    material = Material(
        encoder=load_model(base).eval(), states=token_states, pool=mean, examples=whole, read={"text": tokens},
        learnt=range(len(texts)), pad_id=tokenizer.pad_id, start=None, seed=0,
    )  # fmt: skip
    objective = masking(material, base, general, share, 1.5, words=False, static=False, orders=orders)
    return objective, [Row((one,), objective.targets[place]) for place, one in enumerate(tokens)]


def test_the_loss_is_the_mean_over_masked_positions_alone(tmp_path: Path) -> None:
    objective, rows = made(tmp_path, corpus()[:3], [2], 0.4)
    module: Any = objective.module.eval()
    batch = objective.collate(rows)
    chosen, shown = module._choose(batch, dynamic=False)
    with torch.no_grad():
        found = module(**batch)
        scores = module.head(token_states(module.encoder, {**batch, "input_ids": shown}).hidden[chosen])
        losses = cross_entropy(scores, batch["input_ids"][chosen], reduction="none")
    assert found["loss"] == pytest.approx(float(losses.mean()), rel=1e-5)
    own = chosen.nonzero()[:, 0] < 2
    told = objective.metrics(found["logits"].numpy(), None)
    assert told["loss"] == pytest.approx(float(losses[own].mean()), rel=1e-5)
    assert told["general_loss"] == pytest.approx(float(losses[~own].mean()), rel=1e-5)
    right = (scores.argmax(1) == batch["input_ids"][chosen])[own].float()
    assert told["accuracy"] == pytest.approx(float(right.mean()))


def test_where_nothing_is_masked_the_loss_is_0_and_so_are_its_gradients(tmp_path: Path) -> None:
    objective, rows = made(tmp_path, corpus()[:2], [], 1e-9)
    module = objective.module.train()
    loss = module(**objective.collate(rows))["loss"]
    loss.backward()
    assert float(loss.detach()) == 0
    assert all(weight.grad is None or not weight.grad.any() for weight in module.parameters())
    assert objective.metrics(module.eval()(**objective.collate(rows))["logits"].detach().numpy(), None)["loss"] == 0


def test_the_order_of_sentences_is_learnt_beside_the_words(tmp_path: Path) -> None:
    one, two, three = corpus()[:3]
    objective, rows = made(tmp_path, [Pair(one, two), Pair(two, one), three], [2], 0.4, [0, 1, -1])
    module: Any = objective.module.eval()
    batch = objective.collate(rows)
    assert batch["labels"].tolist() == [[0, 0], [0, 1], [1, -1]]
    chosen, shown = module._choose(batch, dynamic=False)
    with torch.no_grad():
        found = module(**batch)
        states = token_states(module.encoder, {**batch, "input_ids": shown})
        words = cross_entropy(module.head(states.hidden[chosen]), batch["input_ids"][chosen])
        orders = module.order(mean(states))
        expected = words + cross_entropy(orders[:2], torch.tensor([0, 1]))
    assert float(found["loss"]) == pytest.approx(float(expected), rel=1e-5)
    told = objective.metrics(found["logits"].numpy(), None)
    right = [int(orders[place].argmax()) == place for place in (0, 1)]
    assert told["order_accuracy"] == sum(right) / 2


def test_half_of_the_pairs_go_on_and_half_do_not() -> None:
    texts = tuple(f"Text {n} begins. It goes on with {n}! Does {n} end? Yes, {n} ends." for n in range(200))
    whole, orders = pairs(Corpus("talk", texts, ("",) * 200), seed=0)
    assert len(whole) == len(orders) == 400
    assert 0.4 < sum(orders) / 400 < 0.6
    for pair, is_random in zip(whole, orders, strict=True):
        assert isinstance(pair, Pair)
        number = next(word for word in re.findall(r"\d+", pair.a))
        assert (number in re.findall(r"\d+", pair.b)) != bool(is_random)
    with pytest.raises(DataError, match="talk has 0 pairs of sentences that follow each other"):
        pairs(Corpus("talk", ("One sentence.",) * 30, ("",) * 30), seed=0)


def test_general_perplexity_that_rises_is_told() -> None:
    def curve(*losses: float) -> list[dict[str, float]]:
        return [{"step": step, "validation_general_loss": loss} for step, loss in enumerate(losses)]

    assert forgotten(curve(2.0, 2.1, 2.3), 1.5) == []
    (said,) = forgotten(curve(2.0, 1.9, 2.5), 1.5)
    assert "rose from 6.7 to 12.2, 1.82 times (more than 1.5)" in said


def test_an_encoder_without_a_mask_token_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.training import masked

    monkeypatch.setattr(masked, "load_tokenizer", lambda *_: SimpleNamespace(mask_token_id=None))
    with pytest.raises(EncoderError, match="its tokenizer has no mask token, so no word can be masked"):
        made(tmp_path, corpus()[:2], [], 0.15)
