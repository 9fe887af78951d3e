from typing import Any

from harness.core.data import TokenStates
from harness.poolers import pooler


@pooler("lasttoken")
def lasttoken(states: TokenStates) -> Any:
    """The last token's state: of a model that reads from left to right, the only one that has seen the whole text.

    (batch, n_tokens, d) -> (batch, d). Neelakantan et al. 2022, section 2.
    """
    import torch

    mask = states.mask
    last = mask.shape[1] - 1 - mask.flip(1).int().argmax(dim=1)
    rows = torch.arange(len(mask), device=mask.device)
    return states.hidden[rows, last].masked_fill(~mask.any(dim=1, keepdim=True), 0.0)
