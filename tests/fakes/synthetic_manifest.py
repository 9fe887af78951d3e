"""What run.json of the synthetic run says."""

from typing import Any

from harness.core.fingerprint import fingerprint
from tests.fakes.runs import OWN

HOSTILE = "<script>alert('x')</script>|*b*"
PARAMETERS = {"minilm": 22_713_216, "mpnet": 109_486_464, HOSTILE: 14_350_248, "huge": 1_240_000_000}
WEIGHTS = {
    "minilm": "pretrained, trained with mean pooling",
    "mpnet": "pretrained, trained with mean pooling",
    HOSTILE: "distilled here from minilm",
    "huge": "pretrained",
}
#: Mode -> what a suite says of it.
TUNED = {"finetune": {"epochs": 3.0}, "lp-ft": {"epochs": 3.0}}


def manifest(n: int) -> dict[str, Any]:
    encoders: dict[str, Any] = {
        name: {
            "weights": WEIGHTS[name],
            "family": "bert",
            "n_parameters": size,
            "disk_mb": size * 4e-6,
            "max_length": 256,
            "checkpoint": fingerprint(name),
            "tokenization": OWN,
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
        "suite": {
            "name": "synthetic & <b>small</b>",
            "latency": {"reference": "minilm"},
            "modes": [{"name": name, "component": name, "parameters": facts} for name, facts in TUNED.items()],
            "texts": "full",
        },
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
        "n_train_all": 2314,
        "n_test": n,
        "n_test_all": n,
        "n_clusters": n,
        "cluster": "near copies together",
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
        "n_test_all": 2 * n,
        "n_documents": 280,
        "n_documents_all": 560,
        "n_clusters": n // 10,
        "cluster": "questions that share an answer",
        "n_duplicates": 0,
        "n_merged": 98,
        "median_words": 332.0,
        "domains": {},
        "note": "The first line is the headline.",
        "chance": 0.0,
    }
