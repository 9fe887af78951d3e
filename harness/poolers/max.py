from typing import Any

from harness.core.data import TokenStates
from harness.poolers import Layers, pooler, read


@pooler("max")
def max_(states: TokenStates, *, layers: Layers = (-1,), special_tokens: bool = True) -> Any:
    """The largest value of each dimension over real tokens; padding counts as -inf.

    (batch, n_tokens, d) -> (batch, d). Reimers and Gurevych 2019, section 3.
    """
    hidden, mask = read(states, layers, special_tokens)
    return hidden.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(dim=1)
