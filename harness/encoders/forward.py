"""One way from token ids to hidden states, for encoding and for training. Needs torch: import it late."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.encoders.tokens import Tokens

Batch = Mapping[str, torch.Tensor]


def batch_of(read: Sequence[Tokens], pad_id: int) -> dict[str, torch.Tensor]:
    """Inputs of different lengths as tensors (batch, n_tokens), by transformers' names.

    `token_type_ids` are there if some segment is not 0, `word_ids` (-1 for none) if some input is a list of words.
    """
    shape = (len(read), max(len(tokens.ids) for tokens in read))
    ids, mask, special = np.full(shape, pad_id, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    types, words = np.zeros(shape, np.int64), np.full(shape, -1, np.int64)
    for row, tokens in enumerate(read):
        n = len(tokens.ids)
        ids[row, :n], mask[row, :n] = tokens.ids, 1
        special[row, list(tokens.special)] = True
        if tokens.types is not None:
            types[row, :n] = tokens.types
        if tokens.words is not None:
            words[row, :n] = tokens.words
    batch = {"input_ids": ids, "attention_mask": mask, "special_tokens_mask": special}
    batch |= {"token_type_ids": types} if types.any() else {}
    batch |= {"word_ids": words} if any(tokens.words is not None for tokens in read) else {}
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def token_states(model: Any, batch: Batch, layers: Sequence[int] = (-1,), *, apart: bool = False) -> TokenStates:
    """Hidden states of one padded batch of `batch_of`; `apart`: texts of one length at a time, without padding."""
    asked = (-1, *(layer for layer in dict.fromkeys(layers) if layer != -1))
    mask, words = batch["attention_mask"].bool(), batch.get("word_ids")
    hidden = _by_length(model, batch, asked) if apart else _hidden(model, batch, asked)
    return TokenStates(
        layers={layer: states.float() for layer, states in zip(asked, hidden, strict=True)},
        mask=mask,
        special=batch["special_tokens_mask"],
        words=words,
        n_words=0 if words is None else int(words.max()) + 1,
    )


def _hidden(model: Any, batch: Batch, layers: Sequence[int]) -> list[torch.Tensor]:
    """States (batch, n_tokens, d) of these layers, the last one first."""
    given: dict[str, Any] = {name: batch[name] for name in ("input_ids", "attention_mask")}
    if "token_type_ids" in batch and takes_types(model):
        given["token_type_ids"] = batch["token_type_ids"]
    if len(layers) == 1:
        return [model(**given).last_hidden_state]
    read = model(**given, output_hidden_states=True)
    n_layers = len(read.hidden_states) - 1
    for layer in layers:
        if not -n_layers <= layer <= n_layers:
            raise EncoderError(
                f"layer {layer} is asked for, and this encoder has {n_layers}: expected 0 (embeddings) to {n_layers}, "
                "or -1 for the last, -2 for the one before. Name others in `layers` of the pooler."
            )
    last = read.last_hidden_state  # of some families more than the last of `hidden_states`
    found = [last, *(last if layer == n_layers else read.hidden_states[layer] for layer in layers[1:])]
    if any(states.shape != last.shape for states in found):
        shapes = ", ".join(str(tuple(states.shape)) for states in found)
        raise EncoderError(f"its layers are of unlike shapes ({shapes}), so only the last can be pooled.")
    return found


def takes_types(model: Any) -> bool:
    """Whether a model reads segments."""
    return "token_type_ids" in inspect.signature(model.forward).parameters


def _by_length(model: Any, batch: Batch, layers: Sequence[int]) -> list[torch.Tensor]:
    """The same without padding."""
    lengths = batch["attention_mask"].sum(dim=1)
    found: list[torch.Tensor] = []
    for length in sorted(set(lengths.tolist())):
        rows = lengths == length
        part = _hidden(model, {name: values[rows, :length] for name, values in batch.items()}, layers)
        found = found or [states.new_zeros((*batch["input_ids"].shape, states.shape[-1])) for states in part]
        for whole, states in zip(found, part, strict=True):
            whole[rows, :length] = states
    return found


def mixes_padding(model: Any, ids: torch.Tensor) -> bool:
    """Whether what is masked reaches the states of real tokens (FNet, ConvBERT): then a batch may hold no padding.

    `ids` (1, n_tokens) are of any text.
    """
    n_real = max(1, ids.shape[1] - 2)
    mask = (torch.arange(ids.shape[1], device=ids.device) < n_real).long().unsqueeze(0)
    with torch.inference_mode():
        alone = model(input_ids=ids[:, :n_real], attention_mask=mask[:, :n_real]).last_hidden_state
        beside = model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :n_real]
    return not torch.allclose(alone, beside, rtol=1e-3, atol=1e-4, equal_nan=True)
