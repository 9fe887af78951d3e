from typing import Any, Literal

from harness.core.data import TokenStates
from harness.poolers import pooler
from harness.poolers.mean import mean


@pooler("last2-mean")
def last2_mean(
    states: TokenStates, *, layers: tuple[Literal[-2], Literal[-1]] = (-2, -1), special_tokens: bool = True
) -> Any:
    """The mean over real tokens of the average of the last two layers.

    (batch, n_tokens, d) -> (batch, d). Li et al. 2020 (BERT-flow), section 2.
    """
    return mean(states, layers=layers, special_tokens=special_tokens)
