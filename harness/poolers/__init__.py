"""Poolers: `TokenStates` -> vectors, torch, fp32, differentiable. One function each.

(batch, d) for one vector a text, (batch, n_words, d) for those that are declared `per="word"`.
"""

from functools import partial
from typing import Any

from harness.core.data import TokenStates
from harness.core.registry import component

#: `@pooler("mean")` above a function makes it a pooler.
pooler = partial(component, "pooler")

#: The parameter that names layers: what is pooled is their average.
Layers = tuple[int, ...]


def read(states: TokenStates, layers: Layers, special_tokens: bool = True) -> tuple[Any, Any]:
    """What a pooler pools: the average of these layers (batch, n_tokens, d), and the mask of the tokens that count.

    Without `special_tokens` those that the tokenizer put around the texts do not, unless a text has no other.
    """
    hidden = states.layers[layers[0]]
    if len(layers) > 1:
        hidden = sum(states.layers[layer] for layer in layers) / len(layers)
    mask = states.mask
    if not special_tokens:
        own = mask & ~states.special
        mask = own | (mask & ~own.any(dim=1, keepdim=True))
    return hidden, mask
