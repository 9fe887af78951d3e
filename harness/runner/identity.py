"""The identity control: the same texts again, in other batches and without the cache, must give the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from harness.core.data import Examples
from harness.core.inputs import Input
from harness.core.records import Cell, Tokenization, read_as
from harness.core.seeds import seed_of
from harness.encoders import EncoderFolder
from harness.encoders.backends import Encoder
from harness.encoders.encode import Row, forward
from harness.encoders.tokens import Tokens
from harness.runner.heads import Heads
from harness.tasks.kinds import searched_of

N_TEXTS = 64
N_DOCUMENTS = 16
#: Texts a batch: unlike any that the token budget makes.
BATCH = 7


@dataclass
class IdentityControl:
    """Re-encodes some test texts of a clean cell and compares vectors and predictions."""

    heads: Heads
    cells: Sequence[Cell]
    encoder: EncoderFolder | None
    model: Callable[[], Encoder]
    _fresh: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)

    def check(self, cell: Cell) -> dict[str, Any]:
        """{n, max_abs_difference, n_predictions_changed}."""
        task = cell.address.task
        whole, searched = self.heads.data.read(cell.head, task, cell.test), searched_of(self.heads.data.task(task).kind)
        stored, fresh, pairs = dict[str, Any](), dict[str, Any](), list[tuple[Any, Any]]()
        for role, examples in whole.items():
            is_scored = role not in searched
            some = _some(examples, N_TEXTS if is_scored else N_DOCUMENTS)
            old, new = (
                self.heads.vectors(cell.head, examples.take(some), role),
                self._encoded(cell, examples.take(some), role),
            )
            pairs.append((old, new))
            stored[role], fresh[role] = old, new
            if not is_scored:  # all are searched, some of them encoded again
                stored[role] = self.heads.vectors(cell.head, examples, role)
                fresh[role] = stored[role].copy()
                fresh[role][some] = new
        scoring, predictor = self.heads.scoring(task), self.heads.predictor(cell.head, task)
        depth = max(map(len, stored.values()))
        before, after = (scoring.predict(predictor, inputs, depth) for inputs in (stored, fresh))
        differences = [np.abs(old - new).max() for old, new in pairs]
        return {
            "n": sum(len(old) for old, _ in pairs),
            "max_abs_difference": float(max(differences)),
            "n_predictions_changed": int(scoring.changed(before, after).sum()),
        }

    def _encoded(self, cell: Cell, examples: Examples, role: str) -> Any:
        """Vectors of a role's texts, encoded now."""
        assert cell.head.readings is not None
        assert cell.head.pooling is not None
        return self._encode(read_as(cell.head.readings, role), examples.text)[cell.head.pooling.key]

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


def _some(examples: Examples, n: int) -> list[int]:
    """Places of `n` examples chosen by hash, in an order of their own, so that they meet in other batches."""
    return sorted(range(len(examples)), key=lambda i: seed_of("identity", examples.items[i]))[:n]
