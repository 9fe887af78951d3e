from typing import Any

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
