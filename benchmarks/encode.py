"""Texts a second: sentence-transformers' `encode` for one pooler against the engine for three.

Same model (minilm), same texts, same 256 tokens; rounds alternate (A B, B A …) and the ratio is the median
of the rounds' ratios. Vectors under all three poolers must be equal to 1e-5, or the benchmark fails.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling as StPooling
from sentence_transformers.sentence_transformer.modules import Transformer
from tabulate import tabulate

from harness import encoders, tasks
from harness.catalogue import catalogue
from harness.core.records import Pooling
from harness.encoders.backends import pytorch
from harness.results.environment import n_cores
from harness.runner.job import set_threads
from harness.runner.vectors import NoCache

N_ROUNDS = 5
POOLERS = ("cls", "mean", "max")


def texts_of(name: str, role: str, n: int) -> list[str]:
    task = tasks.resolve(name, Path())
    split = tasks.make_split(task, tasks.describe(task), "test", sample=n, role=role)
    return list(tasks.load(task, split).text)


def finished(generator: Any) -> Any:
    try:
        while True:
            next(generator)
    except StopIteration as end:
        return end.value


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = function()
    return time.perf_counter() - started, result


def main() -> None:
    set_threads(n_cores())
    folder = encoders.resolve(encoders.EncoderSpec("minilm", "minilm"), Path())
    model = pytorch.load(folder, "cpu")
    transformer = Transformer(folder.path, max_seq_length=folder.tokenization.max_length)
    references = {
        p: SentenceTransformer(modules=[transformer, StPooling(384, pooling_mode=p)], device="cpu") for p in POOLERS
    }
    poolings = [(Pooling(p), catalogue().get("pooler", p).function) for p in POOLERS]
    short, long = texts_of("vader-sentiment", "text", 600), texts_of("bbc-headlines", "corpus", 90)
    rows, figures = [], {}
    for name, texts in (("short", short), ("long", long), ("mixed", short[:300] + long[:60])):

        def engine(texts: list[str] = texts) -> Any:
            return finished(encoders.encode(texts, folder.tokenization, poolings, lambda: model, NoCache()))

        def theirs(texts: list[str] = texts) -> Any:
            return references["mean"].encode(texts, batch_size=32, show_progress_bar=False)

        engine(), theirs()
        seconds: dict[str, list[float]] = {"engine": [], "theirs": []}
        for turn in range(N_ROUNDS):
            order = [("engine", engine), ("theirs", theirs)]
            for who, function in order if turn % 2 == 0 else reversed(order):
                seconds[who].append(timed(function)[0])
        vectors = engine()
        difference = max(
            float(np.abs(vectors.of(Pooling(p), texts) - model_.encode(texts, show_progress_bar=False)).max())
            for p, model_ in references.items()
        )
        assert difference < 1e-5, f"{name}: vectors differ by {difference}"
        ratios = [b / a for a, b in zip(seconds["engine"], seconds["theirs"], strict=True)]
        ours, other = (len(texts) / statistics.median(seconds[who]) for who in ("engine", "theirs"))
        ratio = statistics.median(ratios)
        rows.append([name, len(texts), other, ours, ratio, min(ratios), max(ratios), difference])
        figures[name] = {
            "n": len(texts),
            "sentence_transformers": other,
            "engine": ours,
            "ratio": ratio,
            "largest_difference": difference,
        }
    head = ["texts", "n", "s-t, 1 pooler (texts/s)", "engine, 3 poolers (texts/s)", "ratio", "least", "most", "|Δ|"]
    print(tabulate(rows, headers=head, floatfmt=("", "", ".1f", ".1f", ".2f", ".2f", ".2f", ".1e"), tablefmt="github"))
    print(json.dumps({"benchmark": "encode", "rounds": N_ROUNDS, "threads": n_cores(), **figures}))


if __name__ == "__main__":
    main()
