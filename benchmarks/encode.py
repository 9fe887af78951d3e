"""Texts a second: sentence-transformers in fp32 for one pooler against the engine for three, in every backend.

Same model (minilm), same texts, same 256 tokens; each round takes everything once, in an order that turns, and a ratio
is the median of the rounds' ratios. In fp32 vectors under all three poolers must be equal to 1e-5, or the benchmark
fails; of other precisions the least and mean cosine to those are shown.

`roof` is the largest rate at which torch multiplies square matrices of the precision here, measured between the rounds;
`share` is the rate of the operations that the texts take (padding is not counted: it is the engine's to avoid).

    python benchmarks/encode.py [ROUNDS]
"""

import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling as StPooling
from sentence_transformers.sentence_transformer.modules import Transformer
from tabulate import tabulate

from harness import encoders, tasks
from harness.catalogue import catalogue
from harness.core.errors import EncoderError
from harness.core.records import Pooling
from harness.doctor.cost import flops_of
from harness.results.environment import n_cores
from harness.runner.job import set_threads
from harness.runner.vectors import NoCache

N_ROUNDS = 5
POOLERS = ("cls", "mean", "max")
THEIRS = ("sentence-transformers", "fp32")
#: Precisions that matrices can be multiplied in; of int8-weights the activations are fp32.
ROOFS = ("fp32", "bf16", "int8")
Variant = tuple[str, str]


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


def timed(function: Callable[[], Any]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def variants(folder: Any) -> dict[Variant, Any]:
    """Loaded encoders by backend and precision, of those that this machine has; fp16 is for GPUs."""
    found = {}
    for backend in catalogue().of("backend"):
        member = catalogue().get("backend", backend)
        for precision in member.facts["precisions"]:
            try:
                said = member.facts["check"]("cpu", precision)
            except EncoderError as error:
                print(f"{backend} {precision} left out: {error}")
                continue
            if precision == "fp16":
                continue
            print(f"{backend} {precision}{f': {said}' if said else ''}")
            found[backend, precision] = member.function(folder, "cpu", precision)
    return found


def operations(model: Any, tokenization: Any, texts: Sequence[str]) -> float:
    """Floating-point operations of these texts, each read alone."""
    read = list(model.tokenizer(texts, tokenization))
    first = {len(tokens.ids): tokens for tokens in reversed(read)}
    return sum(n * flops_of(model, first[length]) for length, n in Counter(len(tokens.ids) for tokens in read).items())


def roof(precision: str) -> float:
    """Operations a second of the fastest of three square products: what torch reaches here."""
    best = 0.0
    for size in (1024, 2048, 4096):
        if precision == "int8":
            a, b = (torch.randint(-100, 100, (size, size), dtype=torch.int8) for _ in range(2))
            multiply: Callable[[], Any] = partial(torch._int_mm, a, b)
        else:
            kind = torch.bfloat16 if precision == "bf16" else torch.float32
            multiply = partial(torch.matmul, *(torch.randn(size, size).to(kind) for _ in range(2)))
        multiply()
        best = max(best, *(2 * size**3 / timed(multiply) for _ in range(3)))
    return best


def cosines(vectors: Any, wanted: Any) -> Any:
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(wanted, axis=1)
    return (vectors * wanted).sum(axis=1) / lengths


def rounds(runs: Mapping[Variant, Callable[[], Any]], n: int) -> tuple[dict[Variant, list[float]], dict[str, float]]:
    """Seconds of each in every round, and the roof of each precision."""
    seconds: dict[Variant, list[float]] = {variant: [] for variant in runs}
    roofs, order = dict.fromkeys(ROOFS, 0.0), list(runs)
    for _ in range(n):
        for variant in order:
            seconds[variant].append(timed(runs[variant]))
        roofs = {precision: max(best, roof(precision)) for precision, best in roofs.items()}
        order = [*order[1:], order[0]]
    return seconds, roofs


def closeness(vectors: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[float, float, float]:
    """The mean and the least cosine of vectors under all poolers, and the largest difference."""
    all_ = np.concatenate([cosines(vectors[p], wanted[p]) for p in POOLERS])
    return float(all_.mean()), float(all_.min()), max(float(np.abs(vectors[p] - wanted[p]).max()) for p in POOLERS)


def compared(name: str, texts: list[str], folder: Any, loaded: Mapping[Variant, Any], n_rounds: int) -> list[list[Any]]:
    """A line of the table for sentence-transformers and each backend and precision, of these texts."""
    transformer = Transformer(folder.path, max_seq_length=folder.tokenization.max_length)
    theirs = {
        p: SentenceTransformer(modules=[transformer, StPooling(384, pooling_mode=p)], device="cpu") for p in POOLERS
    }
    poolings = [(Pooling(p), catalogue().get("pooler", p).function) for p in POOLERS]

    def engine(model: Any) -> Any:
        return finished(encoders.encode(texts, folder.tokenization, poolings, lambda: model, NoCache()))

    asked = operations(loaded["torch", "fp32"], folder.tokenization, texts)
    runs: dict[Variant, Callable[[], Any]] = {
        THEIRS: partial(theirs["mean"].encode, texts, batch_size=32, show_progress_bar=False)
    }
    runs |= {variant: partial(engine, model) for variant, model in loaded.items()}
    found = {variant: run() for variant, run in runs.items()}
    wanted = {p: model.encode(texts, show_progress_bar=False) for p, model in theirs.items()}
    seconds, roofs = rounds(runs, n_rounds)
    said = ", ".join(f"{precision} {best / 1e9:,.0f}" for precision, best in roofs.items())
    print(f"{name}: {len(texts)} texts, {asked / 1e9:,.0f} GFLOP; roof in GFLOP/s: {said}", flush=True)
    rows = []
    for variant, took in seconds.items():
        mean = least = 1.0
        if variant != THEIRS:
            vectors = {p: found[variant].of(Pooling(p), texts) for p in POOLERS}
            mean, least, far = closeness(vectors, wanted)
            assert variant[1] != "fp32" or far < 1e-5, f"{name}, {variant[0]}: vectors differ by {far}"
        ratios = [b / a for a, b in zip(took, seconds[THEIRS], strict=True)]
        typical = statistics.median(took)
        share = asked / typical / roofs[variant[1]] if variant[1] in roofs else None
        rates = len(texts) / typical, statistics.median(ratios), min(ratios), max(ratios)
        rows.append([name, *variant, *rates, share, mean, least])
    return rows


def main(n_rounds: int) -> None:
    set_threads(n_cores())
    folder = encoders.resolve(encoders.EncoderSpec("minilm", "minilm"), Path())
    loaded = variants(folder)
    short, long = texts_of("vader-sentiment", "text", 600), texts_of("bbc-headlines", "corpus", 90)
    sets = {"short": short, "long": long, "mixed": short[:300] + long[:60]}
    rows = [row for name, texts in sets.items() for row in compared(name, texts, folder, loaded, n_rounds)]
    widths = ("", "", "", ".0f", ".2f", ".2f", ".2f", ".0%", ".4f", ".3f")
    print(tabulate(rows, headers=HEAD, floatfmt=widths, tablefmt="github"))
    figures = [dict(zip(HEAD, row, strict=True)) for row in rows]
    print(json.dumps({"benchmark": "encode", "rounds": n_rounds, "threads": n_cores(), "rows": figures}))


HEAD = ("texts", "backend", "precision", "texts/s", "ratio", "least", "most", "share of roof", "cosine", "worst")

if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else N_ROUNDS)
