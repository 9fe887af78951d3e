"""Poolers: `TokenStates` -> Embeddings (batch, d), torch, fp32, differentiable. One function a file."""

from functools import partial

from harness.core.registry import component

#: `@pooler("mean")` above a function makes it a pooler.
pooler = partial(component, "pooler")
