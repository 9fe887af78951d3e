"""How cost grows with texts and with cells: seconds, also of processor, peak resident memory, bytes on disk.

Texts are generated and short, the encoder is tiny and random (2 layers, 32 dimensions), so that the engine is measured
and not the model. Each size runs in processes of its own: one encodes under three poolers into an empty cache, another
finds all of it there. Cells: the same texts, drawn for a probe ever more often (few-shot), 10 to 1,000 cells in a run,
all in one process; then its page.

    python -m benchmarks.scale [SIZE …] [--cells N …]
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tabulate import tabulate

POOLERS = ("cls", "mean", "max")
SIZES = (10_000, 100_000, 1_000_000)
CELLS = (10, 100, 1_000)
#: The most that one mode draws.
_DRAWS = 100
_SYLLABLES = ("ba", "ne", "to", "ri", "su", "la", "ke", "mo", "di", "ver", "ten", "gor")


def texts(n: int) -> Iterator[str]:
    """`n` different texts of 5 to 13 words, the same every time."""
    rng = random.Random(0)
    words = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(5_000)]
    for number in range(n):
        yield f"{' '.join(rng.choices(words, k=rng.randint(4, 12)))} {number}"


def encode(folder: Path, n: int) -> dict[str, Any]:
    """Encode the texts, those that the cache has taken from there: what it took of this process."""
    from harness import encoders
    from harness.catalogue import catalogue
    from harness.core.records import Backend, Pooling
    from harness.encoders.backends import pytorch
    from harness.runner.job import set_threads
    from harness.runner.vectors import CacheView
    from harness.store import VectorCache

    set_threads(len(os.sched_getaffinity(0)))
    place = encoders.resolve(encoders.EncoderSpec("tiny", str(folder / "tiny-bert")), folder)
    poolings = [(Pooling(name), catalogue().get("pooler", name).function) for name in POOLERS]
    some = list(texts(n))
    started = time.perf_counter()
    cache = VectorCache(folder / "cache" / "vectors", limit=2**40)
    view = CacheView(cache, place.checkpoint, Backend(), place.tokenization)
    steps = encoders.encode(some, place.tokenization, poolings, lambda: pytorch.load(place, "cpu"), view)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found = end.value
            break
    sums = {
        name: float(found.of(pooling, some[:1000]).sum()) for name, (pooling, _) in zip(POOLERS, poolings, strict=True)
    }
    seconds = time.perf_counter() - started
    cache.close()
    return {"seconds": seconds, "peak_mb": _peak_mb(), "cpu": _cpu_s(), "n_hits": found.n_hits, "sums": sums}


def cells(folder: Path, n: int) -> dict[str, Any]:
    """A run of `n` cells of one job over the same 2,000 texts, and its page: what each took of this process."""
    from harness import api
    from harness.results import Run
    from harness.runner import executors
    from harness.runner.run import Options
    from harness.runner.run import run as run_suite

    lines = [f"{text} {('alpha', 'omega')[i % 2]},{('a', 'b')[i % 2]}" for i, text in enumerate(texts(2_000))]
    (folder / "data.csv").write_text("text,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    parts = [min(_DRAWS, n // 5 - start) for start in range(0, n // 5, _DRAWS)]
    modes = [
        f"{{name: few-{i}, mode: probe, protocol: few-shot, per_label: {8 * i}, draws: {part}}}"
        for i, part in enumerate(parts, 1)
    ]
    suite = f"""
name: scale
encoders: [{{name: tiny, checkpoint: ./tiny-bert}}]
poolers: [cls, mean, max, last-token, weighted-mean]
modes: [{", ".join(modes)}]
tasks: [{{name: data, data: data.csv}}]
latency: false
device: cpu
"""
    (folder / "scale.yaml").write_text(suite, encoding="utf-8")
    began, seconds, cpu = _cpu_s(), list[float](), list[float]()
    run_cells = partial(run_suite, api.suite(folder / "scale.yaml"), folder / "run", Options(executor=executors.inline))
    for step in (run_cells, partial(api.write_report, folder / "run")):
        started = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - started)
        cpu.append(_cpu_s() - began - sum(cpu))
    size, n_cells = _size(folder / "run"), len(Run(folder / "run").cells)
    return {"n_cells": n_cells, "seconds": seconds, "cpu": cpu, "peak_mb": _peak_mb(), "bytes": size}


def _cpu_s() -> float:
    """Seconds of all cores: on a machine that others use too the better measure."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def alone(what: str, folder: Path, n: int) -> dict[str, Any]:
    """What one of the functions above says, in a process of its own."""
    environment = {**os.environ, "HARNESS_CACHE": str(folder / "cache"), "OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-m", "benchmarks.scale", "--alone", what, str(folder), str(n)]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--cells", nargs="*", type=int, default=CELLS)
    parser.add_argument("--alone", nargs=3)
    asked = parser.parse_args()
    if asked.alone:
        what, folder, n = asked.alone
        print(json.dumps({"encode": encode, "cells": cells}[what](Path(folder), int(n))))
        return
    from tests.fakes.encoders import tiny_encoder

    rows = []
    for n in asked.sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            tiny_encoder("bert", folder)
            cold, warm = alone("encode", folder, n), alone("encode", folder, n)
            assert (cold["n_hits"], warm["n_hits"], cold["sums"]) == (0, n, warm["sums"])
            size = _size(folder / "cache")
            rows.append(
                (
                    n,
                    *(one[name] for one in (cold, warm) for name in ("seconds", "cpu", "peak_mb")),
                    size / 1e6,
                    size / n,
                )
            )
            print(tabulate(rows[-1:], floatfmt=".1f", tablefmt="plain"), flush=True)
    heads = ("texts", "cold s", "CPU s", "peak MB", "warm s", "CPU s", "peak MB", "MB on disk", "bytes a text")
    print(tabulate(rows, heads, floatfmt=",.1f", intfmt=","))
    ran = []
    for n in asked.cells:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            tiny_encoder("bert", folder)
            found = alone("cells", folder, n)
            took = [one for step in zip(found["seconds"], found["cpu"], strict=True) for one in step]
            ran.append((found["n_cells"], *took, found["peak_mb"], found["bytes"] / 1e6))
            print(tabulate(ran[-1:], floatfmt=".1f", tablefmt="plain"), flush=True)
    columns = ("cells", "run s", "CPU s", "page s", "CPU s", "peak MB", "MB on disk")
    print(tabulate(ran, columns, floatfmt=",.1f", intfmt=","))


if __name__ == "__main__":
    main()
