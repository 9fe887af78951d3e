"""An encoder as the package `mteb` 2 asks for one: batches in, vectors out, and how vectors are compared."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.modes.zero_shot import unit

if TYPE_CHECKING:
    from harness.index.encoder import TextEncoder


class ForMteb:
    """`mteb.evaluate(ForMteb(encoder), tasks)`: texts of a search are read by their side, all others as texts.

    Prompts are those of the encoder; mteb's own are not put before a text.
    """

    def __init__(self, encoder: "TextEncoder") -> None:
        self.encoder = encoder

    def encode(self, inputs: Iterable[Mapping[str, Sequence[str]]], *, prompt_type: Any = None, **told: Any) -> Any:
        """(n, d) float32 vectors of the texts of all batches in order; `prompt_type`: `query`, `document`, None."""
        texts = [text for batch in inputs for text in batch["text"]]
        side = getattr(prompt_type, "value", prompt_type)
        return getattr(self.encoder, f"encode_{side}" if side else "encode")(texts)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """(n, m) cosines, a tensor."""
        return _tensor(_unit(embeddings1) @ _unit(embeddings2).T)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:
        """(n,) cosines of vectors at the same place, a tensor."""
        return _tensor((_unit(embeddings1) * _unit(embeddings2)).sum(axis=1))

    @property
    def mteb_model_meta(self) -> Any:
        """Its name and how it compares; ImportError where mteb is not installed."""
        from mteb.models.model_meta import ModelMeta

        told = {"name": self.encoder.name, "revision": self.encoder.key, "max_tokens": self.encoder.max_seq_length}
        return ModelMeta.create_empty({**told, "embed_dim": self.encoder.dimension, "similarity_fn_name": "cosine"})


def _unit(vectors: Any) -> Any:
    found = np.asarray(vectors, np.float32)
    return unit(found[None] if found.ndim == 1 else found)


def _tensor(values: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(values))
