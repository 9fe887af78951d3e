"""A store of vectors as tests fill, read and damage it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.inputs import Input, as_text
from harness.core.records import Backend, Checkpoint, Pooling, Tokenization
from harness.encoders.encoded import Row
from harness.runner.vectors import CacheView
from harness.store import VectorCache
from tests.fakes.stores import keep

VIEW = (Checkpoint("weights"), Backend(), Tokenization(256))
MEAN, MAX = Pooling("mean"), Pooling("max")
TEXTS = ["one", "", "zwei 😀", "שלום", "x" * 100_000, "one "]


def row(text: str, d: int = 384) -> Row:
    """A row that only this text has, the same in every process."""
    rng = np.random.default_rng([len(text), *text.encode()[:40]])
    return Row(rng.normal(size=(1, d)).astype(np.float32), len(text), int(rng.integers(2**63)))


def rows(texts: Iterable[Input]) -> dict[Input, Row]:
    return {text: row(as_text(text)) for text in texts}


def assert_equal(those: Mapping[Input, Row], expected: Mapping[Input, Row]) -> None:
    assert those.keys() == expected.keys()
    for text, one in expected.items():
        assert np.array_equal(those[text].vectors, one.vectors)
        assert (those[text].n_tokens, those[text].digest) == (one.n_tokens, one.digest)


@contextmanager
def cache(path: Path, limit: int = 2**40, **options: Any) -> Iterator[tuple[VectorCache, CacheView]]:
    opened = VectorCache(path, limit, **options)
    try:
        yield opened, CacheView(opened, *VIEW)
    finally:
        opened.close()


def fill(path: Path, texts: list[str], **options: Any) -> None:
    with cache(path, **options) as (_, view):
        keep(view, MEAN, rows(texts))


def blocks(path: Path) -> list[Path]:
    return sorted(path.glob("*.block"))


def spoil(file: Path, place: int, data: bytes) -> None:
    """Overwrite bytes of a file; from its end where the place is negative."""
    whole = bytearray(file.read_bytes())
    place %= len(whole)
    whole[place : place + len(data)] = data
    file.write_bytes(whole)


def files(place: Path) -> list[Path]:
    """All files where machines share them."""
    return sorted(file for file in place.rglob("*") if file.is_file())
