"""Room that outcomes take, and what reading one cell costs. `python -m benchmarks.outcomes [CELLS]`."""

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.results.outcomes import OutcomeReader, OutcomeWriter

N_ITEMS, N_SPLITS, N_DOCUMENTS, N_CLASSES, DEPTH = 1000, 20, 600, 8, 20


def texts(prefix: str, numbers: Any) -> Any:
    return np.array([f"{prefix}{number}" for number in np.asarray(numbers).tolist()])


def classification(split: int, rng: np.random.Generator) -> Outcomes:
    """A cell of one of 20 test sides: 1,000 items of 8 classes, a probability each."""
    names, gold = texts(f"split-{split}-item-", np.arange(N_ITEMS)), texts("class-", np.arange(N_ITEMS) % N_CLASSES)
    content = np.array([f"{np.random.default_rng([split, i]).integers(2**63):016x}" for i in range(N_ITEMS)])
    draw = np.zeros(N_ITEMS, np.int32)
    prediction = np.where(rng.random(N_ITEMS) < 0.8, gold, rng.permutation(gold))
    return Outcomes(names, names, draw, gold, prediction, rng.uniform(0.125, 1, N_ITEMS), {}, content)


def search(split: int, rng: np.random.Generator) -> Outcomes:
    """A cell of a search: 1,000 questions among 600 documents, the first 20 kept; similarities are float32."""
    one = classification(split, rng)
    hashes = np.array([f"{np.random.default_rng([split, 1, i]).integers(2**32):08x}" for i in range(N_DOCUMENTS)])
    found = np.argsort(rng.random((N_ITEMS, N_DOCUMENTS)), axis=1)[:, :DEPTH]
    answer = np.arange(N_ITEMS) % N_DOCUMENTS
    rank = rng.geometric(0.5, N_ITEMS)
    sums = {"ndcg@10": np.where(rank <= 10, 1 / np.log2(rank + 1), 0.0), "recall@10": (rank <= 10).astype(float)}
    ranking = np.array(["|".join(row) for row in hashes[found].tolist()])
    score = rng.uniform(0.3, 0.9, N_ITEMS).astype(np.float32).astype(float)
    document = texts("document-", found[:, 0])
    gold = texts("document-", answer)
    return Outcomes(one.item, one.cluster, one.draw, gold, document, score, sums, one.content, hashes[answer], ranking)


def cells(n: int, n_searches: int) -> Iterator[Outcomes]:
    """Of each ten, so many are searches."""
    for i in range(n):
        make = search if i % 10 < n_searches else classification
        yield make(i % N_SPLITS, np.random.default_rng(i))


def measure(n: int, n_searches: int) -> None:
    """Print megabytes, scaled to 5,000 cells, and what writing, reading one and checking all of them took."""
    made = list(cells(min(n, 100), n_searches))
    with tempfile.TemporaryDirectory() as folder:
        writer, places = OutcomeWriter(Path(folder)), []
        started = time.perf_counter()
        for i in range(n):
            places.append(writer.append(made[i % len(made)] if i < len(made) else _other(made[i % len(made)], i)))
        wrote = time.perf_counter() - started
        writer.close()
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        tracemalloc.start()
        started = time.perf_counter()
        OutcomeReader(Path(folder)).read(places[n // 2])
        one, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        reader, started = OutcomeReader(Path(folder)), time.perf_counter()
        assert all(reader.is_whole(place) for place in places)
        checked = time.perf_counter() - started
        started = time.perf_counter()
        for place in places[:200]:
            reader.read(place)
        each = (time.perf_counter() - started) / min(200, n)
    print(
        f"{n_searches}0 % searches: {size / 1e6 * 5000 / n:.0f} MB for 5,000 cells of 1,000 items "
        f"({size / n / N_ITEMS:.1f} bytes an item); written in {wrote / n * 1e3:.1f} ms a cell; the first cell read in "
        f"{one * 1e3:.1f} ms and {peak / 1e6:.1f} MB, each in {each * 1e3:.1f} ms; checked in {checked:.2f} s"
    )


def _other(one: Outcomes, number: int) -> Outcomes:
    """The same cell with its own order of predictions, so that nothing is written once for two."""
    order = np.random.default_rng(number).permutation(len(one))
    sums = {name: column[order] for name, column in one.sums.items()}
    own = (one.prediction[order], one.score[order], sums)
    return Outcomes(one.item, one.cluster, one.draw, one.gold, *own, one.content, one.answers, one.ranking[order])


if __name__ == "__main__":
    for share in (0, 2, 10):
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, share)
