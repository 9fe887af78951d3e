"""The identity control: the same texts again, in other batches and without the cache, must give the same."""

from collections.abc import Callable, Generator, Iterator
from functools import lru_cache, partial
from typing import Any

import numpy as np

from harness.catalogue import catalogue
from harness.core.records import Cell, read_as
from harness.core.seeds import seed_of
from harness.encoders import Encoded
from harness.encoders.backends import Encoder
from harness.encoders.encode import encode
from harness.encoders.pieces import Piece, Pieces
from harness.runner.heads import Heads
from harness.runner.jobs import MeasureJob
from harness.runner.vectors import NoCache
from harness.tasks.kinds import searched_of

N_TEXTS = 64
N_DOCUMENTS = 16
#: Texts a batch: unlike any that the token budget makes.
BATCH = 7


class IdentityControl:
    """Re-encodes some test texts of a clean cell and compares vectors and predictions."""

    def __init__(self, heads: Heads, job: MeasureJob, model: Callable[[], Encoder]) -> None:
        self.heads, self.job, self.model = heads, job, model
        self._fresh: dict[tuple[str, ...], Encoded] = {}

    def check(self, cell: Cell) -> dict[str, Any]:
        """{n, max_abs_difference, n_predictions_changed}."""
        task, data = cell.address.task, self.heads.data
        whole, searched = data.read(cell.head, task, cell.test), searched_of(data.task_kind(task).name)
        predictor = self.heads.predictor(cell.head, task, cell.test)
        stored, fresh, differences, n = dict[str, Any](), dict[str, Any](), list[float](), 0
        for role, examples in whole.items():
            some = _some(tuple(examples.items), N_DOCUMENTS if role in searched else N_TEXTS)
            part = examples.take(some)
            old, new = self.heads.vectors(cell.head, part, role), self._encoded(cell, part.text, role)
            differences.append(float(np.abs(_vectors(old) - _vectors(new)).max(initial=0.0)))
            n += len(some)
            stored[role], fresh[role] = old, new
            if role in searched or predictor.crossed:  # all are searched, or answered, some of them encoded again
                stored[role] = self.heads.vectors(cell.head, examples, role)
                fresh[role] = stored[role].copy()
                fresh[role][some] = new
        scoring = self.heads.scoring(task)
        depth = max(map(len, stored.values()))
        before, after = (scoring.predict(predictor, inputs, depth) for inputs in (stored, fresh))
        n_changed = int(scoring.changed(before, after).sum())
        return {"n": n, "max_abs_difference": max(differences), "n_predictions_changed": n_changed}

    def _encoded(self, cell: Cell, texts: tuple[str, ...], role: str) -> Any:
        """Vectors of a role's texts, encoded now in the order given, the cache left aside; for all poolings at once."""
        assert cell.head.readings is not None
        assert cell.head.pooling is not None
        tokenization = read_as(cell.head.readings, role)
        key = (tokenization.key, *texts)
        if key not in self._fresh:
            assert self.job.encoder is not None
            heads = [one.head for one in self.job.cells if tokenization in (one.head.readings or {}).values()]
            used = {head.pooling for head in heads if head.pooling}
            poolings = self.job.encoder.poolings(used, partial(catalogue().function, "pooler"))
            self._fresh[key] = _result(encode(texts, tokenization, poolings, self.model, NoCache(), _as_they_come))
        return self._fresh[key].of(cell.head.pooling, texts)


def _vectors(of: Any) -> Any:
    """Those of texts, or of the words of all lists."""
    return of[0] if isinstance(of, tuple) else of


def _as_they_come(pieces: Pieces, budget: int) -> Iterator[list[Piece]]:
    """Batches of `BATCH`, in the order given."""
    found = list(pieces)
    return (found[start : start + BATCH] for start in range(0, len(found), BATCH))


def _result(steps: Generator[Any, None, Encoded]) -> Encoded:
    """What it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Encoded = end.value
            return found


@lru_cache(8)  # cells of a job have their test sides in common
def _some(items: tuple[str, ...], n: int) -> list[int]:
    """Places of `n` items chosen by hash, in an order of their own, so that they meet in other batches."""
    return sorted(range(len(items)), key=lambda i: seed_of("identity", items[i]))[:n]
