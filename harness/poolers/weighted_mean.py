from typing import Any

from harness.core.data import TokenStates
from harness.poolers import Layers, pooler, read


@pooler("weighted-mean")
def weighted_mean(states: TokenStates, *, layers: Layers = (-1,), special_tokens: bool = True) -> Any:
    """The mean over real tokens, each weighted by its place: 1, 2, 3 …

    (batch, n_tokens, d) -> (batch, d). Muennighoff 2022 (SGPT), section 3.1.
    """
    import torch

    hidden, mask = read(states, layers, special_tokens)
    weights = mask * torch.arange(1, mask.shape[1] + 1, device=mask.device)
    kept = hidden.masked_fill(~mask.unsqueeze(-1), 0.0)
    return (kept * weights.unsqueeze(-1)).sum(dim=1) / weights.sum(dim=1, keepdim=True).clamp(min=1)
