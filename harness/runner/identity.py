"""The identity control: the same texts again, in other batches and without the cache, must give the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from harness.core.data import Examples
from harness.core.inputs import Input
from harness.core.records import Cell, Tokenization
from harness.core.seeds import seed_of
from harness.encoders import EncoderFolder
from harness.encoders.backends import Encoder
from harness.encoders.encode import Row, forward
from harness.encoders.tokens import Tokens
from harness.modes.zero_shot import search
from harness.runner.heads import Heads

N_TEXTS = 64
N_DOCUMENTS = 16
#: Texts a batch: unlike any that the token budget makes.
BATCH = 7
#: Documents whose similarity to a query differs by this share, or less, are as near as rounding tells.
TIED = 1e-5


@dataclass
class IdentityControl:
    """Re-encodes some test texts of a clean cell and compares vectors and predictions."""

    heads: Heads
    cells: Sequence[Cell]
    encoder: EncoderFolder | None
    model: Callable[[], Encoder]
    _fresh: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)

    def check(self, cell: Cell) -> dict[str, Any]:
        """{n, max_abs_difference, n_predictions_changed}; the nearest of tied documents is no prediction."""
        if "query" in cell.test:
            return self._search(cell)
        return self._classification(cell)

    def _classification(self, cell: Cell) -> dict[str, Any]:
        test = _some(self.heads.data(cell.address.task, cell.test["text"]), N_TEXTS)
        stored, fresh = self._both(cell, test)
        predictor = self.heads.fitted(cell.head, cell.address.task)
        changed = predictor.predict(stored)[0] != predictor.predict(fresh)[0]
        return _facts(stored, fresh, int(changed.sum()))

    def _search(self, cell: Cell) -> dict[str, Any]:
        queries = _some(self.heads.data(cell.address.task, cell.test["query"]), N_TEXTS)
        corpus = self.heads.data(cell.address.task, cell.test["corpus"])
        normalize = bool(cell.head.mode.parameters["normalize"])
        documents = self.heads.vectors(cell.head, corpus, "corpus")
        stored, fresh = self._both(cell, queries, "query")
        some = _some(corpus, N_DOCUMENTS)
        stored_d, fresh_d = self._both(cell, some, "corpus")
        again = documents.copy()
        again[[corpus.items.index(i) for i in some.items]] = fresh_d
        first, _ = search(stored, documents, normalize=normalize, depth=1)
        order, similarity = search(fresh, again, normalize=normalize, depth=len(again))
        behind = similarity[:, 0] - similarity[order == first]
        n_changed = int((behind > TIED * np.abs(similarity[:, 0])).sum())
        return _facts(np.concatenate([stored, stored_d]), np.concatenate([fresh, fresh_d]), n_changed)

    def _both(self, cell: Cell, examples: Examples, role: str = "text") -> tuple[Any, Any]:
        """Vectors as used by the cell, and as encoded now."""
        head = cell.head
        assert head.readings is not None
        assert head.pooling is not None
        fresh = self._encode(head.readings[role], examples.text)[head.pooling.key]
        return self.heads.vectors(head, examples, role), fresh

    def _encode(self, tokenization: Tokenization, texts: tuple[str, ...]) -> dict[str, Any]:
        """Vectors of these texts by pooling, encoded now, in the order given, the cache left aside."""
        key = (tokenization.key, *texts)
        if key not in self._fresh:
            assert self.encoder is not None
            model = self.model()
            tokens: dict[Input, Tokens] = dict(zip(texts, model.tokenizer(texts, tokenization), strict=True))
            used = {
                cell.head.pooling
                for cell in self.cells
                if cell.head.pooling and tokenization in (cell.head.readings or {}).values()
            }
            poolings = self.encoder.poolings(used, partial(self.heads.catalogue.function, "pooler"))
            distinct, rows = list(tokens), {p.key: dict[Input, Row]() for p in used}
            for start in range(0, len(distinct), BATCH):
                pooled, _, _ = forward(model, distinct[start : start + BATCH], tokens, poolings)
                for name, part in pooled.items():
                    rows[name].update(part)
            self._fresh[key] = {name: np.concatenate([r[t].vectors for t in texts]) for name, r in rows.items()}
        return self._fresh[key]


def _some(examples: Examples, n: int) -> Examples:
    """`n` examples chosen by hash, in an order of their own, so that they meet in other batches."""
    order = sorted(range(len(examples)), key=lambda i: seed_of("identity", examples.items[i]))
    return examples.take(order[:n])


def _facts(stored: Any, fresh: Any, n_changed: int) -> dict[str, Any]:
    return {
        "n": len(stored),
        "max_abs_difference": float(np.abs(stored - fresh).max()),
        "n_predictions_changed": n_changed,
    }
