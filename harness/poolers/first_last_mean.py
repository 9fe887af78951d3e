from typing import Any, Literal

from harness.core.data import TokenStates
from harness.poolers import pooler
from harness.poolers.mean import mean


@pooler("first-last-mean")
def first_last_mean(
    states: TokenStates, *, layers: tuple[Literal[0, 1], Literal[-1]] = (1, -1), special_tokens: bool = True
) -> Any:
    """The mean over real tokens of the average of the first and the last layer.

    (batch, n_tokens, d) -> (batch, d). Su et al. 2021 (whitening), table 1, whose code takes the output of the first
    transformer layer, as this does; `layers: [0, -1]` takes the embeddings, as others read it.
    """
    return mean(states, layers=layers, special_tokens=special_tokens)
