"""An index: documents, their vectors, and what decides these, so that only a side that fits is compared with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError
from harness.core.events import Progress
from harness.index import differences
from harness.index import folder as stored
from harness.index.side import Asked, Decides, Side, side
from harness.index.texts import Documents, documents_of
from harness.modes.zero_shot import search


@dataclass(frozen=True)
class Hit:
    """A document that was found, and how similar it is to the query: the cosine, or of raw vectors the dot product."""

    id: str
    text: str
    similarity: float


class Index:
    """Documents that can be searched. `decides` is what their vectors (n, d) hang on.

    `made_by` is who was asked for when it was built, `encoder` the name of the encoder.
    """

    def __init__(
        self, documents: Documents, vectors: Any, decides: Decides, made_by: Asked, encoder: str, device: str
    ) -> None:
        self.documents, self.vectors, self.decides = documents, vectors, decides
        self.made_by, self.encoder, self._device = made_by, encoder, device
        self._sides: dict[tuple[Asked, str], Side] = {}

    def __len__(self) -> int:
        return len(self.documents)

    @classmethod
    def build(
        cls,
        encoder: str,
        texts: Sequence[str] | Documents,
        ids: Sequence[str] | None = None,
        *,
        pooler: str | None = None,
        normalize: bool = True,
        device: str = "auto",
        watch: Callable[[Progress], None] = lambda progress: None,
    ) -> "Index":
        """Encode documents. `encoder`: a name, folder or hub id, or a mapping as a suite has it, in YAML.

        `pooler` as a suite has it; None: the encoder's own. `normalize`: whether cosines are compared, or dot products.
        HarnessError where the encoder is not to be had, or a document cannot be read.
        """
        documents = texts if isinstance(texts, Documents) else documents_of(texts, ids)
        made_by = Asked(encoder, pooler, normalize, str(Path.cwd()))
        found = side(made_by, device)
        steps = found.documents(documents.texts)
        while True:
            try:
                watch(next(steps))
            except StopIteration as end:
                return cls(documents, end.value, found.decides, made_by, found.folder.name, found.device)

    def save(self, folder: str | Path) -> Path:
        """Write it into a new folder, whole or not at all. HarnessError where something is there already."""
        path = Path(folder)
        about = {"asked": self.made_by, "encoder": self.encoder, "decides": self.decides, "device": self._device}
        stored.write(path, self.documents, self.vectors, **about)
        return path

    @classmethod
    def load(cls, folder: str | Path) -> "Index":
        """Open a saved one; vectors stay on the disk. HarnessError where a file is not there, cut short or damaged."""
        about, documents, vectors = stored.load(Path(folder))
        return cls(documents, vectors, about.decides, about.asked, about.encoder, about.device)

    def query(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        encoder: str | None = None,
        pooler: str | None = None,
        normalize: bool | None = None,
        device: str = "auto",
    ) -> list[list[Hit]]:
        """The `k` documents most similar to each query, the best first; equal ones in the order of the documents.

        By the encoder that the index was built with, or another, which must give the same vectors of documents:
        HarnessError names the first thing that differs.
        """
        if k < 1 or not queries or not all(query.strip() for query in queries):
            raise HarnessError("nothing to look for: expected a query that is no empty text, and k of 1 or more.")
        found = self._side(encoder, pooler, normalize, device)
        order, similarity = search(found.queries(queries), self.vectors, k, normalize=False)
        return [
            [
                Hit(self.documents.ids[at], self.documents.texts[at], float(value))
                for at, value in zip(*row, strict=True)
            ]
            for row in zip(order.tolist(), similarity.tolist(), strict=True)
        ]

    def _side(self, encoder: str | None, pooler: str | None, normalize: bool | None, device: str) -> Side:
        """Who asks, found once; refused where it does not fit."""
        asked = self.made_by
        if encoder is not None:
            asked = Asked(encoder, None, asked.normalize, str(Path.cwd()))
        asked = replace(asked, pooler=pooler or asked.pooler)
        asked = replace(asked, normalize=asked.normalize if normalize is None else normalize)
        if (asked, device) not in self._sides:
            found = side(asked, device)
            if why := differences.first(self.decides, found.decides, (self.encoder, found.folder.name)):
                raise HarnessError(f"{why}. {_ADVICE}")
            self._sides[asked, device] = found
        return self._sides[asked, device]


_ADVICE = "Ask with what the index was built with (leave the encoder out), or build the index anew."
