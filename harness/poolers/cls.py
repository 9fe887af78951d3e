from typing import Any

from harness.core.data import TokenStates
from harness.poolers import Layers, pooler, read


@pooler("cls")
def cls(states: TokenStates, *, layers: Layers = (-1,)) -> Any:
    """The first token's state.

    (batch, n_tokens, d) -> (batch, d). The token itself, not BERT's tanh `pooler_output`
    (Devlin et al. 2019, section 3.2). Where tokens are left out of the mask, the first that is in it.
    """
    import torch

    hidden, mask = read(states, layers)
    rows = torch.arange(len(mask), device=mask.device)
    return hidden[rows, mask.int().argmax(dim=1)]
