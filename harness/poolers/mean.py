from typing import Any

from harness.core.data import TokenStates
from harness.poolers import pooler


@pooler("mean")
def mean(states: TokenStates) -> Any:
    """The mean over real tokens, special ones included, padding left out.

    (batch, n_tokens, d) -> (batch, d). Reimers and Gurevych 2019, section 3.
    """
    mask = states.mask.unsqueeze(-1)
    return states.hidden.masked_fill(~mask, 0.0).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
