from typing import Any

from harness.core.data import TokenStates
from harness.poolers import Layers, pooler, read


@pooler("last-token")
def last_token(states: TokenStates, *, layers: Layers = (-1,)) -> Any:
    """The last token's state: of a model that reads from left to right, the only one that has seen the whole text.

    (batch, n_tokens, d) -> (batch, d). Neelakantan et al. 2022, section 2.
    """
    import torch

    hidden, mask = read(states, layers)
    last = mask.shape[1] - 1 - mask.flip(1).int().argmax(dim=1)
    rows = torch.arange(len(mask), device=mask.device)
    return hidden[rows, last].masked_fill(~mask.any(dim=1, keepdim=True), 0.0)
