"""Sums over the tokens of a text: plain, weighted, of several layers."""

from typing import Any, Literal

from harness.core.data import TokenStates
from harness.poolers import Layers, pooler, read


@pooler("mean")
def mean(states: TokenStates, *, layers: Layers = (-1,), special_tokens: bool = True) -> Any:
    """The mean over real tokens, padding left out; the special ones count unless `special_tokens` is false.

    (batch, n_tokens, d) -> (batch, d). Reimers and Gurevych 2019, section 3. Of several `layers` (-1 the last, 0 the
    embeddings) the average is taken first.
    """
    hidden, mask = read(states, layers, special_tokens)
    mask = mask.unsqueeze(-1)
    return hidden.masked_fill(~mask, 0.0).sum(dim=1) / mask.sum(dim=1).clamp(min=1)


@pooler("last2-mean")
def last2_mean(
    states: TokenStates, *, layers: tuple[Literal[-2], Literal[-1]] = (-2, -1), special_tokens: bool = True
) -> Any:
    """The mean over real tokens of the average of the last two layers.

    (batch, n_tokens, d) -> (batch, d). Li et al. 2020 (BERT-flow), section 2.
    """
    return mean(states, layers=layers, special_tokens=special_tokens)


@pooler("first-last-mean")
def first_last_mean(
    states: TokenStates, *, layers: tuple[Literal[0, 1], Literal[-1]] = (1, -1), special_tokens: bool = True
) -> Any:
    """The mean over real tokens of the average of the first and the last layer.

    (batch, n_tokens, d) -> (batch, d). Su et al. 2021 (whitening), table 1, whose code takes the output of the first
    transformer layer, as this does; `layers: [0, -1]` takes the embeddings, as others read it.
    """
    return mean(states, layers=layers, special_tokens=special_tokens)


@pooler("mean-sqrt-len")
def mean_sqrt_len(states: TokenStates, *, layers: Layers = (-1,), special_tokens: bool = True) -> Any:
    """The sum over real tokens, divided by the square root of their number.

    (batch, n_tokens, d) -> (batch, d). Cer et al. 2018 (Universal Sentence Encoder), section 3.
    """
    hidden, mask = read(states, layers, special_tokens)
    mask = mask.unsqueeze(-1)
    return hidden.masked_fill(~mask, 0.0).sum(dim=1) / mask.sum(dim=1).clamp(min=1).sqrt()


@pooler("weighted-mean")
def weighted_mean(states: TokenStates, *, layers: Layers = (-1,), special_tokens: bool = True) -> Any:
    """The mean over real tokens, each weighted by its place: 1, 2, 3 …

    (batch, n_tokens, d) -> (batch, d). Muennighoff 2022 (SGPT), section 3.1.
    """
    import torch

    hidden, mask = read(states, layers, special_tokens)
    weights = mask * torch.arange(1, mask.shape[1] + 1, device=mask.device)
    kept = hidden.masked_fill(~mask.unsqueeze(-1), 0.0)
    return (kept * weights.unsqueeze(-1)).sum(dim=1) / weights.sum(dim=1, keepdim=True).clamp(min=1)
