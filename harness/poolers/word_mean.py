from typing import Any

from harness.core.data import TokenStates
from harness.poolers import Layers, pooler, read


@pooler("word-mean", per="word")
def word_mean(states: TokenStates, *, layers: Layers = (-1,)) -> Any:
    """The mean over each word's tokens, for lists of words; zeros where a word has no token, or was cut off.

    (batch, n_tokens, d) -> (batch, n_words, d). Ács et al. 2021 (subword pooling), section 3.
    """
    import torch

    hidden, _ = read(states, layers)
    numbers = torch.arange(states.n_words, device=hidden.device)
    of_word = (states.words.unsqueeze(1) == numbers.view(1, -1, 1)).to(hidden.dtype)
    kept = hidden.masked_fill((states.words < 0).unsqueeze(-1), 0.0)
    return of_word @ kept / of_word.sum(dim=-1, keepdim=True).clamp(min=1)
