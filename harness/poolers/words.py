"""A vector for each word of a list of words."""

from typing import Any

from harness.core.data import TokenStates
from harness.poolers import Layers, pooler, read


@pooler("word-first", per="word")
def word_first(states: TokenStates, *, layers: Layers = (-1,)) -> Any:
    """The state of each word's first token, for lists of words; zeros where a word has no token, or was cut off.

    (batch, n_tokens, d) -> (batch, n_words, d). Devlin et al. 2019, section 5.3.
    """
    import torch

    hidden, _ = read(states, layers)
    before = torch.nn.functional.pad(states.words[:, :-1], (1, 0), value=-1)
    rows, places = ((states.words >= 0) & (states.words != before)).nonzero(as_tuple=True)
    found = hidden.new_zeros(len(hidden), states.n_words, hidden.shape[-1])
    return found.index_put((rows, states.words[rows, places]), hidden[rows, places])


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
