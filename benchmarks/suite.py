"""A part of quick.yaml, once by the harness and once cell by cell with sentence-transformers.

The part: minilm under cls, mean and max; vader-sentiment (200 train, 200 test) and bbc-headlines (60
articles); clean and all four bundles. Naively each cell encodes its training and test texts again and fits
its own head. Same heads, same scores to 1e-6, or the benchmark fails. Loading the model counts on the harness's
side only.
"""

import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling as StPooling
from sentence_transformers.sentence_transformer.modules import Transformer
from tabulate import tabulate

from harness import api
from harness.catalogue import catalogue
from harness.core.data import Examples
from harness.core.events import CellDone
from harness.core.records import Cell, sides_key
from harness.core.seeds import generator_of
from harness.metrics import Metric
from harness.modes.zero_shot import search
from harness.runner import run as runner
from harness.runner.checkpoints import Stores
from harness.runner.data import Data
from harness.runner.job import measure, set_threads
from harness.runner.jobs import MeasureJob
from harness.runner.place import Place
from harness.runner.score import DEPTH, CellScorer
from harness.scoring import Found

CHANGES = ("max_samples.train=200", "max_samples.test=200", "tasks.1.max_samples.test=60", "latency=false")


def main() -> None:
    prepared = runner.prepare(api.suite("quick", CHANGES), {"encoder": "minilm"})
    (job,) = runner.measure_jobs(prepared, set(), Stores(vectors=None, checkpoints=Path()))
    place = Place("cpu", prepared.n_threads, Stores(vectors=None, checkpoints=Path()))
    set_threads(place.n_threads)
    started = time.perf_counter()
    done = {e.key: e.scores for e in measure(job, place) if isinstance(e, CellDone)}
    ours = time.perf_counter() - started
    naive = Naive(job)
    for cell in job.cells:
        for reading in cell.head.readings.values():
            naive.model(reading.max_length, cell.head.pooling.pooler).encode(["warm up"])
    started = time.perf_counter()
    scores = {cell.key: naive.score(cell) for cell in job.cells}
    theirs = time.perf_counter() - started
    worst = max(abs(next(iter(done[key].values()))["value"] - value) for key, value in scores.items())
    assert worst < 1e-6, f"scores differ by {worst}"
    head = ["cells", "cell by cell (s)", "harness (s)", "ratio", "largest difference of scores"]
    print(
        tabulate([[len(scores), theirs, ours, theirs / ours, worst]], headers=head, tablefmt="github", floatfmt=".3g")
    )
    figures = {"cells": len(scores), "naive_s": theirs, "harness_s": ours, "ratio": theirs / ours}
    print(json.dumps({"benchmark": "suite", "threads": place.n_threads, **figures, "largest_difference": worst}))


class Naive:
    """Every cell from scratch, as a script around sentence-transformers would do it."""

    def __init__(self, job: MeasureJob) -> None:
        self._job, self._data = job, Data(job.tasks)

    @cache  # noqa: B019 - lives as long as the benchmark
    def model(self, max_length: int, pooler: str) -> SentenceTransformer:
        transformer = Transformer(self._job.encoder.path, max_seq_length=max_length)
        return SentenceTransformer(modules=[transformer, StPooling(384, pooling_mode=pooler)], device="cpu")

    def vectors(self, cell: Cell, examples: Examples, role: str = "text") -> Any:
        model = self.model(cell.head.readings[role].max_length, cell.head.pooling.pooler)
        return model.encode(list(examples.text), batch_size=32, show_progress_bar=False)

    def score(self, cell: Cell) -> float:
        data = {role: self._data(cell.address.task, split) for role, split in cell.test.items()}
        scoring = catalogue().get("scoring", self._job.tasks[cell.address.task].kind).function()
        found = self.search(cell, data) if "query" in data else self.classify(cell, data["text"])
        outcomes = scoring.outcomes(data, found, [catalogue().get("metric", name) for name in cell.metrics])
        if cell.slice is not None:
            scorer = CellScorer(self._job, self._data, {}, lambda: None)
            outcomes = outcomes.take(scorer.slice(cell, cell.slice)[0])
        return Metric(catalogue().get("metric", next(iter(cell.metrics)))).value(outcomes)

    def search(self, cell: Cell, data: dict[str, Examples]) -> Any:
        queries, documents = (self.vectors(cell, data[role], role) for role in ("query", "corpus"))
        normalize = cell.head.mode.parameters["normalize"]
        order, similarity = search(queries, documents, normalize=normalize, depth=DEPTH)
        return Found(order[:, 0], similarity[:, 0], order, similarity)

    def classify(self, cell: Cell, test: Examples) -> Any:
        train = self._data(cell.address.task, cell.head.train["text"])
        head = catalogue().get("head", cell.head.mode.parameters["head"]).function
        predictor = head(
            self.vectors(cell, train), np.array(train.labels), generator_of(sides_key(cell.head.train), "folds")
        )
        return Found(*predictor.predict(self.vectors(cell, test)))


if __name__ == "__main__":
    main()
