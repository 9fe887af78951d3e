from collections.abc import Callable
from typing import Any, Literal

from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.poolers import pooler
from harness.poolers.cls import cls
from harness.poolers.lasttoken import lasttoken
from harness.poolers.max import max_
from harness.poolers.mean import mean
from harness.poolers.mean_sqrt_len_tokens import mean_sqrt_len_tokens
from harness.poolers.weightedmean import weightedmean

Joined = Literal["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]
_POOLERS: dict[str, Callable[[TokenStates], Any]] = {
    "cls": cls,
    "max": max_,
    "mean": mean,
    "mean_sqrt_len_tokens": mean_sqrt_len_tokens,
    "weightedmean": weightedmean,
    "lasttoken": lasttoken,
}


@pooler("concat")
def concat(states: TokenStates, *, of: tuple[Joined, ...] = ("cls", "mean")) -> Any:
    """Several poolers' vectors, one after the other.

    (batch, n_tokens, d) -> (batch, d times how many). Reimers and Gurevych 2019, as their library saves it.
    """
    import torch

    if not of:
        raise EncoderError("concat: `of` is empty; name the poolers to be joined, like [cls, mean].")
    return torch.cat([_POOLERS[name](states) for name in of], dim=-1)
