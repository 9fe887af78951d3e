"""The objective of `distil-hidden`: a teacher's hidden states and its guesses of masked words. Imports torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import kl_div, log_softmax

from harness.core.errors import EncoderError
from harness.encoders import EncoderFolder
from harness.encoders.forward import batch_of, token_states
from harness.encoders.library import about
from harness.encoders.loading import load_tokenizer
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import load_model
from harness.training.data import Row
from harness.training.masked import HEAD, Chooser, Head, is_masked
from harness.training.objectives import Material, Objective

#: Of the tokens so many are masked, for teacher and student alike.
_SHARE = 0.15
#: Texts by which it is told whether two tokenizers read alike.
_N_COMPARED = 50


class Imitator(torch.nn.Module):
    """Inputs -> {"loss": that of states and guesses, "logits": (batch, 4) sums of each held-out text}."""

    accepts_loss_kwargs = False  # Trainer takes `**` for a wish to be told of accumulation

    def __init__(
        self,
        material: Material,
        taught_by: tuple[Any, Head],
        choose: Chooser,
        layers: Sequence[tuple[int, int]],
        weights: tuple[float, float, float],
    ) -> None:
        super().__init__()
        self.encoder, self._taught_by, self._choose = material.encoder, taught_by, choose  # a tuple is not trained
        self._states, self._layers, (self._hidden, self._logits, self._temperature) = material.states, layers, weights
        own, wide = _width(material.encoder), _width(taught_by[0])
        self.project = torch.nn.Linear(own, wide) if own != wide else torch.nn.Identity()

    def forward(self, labels: torch.Tensor, **batch: torch.Tensor) -> dict[str, torch.Tensor]:
        """`batch` as `batch_of` makes it; labels are there for Trainer. Compared in fp32 always."""
        chosen, shown = self._choose(batch, dynamic=self.training)
        given = {**batch, "input_ids": shown}
        states = self._states(self.encoder, given, layers=[own for own, _ in self._layers])
        teacher, head = (part.to(shown.device) for part in self._taught_by)
        with torch.autocast(states.hidden.device.type, enabled=False):
            with torch.no_grad():
                taught = token_states(teacher, given, [other for _, other in self._layers])
                asked = log_softmax(head(taught.hidden[chosen]) / self._temperature, dim=1)
            said = log_softmax(head(self.project(states.hidden[chosen])) / self._temperature, dim=1)
            apart = torch.stack(
                [(self.project(states.layers[own]) - taught.layers[other]).pow(2) for own, other in self._layers]
            ).mean(dim=(0, 3))
            unlike = kl_div(said, asked, reduction="none", log_target=True).sum(dim=1) * self._temperature**2
            loss = self._hidden * apart[states.mask].mean() + self._logits * unlike.sum() / max(1, len(unlike))
        if self.training:
            return {"loss": loss, "logits": unlike[:0]}
        row = chosen.nonzero()[:, 0]
        sums = apart.new_zeros((len(labels), 4), dtype=torch.float64)
        sums[:, 0] = (apart * states.mask).sum(dim=1) / states.mask.sum(dim=1)
        same = (said.argmax(dim=1) == asked.argmax(dim=1)).double()
        for place, values in enumerate((unlike.double(), torch.ones_like(same), same), 1):
            sums[:, place].index_add_(0, row, values)
        return {"loss": loss, "logits": sums}


def imitating(
    material: Material, teacher: EncoderFolder, hidden: float, logits: float, temperature: float
) -> Objective:
    """Towards a teacher's states and its guesses, in these shares.

    EncoderError where it has no head for masked words, or reads texts as other tokens than the student.
    """
    _refuse_readings(material, teacher)
    model: Any = load_model(teacher).eval()
    tokenizer = load_tokenizer(Path(teacher.path), teacher.family)
    with about(teacher.name):
        head = Head(model, Path(teacher.path)).eval()
    for part in (model, head):
        part.requires_grad_(False)
    n_words = model.get_input_embeddings().weight.shape[0]
    never = torch.zeros(n_words, dtype=torch.bool)
    choose = Chooser(never, never, int(tokenizer.mask_token_id), _SHARE, words=False, static=False)
    layers = pairs_of_layers(_depth(material.encoder), _depth(model))

    def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        return {**batch_of([row.tokens for row in rows], material.pad_id), "labels": torch.zeros(len(rows))}

    def metrics(sums: Any, _: Any) -> Mapping[str, float]:
        apart, unlike, n, same = sums.sum(axis=0)
        loss = hidden * apart / len(sums) + logits * unlike / max(1, n)
        return {"loss": float(loss), "accuracy": float(same / max(1, n))}

    module = Imitator(material, (model, head), choose, layers, (hidden, logits, temperature))
    return Objective(module, [0.0] * len(material.examples), collate, metrics, watch=lambda curve: [])


def pairs_of_layers(n_own: int, n_taught: int) -> list[tuple[int, int]]:
    """Which layer learns from which, evenly: 0 is what the embeddings give, -1 the last (Jiao et al. 2020)."""
    return [*((own, round(own * n_taught / n_own)) for own in range(n_own)), (-1, -1)]


def refuse_teacher(teacher: EncoderFolder) -> None:
    """EncoderError where a teacher has no head for masked words."""
    folder = Path(teacher.path)
    if not (folder / HEAD).is_file() and not is_masked(folder):
        raise EncoderError(
            f"teacher {teacher.name!r} has no head for masked words, so it guesses none. Name an encoder that has one: "
            f"{{name: taught, checkpoint: {teacher.name}, mlm-head: {{}}}}."
        )


def _refuse_readings(material: Material, teacher: EncoderFolder) -> None:
    texts, (field, reading) = material.examples.text[:_N_COMPARED], next(iter(material.read.items()))
    assert field == "text"
    longest = max(len(one.ids) for one in reading[: len(texts)])
    read = Tokenizer(teacher)(texts, teacher.tokenization)
    for text, own, other in zip(texts, reading, read, strict=False):
        n = min(len(own.ids), len(other.ids), longest) - 1  # what ends a text may stand elsewhere where it is cut
        if list(own.ids[:n]) != list(other.ids[:n]):
            raise EncoderError(
                f"teacher {teacher.name!r} reads {str(text)[:40]!r} as other tokens than the student: states are "
                "compared token by token. Begin with an encoder of the teacher's tokenizer, or take the step `distil`."
            )


def _width(model: Any) -> int:
    return int(getattr(model.config, "hidden_size", None) or model.config.dim)


def _depth(model: Any) -> int:
    return int(model.config.num_hidden_layers)
