from typing import Any, Literal, get_args

from harness.core.data import TokenStates
from harness.poolers import pooler
from harness.poolers.means import mean, mean_sqrt_len, weighted_mean
from harness.poolers.picks import cls, last_token, max_

Joined = Literal["cls", "max", "mean", "mean-sqrt-len", "weighted-mean", "last-token"]
_POOLERS = dict(zip(get_args(Joined), (cls, max_, mean, mean_sqrt_len, weighted_mean, last_token), strict=True))


@pooler("concat")
def concat(states: TokenStates, *, of: tuple[Joined, ...] = ("cls", "mean")) -> Any:
    """Several poolers' vectors, one after the other; `cls+mean` for short.

    (batch, n_tokens, d) -> (batch, d times how many). Reimers and Gurevych 2019, as their library saves it.
    """
    import torch

    return torch.cat([_POOLERS[name](states) for name in of], dim=-1)
