"""The identity control: the same texts again, in other batches and without the cache, must give the same."""

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.records import Cell, Examples
from harness.core.seeds import seed_of
from harness.modes.zero_shot import search

if TYPE_CHECKING:
    from harness.runner.score import Scorer

N_TEXTS = 64
N_DOCUMENTS = 16


class IdentityControl:
    """Re-encodes some test texts of a clean cell and compares vectors and predictions."""

    def __init__(self, scorer: "Scorer") -> None:
        self._scorer = scorer

    def check(self, cell: Cell) -> dict[str, Any]:
        """{n, max_abs_difference, n_predictions_changed}."""
        if "query" in cell.test:
            return self._search(cell)
        return self._classification(cell)

    def _classification(self, cell: Cell) -> dict[str, Any]:
        scorer = self._scorer
        test = _some(scorer.data(cell.address.task, cell.test["text"]), N_TEXTS)
        stored, fresh = self._both(cell, test)
        predictor = scorer.head(cell.head, cell.address.task)
        changed = predictor.predict(stored)[0] != predictor.predict(fresh)[0]
        return _facts(stored, fresh, int(changed.sum()))

    def _search(self, cell: Cell) -> dict[str, Any]:
        scorer = self._scorer
        queries = _some(scorer.data(cell.address.task, cell.test["query"]), N_TEXTS)
        corpus = scorer.data(cell.address.task, cell.test["corpus"])
        normalize = bool(cell.head.mode.parameters["normalize"])
        documents = scorer.inputs(cell.head, corpus)
        stored, fresh = self._both(cell, queries)
        some = _some(corpus, N_DOCUMENTS)
        stored_d, fresh_d = self._both(cell, some)
        again = documents.copy()
        again[[corpus.items.index(i) for i in some.items]] = fresh_d
        first = search(stored, documents, normalize=normalize, depth=1)[0]
        second = search(fresh, again, normalize=normalize, depth=1)[0]
        n_changed = int((first != second).sum())
        return _facts(np.concatenate([stored, stored_d]), np.concatenate([fresh, fresh_d]), n_changed)

    def _both(self, cell: Cell, examples: Examples) -> tuple[Any, Any]:
        """Vectors as used by the cell, and as encoded now."""
        head = cell.head
        assert head.tokenization is not None
        assert head.pooling is not None
        return self._scorer.inputs(head, examples), self._scorer.fresh(head.tokenization, head.pooling, examples.text)


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
