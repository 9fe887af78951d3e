"""An encoder that is loaded as a run loads it, and its vectors by its own pooling."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import encoders
from harness.catalogue import catalogue
from harness.core.records import Pooling
from harness.encoders import EncoderFolder, EncoderSpec
from harness.encoders.encode import Poolings, encode
from harness.encoders.encoded import Rows
from harness.encoders.pieces import Piece, Pieces, batches
from harness.runner.checkpoints import built

if TYPE_CHECKING:
    from harness.encoders.torch_encoder import TorchEncoder

#: A text longer than this is only read, not computed: an encoder of 8,192 tokens takes minutes on a CPU.
MOST_COMPUTED = 512


@dataclass(frozen=True)
class Loaded:
    """An encoder on a device, in fp32 unless said otherwise."""

    folder: EncoderFolder
    encoder: "TorchEncoder"
    device: str

    @cached_property
    def poolings(self) -> Poolings:
        """Its own pooling, with the layers around it."""
        pooler = catalogue().get("pooler", self.folder.pooler)
        parameters = pooler.filled(self.folder.parameters)
        if self.folder.own:
            parameters["own"] = self.folder.own.key
        pooling = Pooling(pooler.name, pooler.version, parameters)
        return self.folder.poolings([pooling], partial(catalogue().function, "pooler"))

    def vectors(self, texts: Sequence[str], *, alone: bool = False, max_length: int | None = None) -> Any:
        """Vectors (n_texts, d) in fp32, read together or each alone.

        Up to `max_length` tokens of each, then without the prefix, which may be longer. NotFiniteError,
        OutOfMemoryError where one has none.
        """
        own = self.folder.tokenization
        tokenization = replace(own, max_length=max_length or self.most, prefix="" if max_length else own.prefix)
        together = _one_by_one if alone else batches
        steps = encode(texts, tokenization, self.poolings, lambda: self.encoder, _Nowhere(), together)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value.of(self.poolings[0][0], texts)

    @property
    def family(self) -> str:
        """What it is, which for a student that was built is not what its base is."""
        return str(self.encoder.model.config.model_type)

    @property
    def most(self) -> int:
        """How many tokens of a text are computed here."""
        return min(self.folder.tokenization.max_length, MOST_COMPUTED)


class _Nowhere:
    """A store that keeps nothing."""

    def get(self, pooling: Pooling, keys: Any) -> Iterable[tuple[Any, Rows]]:
        """Nothing."""
        return ()

    def put(self, pooling: Pooling, keys: Any, rows: Rows) -> None:
        """Keep nothing."""


def _one_by_one(pieces: Pieces, budget: int) -> Iterator[list[Piece]]:
    return ([piece] for piece in pieces)


def find(name: str) -> EncoderFolder:
    """The files of an encoder by built-in name, folder or hub id; fetched where they are missing.

    HarnessError where there are none, or one that has to be built was not.
    """
    return built(encoders.resolve(EncoderSpec(name, name), Path(), partial(catalogue().get, "step")))


def load(folder: EncoderFolder, device: str, precision: str = "fp32") -> Loaded:
    """Load it. EncoderError where it cannot be trusted or loaded."""
    from harness.encoders.torch_encoder import TorchEncoder

    gc.collect()  # what was loaded before and is not used any more
    encoder = TorchEncoder(folder, device, precision)
    encoder.model.requires_grad_(False)
    return Loaded(folder, encoder, device)
