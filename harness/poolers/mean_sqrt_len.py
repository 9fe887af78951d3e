from typing import Any

from harness.core.data import TokenStates
from harness.poolers import Layers, pooler, read


@pooler("mean-sqrt-len")
def mean_sqrt_len(states: TokenStates, *, layers: Layers = (-1,), special_tokens: bool = True) -> Any:
    """The sum over real tokens, divided by the square root of their number.

    (batch, n_tokens, d) -> (batch, d). Cer et al. 2018 (Universal Sentence Encoder), section 3.
    """
    hidden, mask = read(states, layers, special_tokens)
    mask = mask.unsqueeze(-1)
    return hidden.masked_fill(~mask, 0.0).sum(dim=1) / mask.sum(dim=1).clamp(min=1).sqrt()
