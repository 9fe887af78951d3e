from typing import Any

from harness.core.data import TokenStates
from harness.poolers import pooler


@pooler("cls")
def cls(states: TokenStates) -> Any:
    """The first token's state.

    (batch, n_tokens, d) -> (batch, d). The token itself, not BERT's tanh `pooler_output`
    (Devlin et al. 2019, section 3.2). Where tokens are left out of the mask, the first that is in it.
    """
    import torch

    rows = torch.arange(len(states.mask), device=states.mask.device)
    return states.hidden[rows, states.mask.int().argmax(dim=1)]
