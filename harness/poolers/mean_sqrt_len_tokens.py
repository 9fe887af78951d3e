from typing import Any

from harness.core.data import TokenStates
from harness.poolers import pooler


@pooler("mean_sqrt_len_tokens")
def mean_sqrt_len_tokens(states: TokenStates) -> Any:
    """The sum over real tokens, divided by the square root of their number.

    (batch, n_tokens, d) -> (batch, d). Cer et al. 2018 (Universal Sentence Encoder), section 3.
    """
    mask = states.mask.unsqueeze(-1)
    return states.hidden.masked_fill(~mask, 0.0).sum(dim=1) / mask.sum(dim=1).clamp(min=1).sqrt()
