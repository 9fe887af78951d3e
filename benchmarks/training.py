"""Batches of a length against Trainer's own order: real tokens a second of training, short and long texts mixed.

All are the harness's training, in turn, with the same texts, seed and number of steps: batches of as many texts of
about one length, of about as many tokens, and as Trainer draws them by default. Real tokens are those that are not
padding.
"""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from tabulate import tabulate
from transformers import Trainer

from harness import tasks
from harness.catalogue import catalogue
from harness.core.data import Examples
from harness.encoders import EncoderSpec, resolve
from harness.poolers.means import mean
from harness.results.environment import n_cores
from harness.training import Recipe, TrainingJob, finetune
from harness.training.objectives.cross_entropy import cross_entropy
from harness.training.trainer import OneLoop

#: Texts of each task, and runs of each order.
N_TEXTS, N_RUNS = 160, 3
TRAINERS = "as Trainer draws"
RECIPE = Recipe(1.0, 16, 5e-5, 5e-3, 1.0, 0.0, 0, 0.1, 0.01, 0.0, 0, "fp32")


def mixed() -> Examples:
    """Comments of 25 tokens and news of several hundred, told apart as classes."""
    texts, labels = list[str](), list[str]()
    for name in ("vader-sentiment", "bbc-topics"):
        task = tasks.resolve(name, Path())
        split = tasks.make_split(task, tasks.describe(task), "train", sample=N_TEXTS)
        own = tasks.load(task, split).text
        texts, labels = [*texts, *own], [*labels, *[name] * len(own)]
    names = tuple(map(str, range(len(texts))))
    return Examples(names, names, {"text": tuple(texts)}, tuple(labels))


def tokens_a_second(job: TrainingJob) -> float:
    """Of one training, from its first step to its last."""
    told: dict[str, Any] = {}

    def all_of() -> Any:
        told.update((yield from finetune(job, "cpu", n_cores(), Path(folder) / "out")))

    with tempfile.TemporaryDirectory() as folder:
        for _ in all_of():
            pass
    facts = told["facts"]
    return float(facts["n_tokens"] / facts["seconds"])


def main() -> None:
    """Print the table, and the same figures as a line of JSON."""
    rows, figures = [], {}
    for name in ("minilm-3layers", "minilm"):
        base = resolve(EncoderSpec(name, name), Path(), lambda step: catalogue().get("step", step))
        job = TrainingJob(base, mixed(), cross_entropy, {"text": base.tokenization}, mean, RECIPE, 0, None, {})
        ways = {
            "by length": (OneLoop.get_train_dataloader, RECIPE),
            "by tokens": (OneLoop.get_train_dataloader, replace(RECIPE, batches="tokens")),
            TRAINERS: (Trainer.get_train_dataloader, RECIPE),
        }
        found = {way: list[float]() for way in ways}
        for _ in range(N_RUNS):
            for way, (loader, recipe) in ways.items():
                with mock.patch.object(OneLoop, "get_train_dataloader", loader):
                    found[way].append(tokens_a_second(replace(job, recipe=recipe)))
        figures[name] = {way: round(float(np.median(values)), 1) for way, values in found.items()}
        for way in ("by length", "by tokens"):
            ratios = np.array(found[way]) / np.array(found[TRAINERS])
            low, middle, high = (round(float(value), 2) for value in np.quantile(ratios, (0, 0.5, 1)))
            figures[name] |= {f"{way}, ratio": middle, f"{way}, from": low, f"{way}, to": high}
        rows.append([name, *(f"{value:.2f}" for value in figures[name].values())])
    print(tabulate(rows, headers=["encoder", *figures["minilm"]]))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
