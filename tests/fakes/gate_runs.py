"""A small run as the gate reads it: one encoder on one task, clean and one bundle, and a row without an encoder."""

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness import gate
from harness.core.data import Outcomes
from harness.core.seeds import generator_of
from harness.core.shapes import read
from harness.gate import Check, Judgement
from harness.gate.baseline import Baseline
from tests.fakes.runs import FakeRun, address

CONDITIONS = {"clean": ("clean", []), "keyboard@3": ("perturbation", ["misspellings"])}
CLASSES = ["bad", "good", "so-so"]


@dataclass
class SmallRun(FakeRun):
    """Right answers by (encoder, condition), as a share of the items."""

    n: int = 300
    right: float = 0.8
    pooler: str = "mean"
    first: int = 0

    def __post_init__(self) -> None:
        self.manifest = manifest(self.pooler)
        for encoder, pooler, mode in (("one", "main", "probe"), ("tfidf", "–", "–")):
            for condition, (kind, bundles) in CONDITIONS.items():
                names = address(("reviews", encoder, pooler, mode, condition, "–"))
                key = f"{encoder}/{condition}"
                parts = {"perturbations": condition, "pooling": self.pooler, "checkpoint": "c"}
                against = None if condition == "clean" else f"{encoder}/clean"
                entry = {"key": key, "address": names, "kind": kind, "bundles": bundles, "against": against}
                self.manifest["plan"].append({**entry, "parts": parts})
                self.made[key] = outcomes(key, self.n, self.right, self.first)
                facts = {"content": {"text": f"{condition} {self.n} {self.first}"}, "tokens_per_text": 12.5}
                cell = {"key": key, "address": names, "status": "done", "metric": "accuracy", "facts": facts}
                self.lines.append({**cell, "scores": {}, "reason": None, "message": None})

    def with_task(self, task: str) -> "SmallRun":
        """The same cells on one more task."""
        about = self.manifest["tasks"]["reviews"]
        self.manifest["tasks"] = {**self.manifest["tasks"], task: about}
        for lines in (self.manifest["plan"], self.lines):
            for line in [line for line in lines if line["address"]["task"] == "reviews"]:
                key, against = (f"{task}/{k}" if k else None for k in (line["key"], line.get("against")))
                lines.append({**line, "key": key, "against": against, "address": {**line["address"], "task": task}})
        self.made |= {f"{task}/{key}": made for key, made in self.made.items()}
        return self

    def _copied(self, key: str, copy: str, **address: str) -> None:
        """One more cell like `key`, with other names in its address."""
        for lines in (self.manifest["plan"], self.lines):
            line = next(line for line in lines if line["key"] == key)
            lines.append({**line, "key": copy, "address": {**line["address"], **address}})
        self.made[copy] = self.made[key]

    def with_encoder(self, encoder: str) -> "SmallRun":
        """The cells of `one` once more, under another encoder's name."""
        for condition in CONDITIONS:
            self._copied(f"one/{condition}", f"{encoder}/{condition}", encoder=encoder)
        self.manifest["encoders"][encoder] = self.manifest["encoders"]["one"]
        return self

    def trained(self, n_seeds: int, weights: str = "a") -> "SmallRun":
        """`one` as a row that is trained `n_seeds` times, to these weights; seed 1 has the key `one/clean#1`."""
        self.build_lines = [{"checkpoint": f"k{i}", "facts": {"weights": f"{weights}{i}"}} for i in range(n_seeds)]
        for condition in CONDITIONS:
            key = f"one/{condition}"
            for seed in range(n_seeds):
                self._copied(key, f"{key}#{seed}", repeat=f"train={seed}")
                self.manifest["plan"][-1] |= {"build": f"k{seed}", "against": f"one/clean#{seed}"}
            for lines in (self.manifest["plan"], self.lines):
                lines[:] = [line for line in lines if line["key"] != key]
            del self.made[key]
        return self

    def skip(self, key: str) -> "SmallRun":
        """Let a cell have found nothing to compare."""
        for cell in self.lines:
            if cell["key"] == key:
                cell |= {"status": "skipped", "reason": "not-applicable", "message": "nothing to compare"}
        return self

    def answers(self, key: str, prediction: Any) -> None:
        """Give a cell other predictions."""
        self.made[key] = replace(self.made[key], prediction=np.asarray(prediction))

    def spoil(self, key: str, n: int) -> None:
        """Turn `n` right answers of a cell wrong."""
        made = self.made[key]
        index = np.flatnonzero(made.prediction == made.gold)[:n]
        prediction = made.prediction.copy()
        prediction[index] = np.where(made.gold[index] == "bad", "good", "bad")
        self.answers(key, prediction)

    def fail(self, key: str, message: str = "gone") -> None:
        """Let a cell have failed."""
        for cell in self.lines:
            if cell["key"] == key:
                cell |= {"status": "failed", "reason": "killed", "message": message}
        del self.made[key]


def manifest(pooler: str) -> dict[str, Any]:
    return {
        "suite": {
            "name": "small",
            "poolers": [{"name": "main", "component": pooler, "parameters": {}}],
            "modes": [{"name": "probe", "component": "probe", "parameters": {"head": "logistic"}}],
            "latency": {"reference": "two"},
            "gate": {"primary": {}, "margin": 0.01, "thresholds": []},
        },
        "harness": "0.1.0",
        "complete": True,
        "environment": {"python": "3.11", "cpu": "some", "device": "cpu", "libraries": {"torch": "2.9"}},
        "encoders": {
            "one": {"checkpoint": "c1", "weights": "tiny", "n_parameters": 1000, "disk_mb": 1.5},
            "tfidf": {"weights": "no encoder", "n_parameters": None},
        },
        "tasks": {"reviews": {"kind": "classification", "metrics": ["accuracy"], "labels": CLASSES, "n_test": 400}},
        "bundles": {"misspellings": {"version": 1, "members": ["keyboard@3"]}},
        "plan": [],
    }


def outcomes(key: str, n: int, right: float, first: int = 0) -> Outcomes:
    """Items `first` … `first + n`: an item's answer is the same wherever it stands."""
    items = np.arange(first, first + n)
    gold = np.array([CLASSES[i % 2] for i in items])
    hits = np.array([generator_of("right", key.split("/")[0], int(i)).random() < right for i in items])
    names = np.array([f"review {i}" for i in items])
    contents = np.array([f"{generator_of('content', int(i)).integers(2**60):016x}" for i in items])
    wrong = np.where(gold == "bad", "good", "so-so")
    return Outcomes(names, names, np.zeros(n, int), gold, np.where(hits, gold, wrong), np.ones(n), {}, contents)


def accepted(run: Any, reason: str = "first") -> Baseline:
    """The baseline of a run, through its file's text."""
    found: Baseline = read(Baseline, json.loads(gate.dump(gate.baseline_of(run, reason=reason, date="2026-01-02"))))
    return found


def timed(run: SmallRun, n: int, slower: float = 1.0, noise: float = 0.02, seed: int = 0) -> SmallRun:
    """The run with `n` replicates in which `one` takes `slower` times what `two` takes, on the same texts."""
    for replicate in range(n):
        for encoder, by in (("one", slower), ("two", 1.0)):
            rng = generator_of("time", seed, encoder, replicate)
            ms = (by * np.exp(noise * rng.normal()) * np.full(12, 10.0)).tolist()
            common = {"encoder": encoder, "task": "reviews", "replicate": replicate, "texts": f"texts {replicate}"}
            run.timing_lines.append({**common, "scenario": "single-stream", "total_ms": {"main": ms}})
            run.timing_lines.append({**common, "scenario": "offline", "n": 64, "padding_waste": 0.2})
    return run


def judged(now: Any, then: Any = None, **how: Any) -> Judgement:
    """The run held to another, to one in which nothing happened unless told."""
    return gate.judge(now, accepted(then or SmallRun(now.n)), name="b.json", **how)


def verdicts(found: Judgement) -> dict[str, str]:
    return {check.name: check.verdict for check in found.checks}


def check(found: Judgement, name: str) -> Check:
    return next(c for c in found.checks if c.name == name)


def of_cell(run: SmallRun, key: str, **changes: Any) -> SmallRun:
    """The run with something else in the plan entry and facts of one cell."""
    for line in [*run.manifest["plan"], *run.lines]:
        if line["key"] == key:
            for name, value in changes.items():
                line[name] = {**line[name], **value} if isinstance(value, dict) and name in line else value
    return run
