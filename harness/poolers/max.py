from typing import Any

from harness.core.data import TokenStates
from harness.poolers import pooler


@pooler("max")
def max_(states: TokenStates) -> Any:
    """The largest value of each dimension over real tokens; padding counts as -inf.

    (batch, n_tokens, d) -> (batch, d). Reimers and Gurevych 2019, section 3.
    """
    return states.hidden.masked_fill(~states.mask.unsqueeze(-1), float("-inf")).amax(dim=1)
