"""The objective of masked language modelling: which tokens are masked, and a head for any family. Imports torch."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy

from harness.core.errors import EncoderError
from harness.core.seeds import seed_of
from harness.encoders import EncoderFolder
from harness.encoders.forward import batch_of
from harness.encoders.library import about
from harness.encoders.loading import load_tokenizer
from harness.training.classify import linear_layer, n_dimensions
from harness.training.data import Row
from harness.training.objectives import Material, Objective

#: The head of a checkpoint, beside its weights.
HEAD = "mlm_head.safetensors"
#: Of the masked tokens these become the mask token, and as many more any token (Devlin et al. 2019).
_TO_MASK, _TO_ANY = 0.8, 0.9
#: What a held-out text gives: which corpus it is of, its loss, how many tokens, how many right; of rare ones how many
#: and how many right; whether it is asked for its order, and whether that is right.
_N_SUMS = 8
#: The order of a text that is no pair of sentences.
UNASKED = -1


class _Instead(torch.nn.Module):
    """What a model with a head takes for its encoder: states that are there already, and the encoder's embeddings."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.states: Any = None
        self._encoder = (encoder,)  # in a tuple, so that its weights are not counted twice

    @property
    def embeddings(self) -> Any:
        return self._encoder[0].embeddings

    def forward(self, *_: Any, **__: Any) -> Any:
        from transformers.modeling_outputs import BaseModelOutput

        return BaseModelOutput(last_hidden_state=self.states)


class Head(torch.nn.Module):
    """(n, d) states -> (n, vocabulary) logits, as the family's own model for masked words computes them."""

    def __init__(self, encoder: Any, folder: Path) -> None:
        super().__init__()
        from transformers import AutoModelForMaskedLM

        whole: Any = AutoModelForMaskedLM.from_config(encoder.config)
        prefix = whole.base_model_prefix
        own = _own(folder, prefix)
        whole.load_state_dict(own, strict=False)
        setattr(whole, prefix, encoder)
        whole.tie_weights()
        self._instead = _Instead(encoder)
        setattr(whole, prefix, self._instead)
        self.whole = whole

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Scores of every token of the vocabulary."""
        self._instead.states = states[None]
        logits: torch.Tensor = self.whole(inputs_embeds=states[None], attention_mask=states.new_ones(1, len(states)))[0]
        return logits[0]

    def save(self, embeddings: Any, folder: Path) -> None:
        """Everything of it that is not the embeddings."""
        own = {name: one for name, one in self.whole.named_parameters() if one is not embeddings}
        save_file({name: one.detach().cpu().contiguous() for name, one in own.items()}, folder / HEAD)


def _own(folder: Path, prefix: str) -> dict[str, torch.Tensor]:
    """The weights of a head that the folder brings; none where it has none."""
    if (folder / HEAD).is_file():
        saved: dict[str, torch.Tensor] = load_file(folder / HEAD)
        return saved
    if not is_masked(folder):
        return {}
    from transformers import AutoModelForMaskedLM

    whole = AutoModelForMaskedLM.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    return {name: one for name, one in whole.state_dict().items() if not name.startswith(f"{prefix}.")}


def is_masked(folder: Path) -> bool:
    """Whether a folder says that its weights are of a model for masked words, head included."""
    told = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures") or [""]
    return str(told[0]).endswith(("ForMaskedLM", "ForPreTraining"))


class MaskedWords(torch.nn.Module):
    """Inputs -> {"loss": the mean over masked tokens, "logits": (batch, 8) sums of each held-out text}.

    With `order` also whether a pair of sentences is one, by the vector of the first token (Devlin et al. 2019).
    """

    accepts_loss_kwargs = False  # Trainer takes `**` for a wish to be told of accumulation

    def __init__(self, material: Material, head: Head, choose: "Chooser", order: torch.nn.Linear | None) -> None:
        super().__init__()
        self.encoder, self.head, self.order, self._choose = material.encoder, head, order, choose
        self._states, self._pool = material.states, material.pool

    def forward(self, labels: torch.Tensor, **batch: torch.Tensor) -> dict[str, torch.Tensor]:
        """`labels` (batch, 2): which corpus each text is of, and its order. Scores are computed in fp32 always."""
        wanted = batch["input_ids"]
        chosen, shown = self._choose(batch, dynamic=self.training)
        states = self._states(self.encoder, {**batch, "input_ids": shown})
        with torch.autocast(states.hidden.device.type, enabled=False):
            scores = self.head(states.hidden[chosen])
            losses = cross_entropy(scores, wanted[chosen], reduction="none")
            loss = losses.sum() / max(1, len(losses)) + 0.0 * states.hidden.sum()
            asked, orders = labels[:, 1] != UNASKED, None if self.order is None else self.order(self._pool(states))
            if orders is not None and asked.any():
                loss = loss + cross_entropy(orders[asked], labels[asked, 1])
        if self.training:
            return {"loss": loss, "logits": losses[:0]}
        right = (scores.argmax(dim=1) == wanted[chosen]).double()
        rare = self._choose.rare.to(wanted.device)[wanted[chosen]].double()
        row = chosen.nonzero()[:, 0]
        sums = losses.new_zeros((len(labels), _N_SUMS), dtype=torch.float64)
        sums[:, 0], sums[:, 6] = labels[:, 0], asked
        sums[:, 7] = 0 if orders is None else (orders.argmax(dim=1) == labels[:, 1]) & asked
        for place, values in enumerate((losses.double(), torch.ones_like(rare), right, rare, rare * right), 1):
            sums[:, place].index_add_(0, row, values)
        return {"loss": loss, "logits": sums}


class Chooser:
    """Which tokens are masked, and what is shown in their place.

    `continues`, `rare` (vocabulary,): whether a token goes on with a word; whether it is rare. Dynamic masks are drawn
    from the generator of the process, which a training seeds and saves; static ones, and those of held-out texts, from
    the text itself, so that they are the same whatever is read beside it.
    """

    def __init__(
        self, continues: torch.Tensor, rare: torch.Tensor, mask_id: int, share: float, *, words: bool, static: bool
    ) -> None:
        self._continues, self.rare, self._mask_id, self._share = continues, rare, mask_id, share
        self._words, self._static = words, static

    def __call__(self, batch: Mapping[str, torch.Tensor], *, dynamic: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """(batch, n_tokens) both: which are masked, and the ids that are shown."""
        device = batch["input_ids"].device
        ids, special = batch["input_ids"].cpu(), batch["special_tokens_mask"].cpu()
        there = batch["attention_mask"].cpu().bool() & ~special
        is_fresh = dynamic and not self._static
        draws = torch.rand((3, *ids.shape)) if is_fresh else _drawn_of(ids, batch["attention_mask"].cpu())
        chosen = draws[0] < self._share
        if self._words:
            starts = there & ~self._continues[ids]
            chosen = chosen.gather(1, (starts.cumsum(dim=1) - 1).clamp(min=0))
        chosen &= there
        any_id = (draws[2] * len(self._continues)).long()
        shown = torch.where(draws[1] < _TO_MASK, self._mask_id, torch.where(draws[1] < _TO_ANY, any_id, ids))
        return chosen.to(device), torch.where(chosen, shown, ids).to(device)


def _drawn_of(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Three numbers in [0, 1) a token, (3, batch, n_tokens), that each text has whatever is padded behind it."""
    seeds = [seed_of("mask", *row[there.bool()].tolist()) % 2**63 for row, there in zip(ids, mask, strict=True)]
    rows = [torch.rand((ids.shape[1], 3), generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(rows).permute(2, 0, 1)


def masking(
    material: Material,
    base: EncoderFolder,
    general: Sequence[int],
    share: float,
    forgets: float,
    *,
    words: bool,
    static: bool,
    orders: Sequence[int] | None,
) -> Objective:
    """The objective of `mlm`. `general`: the places of the examples that are of the general text, and held out.

    `orders`: of each example whether it is a pair of sentences that follow each other (0) or not (1); None: not asked.

    EncoderError where the tokenizer has no mask token, or the family no model for masked words.
    """
    tokenizer = load_tokenizer(Path(base.path), base.family)
    if tokenizer.mask_token_id is None:
        raise EncoderError("its tokenizer has no mask token, so no word can be masked. Name another encoder.")
    encoder: Any = material.encoder
    with about(base.name):
        head = Head(encoder, Path(base.path))
    n = encoder.get_input_embeddings().weight.shape[0]
    is_general = set(general)
    seen = np.bincount([one for place in general for one in material.tokens[place].ids], minlength=n)
    chooser = Chooser(
        _continuing(tokenizer, n),
        torch.from_numpy((seen[:n] == 0) & bool(is_general)),
        int(tokenizer.mask_token_id),
        share,
        words=words,
        static=static,
    )

    def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        labels = torch.tensor([row.target for row in rows])
        return {**batch_of([row.tokens for row in rows], material.pad_id), "labels": labels}

    told = orders or [UNASKED] * len(material.examples)
    targets = [(int(place in is_general), told[place]) for place in range(len(material.examples))]
    order = linear_layer(n_dimensions(material), 2, None, material.seed) if orders else None
    save: Callable[[Path], None] = partial(head.save, encoder.get_input_embeddings().weight)
    watch = partial(forgotten, factor=forgets)
    return Objective(MaskedWords(material, head, chooser, order), targets, collate, _metrics, save, watch=watch)


def _metrics(sums: Any, _: Any) -> dict[str, float]:
    """Mean losses of masked tokens (perplexity is e to that), the target's as `loss`; shares of those told right."""
    found = dict[str, float]()
    for kind, prefix in ((0, ""), (1, "general_")):
        loss, n, right, n_rare, right_rare, asked, ordered = sums[sums[:, 0] == kind][:, 1:].sum(axis=0)
        if n or not kind:
            found |= {f"{prefix}loss": float(loss / max(1, n)), f"{prefix}accuracy": float(right / max(1, n))}
        if n_rare and not kind:
            found["rare_accuracy"] = float(right_rare / n_rare)
        if asked:
            found["order_accuracy"] = float(ordered / asked)
    return found


def forgotten(curve: Sequence[Mapping[str, float]], factor: float) -> list[str]:
    """A sentence where the general text's perplexity rose by more than the factor, from its lowest to its last."""
    losses = [point["validation_general_loss"] for point in curve if "validation_general_loss" in point]
    if len(losses) < 2 or (rise := float(np.exp(losses[-1] - min(losses)))) <= factor:
        return []
    before, now = np.exp(min(losses)), np.exp(losses[-1])
    return [
        f"general perplexity rose from {before:.1f} to {now:.1f}, {rise:.2f} times (more than {factor:g}): what the "
        "encoder knew is being overwritten. Take fewer epochs, a lower lr, or more text"
    ]


def _continuing(tokenizer: Any, n: int) -> torch.Tensor:
    """(n,) whether each token goes on with a word: `##…` of WordPiece, what begins with no space of the others."""
    pieces = [str(piece) for piece in tokenizer.convert_ids_to_tokens(list(range(min(n, len(tokenizer)))))]
    special = set(tokenizer.all_special_tokens)
    if any(piece.startswith("##") for piece in pieces):
        goes_on = [piece.startswith("##") for piece in pieces]
    else:
        goes_on = [piece not in special and not piece.startswith(("▁", "Ġ")) for piece in pieces]
    return torch.tensor([*goes_on, *[False] * (n - len(pieces))])
