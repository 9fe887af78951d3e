"""What makes vectors of texts, outside of a suite: an encoder, how it is pooled, whether its vectors are normalised."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from harness import encoders, tasks
from harness.catalogue import catalogue
from harness.core.errors import HarnessError, SuiteError
from harness.core.events import Progress
from harness.core.fingerprint import plain
from harness.core.records import ENGINE_VERSION, Backend, Pooling, Tokenization, read_as
from harness.encoders import EncoderFolder, backends
from harness.encoders.backends import Encoder
from harness.modes.zero_shot import unit
from harness.runner.checkpoints import built, by_weights
from harness.runner.prepare import backend_of, encoder_facts
from harness.runner.vectors import CacheView, NoCache, open_cache
from harness.suite import Suite, poolings
from harness.suite.cells import Materials, Planner
from harness.suite.load import parse
from harness.tasks.kinds import Kind, kind_of, names


@dataclass(frozen=True)
class Asked:
    """What a person named: an encoder as a suite has it (a name, or a mapping in YAML), a pooler, and how to compare.

    `folder` is where relative paths begin. `pooler` None: the encoder's own.
    """

    encoder: str
    pooler: str | None = None
    normalize: bool = True
    folder: str = ""


@dataclass(frozen=True)
class Decides:
    """What decides the vectors of documents. Two sides whose values are equal may be compared with each other.

    Vectors of one text differ by rounding alone between devices, so these are not here.
    """

    checkpoint: str
    backend: str
    backend_version: int
    precision: str
    pooling: Mapping[str, Any]
    normalize: bool
    prefix: str
    max_length: int
    truncation: str
    engine: int


@dataclass(frozen=True)
class Side:
    """An encoder that is found and checked; it is loaded when it first reads."""

    asked: Asked
    folder: EncoderFolder
    backend: Backend
    device: str
    pooling: Pooling

    def reading(self, which: str) -> Tokenization:
        """How it reads `queries` or `documents`."""
        return read_as(self.folder.readings, _roles()[which])

    @cached_property
    def decides(self) -> Decides:
        """What decides its vectors of documents."""
        key = by_weights(self.folder).key
        return decides(key, self.folder, self.backend, self.pooling, normalize=self.asked.normalize)

    @cached_property
    def model(self) -> Encoder:
        """The loaded encoder."""
        load = catalogue().function("backend", self.backend.runtime)
        loaded: Encoder = load(self.folder, self.device, self.backend.precision)
        return loaded

    def documents(self, texts: Sequence[str]) -> Generator[Progress, None, Any]:
        """(n_texts, d) float32 vectors of documents, those that are stored taken from the cache. Yields progress."""
        read = self.reading("documents")
        with closing(open_cache()) as vectors:
            store = CacheView(vectors, by_weights(self.folder), self.backend, read, self.folder.name)
            return (yield from self._vectors(texts, read, store))

    def queries(self, texts: Sequence[str]) -> Any:
        """(n_texts, d) float32 vectors of queries; nothing is stored."""
        steps = self._vectors(texts, self.reading("queries"), NoCache())
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value

    def _vectors(
        self, texts: Sequence[str], read: Tokenization, store: CacheView | NoCache
    ) -> Generator[Progress, None, Any]:
        pool = self.folder.poolings([self.pooling], partial(catalogue().function, "pooler"))
        encoded = yield from encoders.encode(texts, read, pool, lambda: self.model, store)
        vectors = encoded.of(self.pooling, texts)
        return np.ascontiguousarray(unit(vectors) if self.asked.normalize else vectors, np.float32)


def decides(checkpoint: str, folder: EncoderFolder, backend: Backend, pooling: Pooling, *, normalize: bool) -> Decides:
    """What decides the vectors of documents that an encoder gives; `checkpoint` is the key of its weights."""
    read = read_as(folder.readings, _roles()["documents"])
    return Decides(
        checkpoint=checkpoint,
        backend=backend.runtime,
        backend_version=backend.version,
        precision=backend.precision,
        pooling=plain(pooling),
        normalize=normalize,
        prefix=read.prefix,
        max_length=read.max_length,
        truncation=str(read.truncation),
        engine=ENGINE_VERSION,
    )


def side(asked: Asked, device: str = "auto") -> Side:
    """Find what was named, fetching what is missing. HarnessError where it cannot be had, or has nothing to say."""
    suite, device = _as_suite(asked), backends.resolve_device(device)
    (entry,) = suite.encoders
    folder = built(encoders.resolve(entry, suite.folder, partial(catalogue().get, "step")))
    backend, remark = backend_of(entry, device)
    facts = encoder_facts(folder, backend, remark)
    if facts.is_random:
        raise HarnessError(f"encoder {entry.name!r} has random weights; nothing can be found by them.")
    planner = Planner(suite, catalogue(), Materials({entry.name: facts}, {}, None))
    choices = poolings.poolers(planner, facts, Kind())
    if not choices:
        raise HarnessError("; ".join(f"{row['what']}: {row['why']}" for row in poolings.too_deep(planner)))
    return Side(asked, folder, backend, device, poolings.pooling(planner, facts, choices[0]))


def _as_suite(asked: Asked) -> Suite:
    """A suite of this encoder and pooler alone: it checks what they may be."""
    encoder = asked.encoder if asked.encoder.lstrip().startswith("{") else json.dumps(asked.encoder)
    lines = ["name: index", f"encoders: [{encoder}]", f"tasks: [{next(iter(tasks.builtin()))}]"]
    lines += [f"poolers: [{asked.pooler}]"] if asked.pooler else []
    try:
        return parse("\n".join(lines), str(Path(asked.folder) / "index"), catalogue())
    except SuiteError as error:
        told = " ".join(f"{fault.message} {fault.suggestion}".strip() for fault in error.faults)
        beside = f" with the pooler {asked.pooler}" if asked.pooler else ""
        raise HarnessError(f"encoder {asked.encoder}{beside}: {told}") from None


def _roles() -> dict[str, str]:
    """The roles that searched tasks have for what asks and what is found."""
    kind = next(kind for kind in map(kind_of, names()) if kind.searched)
    return {"queries": kind.scored, "documents": kind.searched[0]}
