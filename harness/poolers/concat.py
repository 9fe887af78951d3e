from collections.abc import Callable
from typing import Any, Literal

from harness.core.data import TokenStates
from harness.poolers import pooler
from harness.poolers.cls import cls
from harness.poolers.last_token import last_token
from harness.poolers.max import max_
from harness.poolers.mean import mean
from harness.poolers.mean_sqrt_len import mean_sqrt_len
from harness.poolers.weighted_mean import weighted_mean

Joined = Literal["cls", "max", "mean", "mean-sqrt-len", "weighted-mean", "last-token"]
_POOLERS: dict[str, Callable[[TokenStates], Any]] = {
    "cls": cls,
    "max": max_,
    "mean": mean,
    "mean-sqrt-len": mean_sqrt_len,
    "weighted-mean": weighted_mean,
    "last-token": last_token,
}


@pooler("concat")
def concat(states: TokenStates, *, of: tuple[Joined, ...] = ("cls", "mean")) -> Any:
    """Several poolers' vectors, one after the other; `cls+mean` for short.

    (batch, n_tokens, d) -> (batch, d times how many). Reimers and Gurevych 2019, as their library saves it.
    """
    import torch

    return torch.cat([_POOLERS[name](states) for name in of], dim=-1)
