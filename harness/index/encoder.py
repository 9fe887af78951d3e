"""An encoder for other tools: `encode` as sentence-transformers has it, computed as a suite would."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from harness import encoders
from harness.catalogue import catalogue
from harness.core.data import utf8
from harness.core.errors import HarnessError
from harness.core.fingerprint import fingerprint
from harness.core.records import Tokenization, read_as
from harness.encoders.layout import PROMPT_ROLES
from harness.encoders.pieces import Piece, Pieces, batches
from harness.index.for_mteb import ForMteb
from harness.index.side import Asked, Side, side
from harness.modes.zero_shot import unit
from harness.runner.checkpoints import by_weights
from harness.runner.vectors import CacheView, NoCache, open_cache


class TextEncoder:
    """Texts -> vectors. It is loaded when it first encodes.

    With `cache` vectors are taken from those that this machine keeps, and kept there.
    """

    def __init__(self, made_by: Side, *, cache: bool = False) -> None:
        self._side, self._cache = made_by, cache

    @classmethod
    def of(cls, name: str, pooler: str | None = None, *, device: str = "auto", cache: bool = False) -> "TextEncoder":
        """By a built-in name, folder or hub id, or a mapping as a suite has it, in YAML; `pooler` as a suite has it.

        HarnessError where it is not to be had.
        """
        return cls(side(Asked(name, pooler, normalize=False, folder=str(Path.cwd())), device), cache=cache)

    def __repr__(self) -> str:
        return f"TextEncoder({self._side.folder.name!r}, {self._side.pooling.pooler!r})"

    @property
    def name(self) -> str:
        """As tools list it: `harness/` and what it was asked for."""
        return f"harness/{Path(self._side.folder.name).name}"

    @property
    def key(self) -> str:
        """The hash of what decides its vectors of texts."""
        return fingerprint([self._side.folder.vectors_key, self._side.pooling, self._side.backend])

    def for_mteb(self) -> ForMteb:
        """The same as the package `mteb` 2 asks for one."""
        return ForMteb(self)

    @property
    def prompts(self) -> Mapping[str, str]:
        """What stands before a text, by the name of a prompt."""
        return {name: self._reading(role).prefix for name, role in PROMPT_ROLES.items()}

    @property
    def max_seq_length(self) -> int:
        """How many tokens of a text are read."""
        return self._reading("text").max_length

    @cached_property
    def dimension(self) -> int:
        """Of a vector."""
        return int(self.encode("a").shape[-1])

    def get_sentence_embedding_dimension(self) -> int:
        """The same by sentence-transformers' name."""
        return self.dimension

    def encode(
        self,
        texts: str | Sequence[str],
        *,
        prompt_name: str | None = None,
        prompt: str | None = None,
        batch_size: int | None = None,
        normalize_embeddings: bool = False,
        show_progress_bar: bool | None = None,
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
    ) -> Any:
        """(n, d) float32 vectors in the order of the texts; (d,) of a single text.

        `prompt` is put before each text, or that of the name `text`, `query` or `document`; else that of `text`.
        `batch_size`: how many texts are read at a time at most; None: as many as are fast. `normalize_embeddings`: to
        length 1. `convert_to_tensor`: a tensor of torch. Nothing is shown of the progress. HarnessError for a prompt
        that there is not, and a text that has no vector.
        """
        if batch_size is not None and batch_size < 1:
            raise HarnessError(f"batch_size is {batch_size}; expected 1 or more, or nothing.")
        some = [texts] if isinstance(texts, str) else list(texts)
        checked = [utf8(text, f"text {number}") for number, text in enumerate(some, 1)]
        found = self._vectors(checked, self._asked(prompt_name, prompt), batch_size)
        found = np.ascontiguousarray(unit(found) if normalize_embeddings else found, np.float32)
        found = found[0] if isinstance(texts, str) else found
        if not convert_to_tensor:
            return found
        import torch

        return torch.from_numpy(found)

    def encode_query(self, texts: str | Sequence[str], **given: Any) -> Any:
        """The same of what is searched for, after the prompt of queries where none is named."""
        return self.encode(texts, **self._prompted("queries", given))

    def encode_document(self, texts: str | Sequence[str], **given: Any) -> Any:
        """The same of what is found, after the prompt of documents where none is named."""
        return self.encode(texts, **self._prompted("documents", given))

    def _prompted(self, which: str, given: Mapping[str, Any]) -> dict[str, Any]:
        is_named = given.get("prompt") is not None or given.get("prompt_name") is not None
        return dict(given) if is_named else {**given, "prompt": self._side.reading(which).prefix}

    def _reading(self, role: str) -> Tokenization:
        return read_as(self._side.folder.readings, role)

    def _asked(self, name: str | None, prompt: str | None) -> Tokenization:
        """How texts are read after this prompt."""
        if prompt is not None:
            return replace(self._reading("text"), prefix=prompt)
        if name is not None and name not in PROMPT_ROLES:
            raise HarnessError(
                f"no prompt {name!r}; there are: {', '.join(PROMPT_ROLES)}. Or give the text as `prompt`."
            )
        return self._reading(PROMPT_ROLES[name or "text"])

    def _vectors(self, texts: Sequence[str], read: Tokenization, batch_size: int | None) -> Any:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        folder, pooling = self._side.folder, self._side.pooling
        pool = folder.poolings([pooling], partial(catalogue().function, "pooler"))
        cut = batches if batch_size is None else partial(_at_most, batch_size)
        with closing(open_cache()) if self._cache else nullcontext() as vectors:
            own = by_weights(folder), self._side.backend, read, folder.name
            store = CacheView(vectors, *own) if vectors else NoCache()
            steps = encoders.encode(texts, read, pool, lambda: self._side.model, store, cut)
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    return end.value.of(pooling, texts)


def _at_most(size: int, pieces: Pieces, budget: int) -> Iterator[list[Piece]]:
    """The batches of `batches`, of this many pieces at most."""
    for batch in batches(pieces, budget):
        for start in range(0, len(batch), size):
            yield batch[start : start + size]
