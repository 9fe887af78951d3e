"""One token of a text, or the largest value of any."""

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


@pooler("max")
def max_(states: TokenStates, *, layers: Layers = (-1,), special_tokens: bool = True) -> Any:
    """The largest value of each dimension over real tokens; padding counts as -inf.

    (batch, n_tokens, d) -> (batch, d). Reimers and Gurevych 2019, section 3.
    """
    hidden, mask = read(states, layers, special_tokens)
    return hidden.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(dim=1)
