"""A synthetic run, the same in every process: two tasks, four encoders, two baselines, everything that can go wrong.

Outcomes are made by a small model of items: each has a difficulty, each row a skill, each condition a cost.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.data import Outcomes
from harness.core.fingerprint import fingerprint
from harness.core.seeds import generator_of

HOSTILE = "<script>alert('x')</script>|*b*"
HOSTILE_MESSAGE = "Killed <img src=x onerror=alert(1)> | `rm -rf` \x1b[31mred\x1b[0m \u202egnirts"

#: (encoder, pooler, mode) -> skill
SENTIMENT = {
    ("majority", "–", "–"): None,
    ("tfidf", "–", "–"): 0.45,
    ("minilm", "cls", "probe"): 0.95,
    ("minilm", "mean", "probe"): 1.25,
    ("mpnet", "cls", "probe"): 1.2,
    ("mpnet", "mean", "probe"): 1.4,
    (HOSTILE, "mean", "probe"): 0.6,
    ("huge", "mean", "probe"): 1.5,
}
HEADLINES = {
    ("tfidf", "–", "–"): 1.3,
    ("minilm", "mean", "zero-shot"): 1.5,
    ("mpnet", "mean", "zero-shot"): 1.55,
}
#: condition -> (kind, cost in skill, bundles, condition it is compared with, ids unchanged)
CONDITIONS = {
    "sentiment": {
        "keyboard@3": ("perturbation", 0.35, ["misspellings"], "clean", 0.21),
        "keyboard@5": ("perturbation", 0.9, ["misspellings"], "clean", 0.02),
        "domain[movies>movies]": ("oracle", 0.0, [], None, None),
        "domain[tweets>movies]": ("shift", 0.5, ["domain-shift"], "domain[movies>movies]", 1.0),
        "rare-words:control": ("control", 0.0, [], None, None),
        "rare-words": ("slice", 0.15, ["rare-terms"], "rare-words:control", None),
    },
    "headlines": {
        "max-length@64": ("reading", 0.1, ["long-texts"], "clean", 0.11),
        "truncate[last]@0.5": ("perturbation", 0.9, ["long-texts"], "clean", 0.0),
        "truncate@0.25": ("perturbation", 0.05, ["long-texts"], "clean", 0.0),
    },
}
MILLISECONDS = {"tfidf": 0.31, "majority": 0.001, "minilm": 8.1, "mpnet": 41.0, HOSTILE: 9.2, "huge": 200.0}
PARAMETERS = {"minilm": 22_713_216, "mpnet": 109_486_464, HOSTILE: 14_350_248, "huge": 1_240_000_000}
WEIGHTS = {
    "minilm": "pretrained, trained with mean pooling",
    "mpnet": "pretrained, trained with mean pooling",
    HOSTILE: "distilled here from minilm",
    "huge": "pretrained",
}


@dataclass
class FakeRun:
    """What a report needs of a run."""

    path: Path
    manifest: dict[str, Any]
    cells: list[dict[str, Any]] = field(default_factory=list)
    timings: list[dict[str, Any]] = field(default_factory=list)
    made: dict[str, Outcomes] = field(default_factory=dict)

    def outcomes(self, key: str) -> Outcomes:
        """KeyError for a cell that has none."""
        return self.made[key]


def make(path: Path = Path("run"), *, n: int = 300) -> FakeRun:
    """The run. `huge` fails, one cell has not run, headlines has no timings, keyboard has three draws."""
    run = FakeRun(path, _manifest(n))
    for task, rows in (("sentiment", SENTIMENT), ("headlines", HEADLINES)):
        for names, skill in rows.items():
            for condition, repeat in _conditions(task):
                if names[1] == "–" and condition.startswith("max-length"):
                    continue  # nothing is read
                _add(run, task, names, condition, repeat, skill, n)
    run.timings = list(_timings())
    waiting = run.manifest["plan"][-1]["key"]
    run.cells = [cell for cell in run.cells if cell["key"] != waiting]
    return run


def _conditions(task: str) -> list[tuple[str, str]]:
    found = [("clean", "–")]
    for condition in CONDITIONS[task]:
        draws = 3 if condition.startswith("keyboard") else 0
        found += [(condition, f"perturb={i}") for i in range(draws)] or [(condition, "–")]
    return found


def key_of(*address: str) -> str:
    """The key of a cell, from its address: good enough here."""
    return fingerprint(list(address))


def _add(run: FakeRun, task: str, names: Any, condition: str, repeat: str, skill: float | None, n: int) -> None:
    kind, cost, bundles, against, unchanged = CONDITIONS[task].get(condition, ("clean", 0.0, [], None, None))
    key = key_of(task, *names, condition, repeat)
    address = dict(zip(("task", "encoder", "pooler", "mode"), (task, *names), strict=True))
    address |= {"condition": condition, "repeat": repeat}
    against_key = key_of(task, *names, against, "–") if against else None
    entry = {"key": key, "address": address, "kind": kind, "against": against_key, "bundles": bundles}
    run.manifest["plan"].append(entry)
    cell: dict[str, Any] = {"key": key, "job": names[0], "address": address, "seconds": 0.5}
    if names[0] == "huge":
        message = HOSTILE_MESSAGE if condition == "clean" else "the same as for clean"
        run.cells.append({**cell, "status": "failed", "reason": "out-of-memory", "message": message})
        return
    outcomes = _outcomes(task, names, condition, repeat, skill, cost, n)
    run.made[key] = outcomes
    cell |= {"status": "done", "reason": None, "message": None, "n": len(outcomes), "n_clusters": len(outcomes)}
    cell |= _scores(task, outcomes)
    cell["facts"] = _facts(names, condition, len(outcomes), unchanged)
    run.cells.append(cell)


def _outcomes(task: str, names: Any, condition: str, repeat: str, skill: float | None, cost: float, n: int) -> Outcomes:
    items = np.arange(n)
    if condition.startswith("domain"):
        items = items[items % 3 == 0]
    elif condition.startswith("rare-words"):
        items = items[items % 4 == (0 if condition == "rare-words" else 1)]
    difficulty = generator_of("difficulty", task).normal(size=n)[items]
    noise = generator_of("noise", task, *names, condition, repeat).normal(size=n)[items]
    gold = np.where(generator_of("gold", task).random(n) < 0.53, "positive", "negative")[items]
    other = np.where(gold == "positive", "negative", "positive")
    margin = (skill or 0.0) - cost - difficulty + 0.35 * noise
    right = margin > 0
    predicted = np.where(right, gold, other) if skill is not None else np.full(len(items), "positive")
    name = np.array([f"{task}-{i}" for i in items])
    sums = {}
    if task == "headlines":
        predicted = np.where(right, gold, "another article")
        sums = {"ndcg@10": 1 / (1 + np.exp(-2 * margin)), "recall@10": (margin > -0.5).astype(float)}
    return Outcomes(name, name, np.zeros(len(items), int), gold, predicted, margin, sums)


def _scores(task: str, outcomes: Outcomes) -> dict[str, Any]:
    from harness.report.metric import scorer_of

    metrics = {"sentiment": ("accuracy", "macro-f1"), "headlines": ("ndcg@10", "recall@10")}[task]
    scores = {}
    for name in metrics:
        found = scorer_of(name).interval(outcomes, "fake")
        scores[name] = {"value": found.value, "low": found.low, "high": found.high}
    chance = float(scorer_of(metrics[0]).component.facts["chance"](outcomes))
    return {"metric": metrics[0], "scores": scores, "chance": chance}


def _facts(names: Any, condition: str, n: int, unchanged: float | None) -> dict[str, Any]:
    identity = None
    if condition == "clean" and names[1] != "–":
        identity = {"n": 64, "max_abs_difference": 3.1e-7, "n_predictions_changed": 0}
        if names[0] == HOSTILE:
            identity = {"n": 64, "max_abs_difference": 2.4e-4, "n_predictions_changed": 1}
    return {
        "n_truncated": n // 40 if names[1] != "–" else 0,
        "n_texts": n,
        "ids_unchanged": unchanged if names[1] != "–" else None,
        "texts_changed": None if unchanged is None else 1 - unchanged,
        "C": 1.0,
        "converged": True,
        "edits_per_text": {"keyboard@3": 2.06, "keyboard@5": 7.9}.get(condition),
        **({"n_unmatched": 12} if condition.startswith("rare-words") else {}),
        "identity": identity,
    }


def _timings() -> Any:
    for replicate in range(3):
        for order, (encoder, ms) in enumerate(MILLISECONDS.items()):
            if encoder == "huge":
                continue
            rng = generator_of("time", encoder, replicate)
            poolers = {"minilm": ["cls", "mean"], "mpnet": ["cls", "mean"], HOSTILE: ["mean"]}.get(encoder, ["–"])
            total = ms * np.exp(0.25 * rng.normal(size=60) + 0.03 * rng.normal())
            pool = {p: (total * 0.01 * (1 + i)).tolist() for i, p in enumerate(poolers)}
            common = {"encoder": encoder, "task": "sentiment", "replicate": replicate, "order": order, "threads": 2}
            yield {
                **common,
                "scenario": "single-stream",
                "checkpoint": encoder,
                "n": 60,
                "tokenise_ms": (total * 0.04).tolist(),
                "forward_ms": (total * 0.95).tolist(),
                "pool_ms": pool,
                "total_ms": {p: (total * (1 + 0.01 * i)).tolist() for i, p in enumerate(poolers)},
                "n_tokens": rng.integers(8, 60, size=60).tolist(),
                "load": 0.4 + 0.1 * replicate,
                "n_warmup": 8,
            }
            yield {
                **common,
                "scenario": "offline",
                "n": 300,
                "texts_per_s": 2600 / ms,
                "tokens_per_s": 2600 / ms * 24,
                "padding_waste": 0.042,
                "load": 0.5,
            }
    for encoder, mb in (("minilm", 412.0), ("mpnet", 930.0)):
        yield {"encoder": encoder, "scenario": "memory", "task": "sentiment", "peak_mb": mb, "weights_mb": mb / 4}


def _manifest(n: int) -> dict[str, Any]:
    encoders: dict[str, Any] = {
        name: {
            "weights": WEIGHTS[name],
            "family": "bert",
            "n_parameters": size,
            "disk_mb": size * 4e-6,
            "max_length": 256,
            "checkpoint": fingerprint(name),
            "source": f"pip: {name}",
            "revision": None,
            "licence": "Apache-2.0",
            "batch_halvings": 0,
        }
        for name, size in PARAMETERS.items()
    }
    for name in ("tfidf", "majority"):
        encoders[name] = {"weights": "no encoder", "family": None, "n_parameters": None, "disk_mb": None}
    return {
        "suite": {"name": "synthetic & <b>small</b>", "latency": {"reference": "minilm"}},
        "command": "harness run 'synthetic.yaml' -o reports/synthetic && echo ```done```",
        "harness": "0.1.0",
        "started": "2026-01-02T03:04:05+00:00",
        "finished": None,
        "complete": False,
        "environment": {
            "python": "3.11.7",
            "platform": "Linux x86_64",
            "cpu": "Some CPU @ 2.20GHz",
            "n_cores": 2,
            "ram_gb": 15.6,
            "device": "cpu",
            "threads": 2,
            "libraries": {"torch": "2.9.0", "transformers": "5.1.0", "datasets": None},
        },
        "encoders": encoders,
        "tasks": {"sentiment": _sentiment(n), "headlines": _headlines(n)},
        "bundles": {
            "misspellings": {"version": 1, "members": ["keyboard@3", "keyboard@5"]},
            "long-texts": {"version": 1, "members": ["max-length@64", "truncate[last]@0.5", "truncate@0.25"]},
            "domain-shift": {"version": 1, "members": ["domain"]},
            "rare-terms": {"version": 1, "members": ["rare-words"]},
        },
        "plan": [],
        "not_applicable": [
            {"task": "sentiment", "what": "long-texts", "why": "the median text has 21 tokens (applies over 128)"},
            {"task": "headlines", "what": "domain-shift", "why": "the task has no domains"},
        ],
        "dropped": [{"what": "headlines / majority", "why": "majority applies to classification"}],
        "phases": {"plan_s": 0.8, "measure_s": 61.2, "time_s": 40.0, "report_s": 1.1},
        "cache": {"hits": 1200, "misses": 8400},
    }


def _sentiment(n: int) -> dict[str, Any]:
    return {
        "kind": "classification",
        "metrics": ["accuracy", "macro-f1"],
        "n_train": 600,
        "n_test": n,
        "n_duplicates": 12,
        "n_merged": 3,
        "median_words": 14.0,
        "domains": {"tweets": [300, n // 2], "movies": [300, n - n // 2]},
        "note": "Ratings between -0.5 and 0.5 are left out.",
        "chance": 0.53,
    }


def _headlines(n: int) -> dict[str, Any]:
    return {
        "kind": "retrieval",
        "metrics": ["ndcg@10", "recall@10"],
        "n_train": 0,
        "n_test": n,
        "n_duplicates": 0,
        "n_merged": 98,
        "median_words": 332.0,
        "domains": {},
        "note": "The first line is the headline.",
        "chance": 0.0,
    }
