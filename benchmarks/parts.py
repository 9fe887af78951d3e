"""A large encode by one worker, and shared by two: what sharing costs in work, and what it saves in time.

Texts are those of `benchmarks.scale`. First the processor's seconds, of one thread, which other programs hardly change:
the whole encode, then each of two parts. Then seconds until all is done, by turns, each run with an empty cache of its
own and cores divided among workers: one worker, two of which one has the whole encode, and two that share it. On a busy
machine these mean little; `--turns 0` leaves them out.

    python -m benchmarks.parts [--texts N] [--encoder NAME] [--turns N]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from tabulate import tabulate

from benchmarks.scale import texts
from harness import api, assets, encoders
from harness.catalogue import catalogue
from harness.core.records import Pooling
from harness.encoders.backends import pytorch
from harness.encoders.parts import Part, inputs_of
from harness.results.folder import read_lines
from harness.runner import foreseen
from harness.runner.job import set_threads
from harness.runner.run import Options
from harness.runner.run import run as run_suite
from harness.runner.vectors import NoCache

SUITE = """
name: parts
encoders: [{encoder}]
poolers: [mean]
modes: [probe]
tasks: [{{name: data, data: data.csv}}]
baselines: []
latency: false
device: cpu
"""
#: What is compared: workers, and whether they share.
WAYS = ((1, False), (2, False), (2, True))


def work(name: str, n: int) -> list[list[Any]]:
    """Seconds of a processor that it takes to encode the texts at once, and in each of two parts, with its cut."""
    encoder = encoders.resolve(encoders.EncoderSpec(name, name), Path(), partial(catalogue().get, "step"))
    pooling, some, rows = (Pooling("mean"), catalogue().function("pooler", "mean")), list(texts(n)), list[list[Any]]()
    set_threads(1)
    model = pytorch.load(encoder, "cpu")
    deque(encoders.encode(some[:200], encoder.tokenization, [pooling], lambda: model, NoCache()), maxlen=0)
    for part in (Part(0, 1), Part(0, 2), Part(1, 2)):
        started = time.process_time()
        own, in_batches = inputs_of(part, some, encoder.tokenization, model)
        cut = time.process_time()
        reads = partial(encoders.encode, own, encoder.tokenization, [pooling], lambda: model, NoCache(), in_batches)
        deque(reads(), maxlen=0)
        rows.append([str(part), len(own), cut - started, time.process_time() - cut])
    return rows


def seconds(folder: Path, encoder: str, n_workers: int, is_shared: bool) -> tuple[dict[str, float], str]:
    """Seconds of the phases, and a hash of what came out."""
    (folder / "parts.yaml").write_text(SUITE.format(encoder=encoder), encoding="utf-8")
    least = foreseen.PART_S if is_shared else float("inf")
    with tempfile.TemporaryDirectory() as kept, mock.patch.object(foreseen, "PART_S", least):
        root = Path(kept)
        (root / "assets").symlink_to(assets.cache_root() / "assets")
        with mock.patch.dict(os.environ, {"HARNESS_CACHE": kept}):
            suite = api.suite(folder / "parts.yaml", [f"workers={n_workers}"])
            started = time.perf_counter()
            run = run_suite(suite, root / "run", Options(estimate=True))
            took = time.perf_counter() - started
        n_parts = sum("part " in job["job"] for job in run.manifest["jobs"])
        if bool(n_parts) != is_shared or any(cell.status != "done" for cell in run.cells):
            raise SystemExit(f"{n_parts} parts, {[cell.status for cell in run.cells]}")
        (line,) = read_lines(run.path / "cells.jsonl")
    return {**run.manifest["phases"], "whole_s": took}, line["outcomes"]["cell"]["checksum"]


def main() -> None:
    """Print a table: the median of the turns, and its share of what one worker takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--encoder", default="minilm-3layers")
    parser.add_argument("--turns", type=int, default=2)
    asked = parser.parse_args()
    rows = work(asked.encoder, asked.texts)
    print(tabulate(rows, ["part", "texts", "to cut, CPU s", "to encode, CPU s"], tablefmt="github", floatfmt=".3g"))
    found: dict[tuple[int, bool], list[dict[str, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        lines = [f'"{text}",{("alpha", "omega")[i % 2]}' for i, text in enumerate(texts(asked.texts))]
        (folder / "data.csv").write_text("text,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
        for _ in range(asked.turns):
            for way in WAYS:
                phases, checksum = seconds(folder, asked.encoder, *way)
                found[way].append(phases)
                told: dict[str, Any] = {"workers": way[0], "shared": way[1], "outcomes": checksum, **phases}
                print(json.dumps({"benchmark": "parts", "texts": asked.texts, "load": os.getloadavg()[0], **told}))
                sys.stdout.flush()
    medians = {way: statistics.median(one["whole_s"] for one in turns) for way, turns in found.items() if turns}
    ways = [[n, "yes" if is_shared else "no", s, s / medians[WAYS[0]]] for (n, is_shared), s in medians.items()]
    if ways:
        print(tabulate(ways, ["workers", "shared", "s", "of one worker"], tablefmt="github", floatfmt=".3g"))


if __name__ == "__main__":
    main()
