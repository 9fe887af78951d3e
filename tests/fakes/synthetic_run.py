"""A synthetic run, the same in every process: two tasks, four encoders, two baselines, everything that can go wrong.

Rows of the modes in `TUNED` have weights of their own, a checkpoint a train seed; one training of `lp-ft` failed.

Outcomes are made by a small model of items: each has a difficulty, each row a skill, each condition a cost.
"""

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.data import Example, Outcomes
from harness.core.fingerprint import fingerprint
from harness.core.seeds import generator_of
from tests.fakes.runs import OWN, FakeRun, address
from tests.fakes.synthetic_manifest import HOSTILE, PARAMETERS, TUNED, manifest

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
    ("minilm", "mean", "finetune"): 1.75,
    ("minilm", "mean", "lp-ft"): 1.7,
    ("mpnet", "mean", "finetune"): 1.45,
}
FAILED_BUILD = ("minilm", "mean", "lp-ft", "train=1")
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
#: condition -> (component, severity, other parameters)
MADE_OF = {
    "keyboard@3": ("keyboard", 3.0, {}),
    "keyboard@5": ("keyboard", 5.0, {}),
    "domain[movies>movies]": ("domain", None, {"from": "tweets", "test": "movies"}),
    "domain[tweets>movies]": ("domain", None, {"from": "tweets", "test": "movies"}),
    "rare-words": ("rare-words", None, {"zipf": 3.0, "share": 0.25}),
    "max-length@64": ("max-length", 64.0, {}),
    "truncate[last]@0.5": ("truncate", 0.5, {"side": "last"}),
    "truncate@0.25": ("truncate", 0.25, {"side": "first"}),
}
MILLISECONDS = {"tfidf": 0.31, "majority": 0.001, "minilm": 8.1, "mpnet": 41.0, HOSTILE: 9.2, "huge": 200.0}


def make(path: Path = Path("run"), *, n: int = 300) -> FakeRun:
    """The run. `huge` fails, one cell has not run, headlines has no timings, keyboard has three draws.

    The domain shift of fine-tuned rows is measured against their probe's oracle.
    """
    run = FakeRun(path=path, manifest=manifest(n))
    for task, rows in (("sentiment", SENTIMENT), ("headlines", HEADLINES)):
        for names, skill in rows.items():
            for condition, repeat in _conditions(task, names[2] in TUNED):
                if names[1] == "–" and condition.startswith("max-length"):
                    continue  # nothing is read
                _add(run, task, names, condition, repeat, skill, n)
            if names[2] in TUNED:
                run.build_lines += [_build(task, names, seed) for seed in range(3)]
    run.timing_lines = list(_timings())
    waiting = run.manifest["plan"][-1]["key"]
    run.lines = [cell for cell in run.lines if cell["key"] != waiting]
    return run


def _conditions(task: str, is_tuned: bool) -> list[tuple[str, str]]:
    found = []
    for condition in ("clean", *CONDITIONS[task]):
        if is_tuned and condition == "domain[movies>movies]":
            continue  # the probe's
        draws = [f"perturb={i}" for i in range(3)] if condition.startswith("keyboard") else []
        seeds = [f"train={i}" for i in range(3)] if is_tuned else []
        both = [",".join(parts) for parts in itertools.product(*filter(None, (draws, seeds)))]
        found += [(condition, repeat or "–") for repeat in both]
    return found


def key_of(*address: str) -> str:
    """The key of a cell, from its address: good enough here."""
    return fingerprint(list(address))


def checkpoint_of(*address: str) -> str:
    """The key of what a row's mode makes of its encoder, one a seed."""
    return fingerprint(["checkpoint", *address])


def _add(run: FakeRun, task: str, names: Any, condition: str, repeat: str, skill: float | None, n: int) -> None:
    kind, cost, bundles, against, unchanged = CONDITIONS[task].get(condition, ("clean", 0.0, [], None, None))
    key, place = key_of(task, *names, condition, repeat), address((task, *names, condition, repeat))
    seed = next((part for part in repeat.split(",") if part.startswith("train=")), "–")
    against_key = key_of(task, *names, against, seed) if against else None
    if names[2] in TUNED and condition.startswith("domain"):
        against_key = key_of(task, *names[:2], "probe", against, "–")
    entry: dict[str, Any] = {
        "key": key,
        "address": place,
        "kind": kind,
        "against": against_key,
        "bundles": bundles,
    }
    component, severity, parameters = MADE_OF.get(condition.removesuffix(":control"), (None, None, None))
    entry |= {"component": component, "severity": severity, "parameters": parameters}
    entry["build"] = checkpoint_of(task, *names, seed) if names[2] in TUNED else None
    run.manifest["plan"].append(entry)
    cell: dict[str, Any] = {
        "key": key,
        "job": names[0],
        "address": place,
        "seconds": 0.5,
    }
    if names[0] == "huge":
        message = HOSTILE_MESSAGE if condition == "clean" else "the same as for clean"
        run.lines.append({**cell, "status": "failed", "reason": "out-of-memory", "message": message})
        return
    if (*names, seed) == FAILED_BUILD:
        run.lines.append({**cell, "status": "failed", "reason": "not-finite", "message": "its checkpoint failed"})
        return
    outcomes = _outcomes(task, names, condition, repeat, skill, cost, n)
    run.made[key] = outcomes
    cell |= {"status": "done", "reason": None, "message": None, "n": len(outcomes)}
    cell |= {"n_clusters": len(np.unique(outcomes.cluster)), **_scores(task, outcomes)}
    cell["facts"] = _facts(names, condition, len(outcomes), unchanged)
    run.lines.append(cell)
    if condition == "keyboard@5":
        run.looks[key] = tuple(_look(names[0], item, repeat) for item in outcomes.item[:40].tolist())


def _look(encoder: str, item: str, repeat: str) -> Example:
    """What a job keeps of an item: a text that would be markup, changed, and what an encoder reads of it."""
    text = (f"…one | of `many` about {HOSTILE} ", ("kind", "kjnd"), f" words \u202e of {item}", ("", f" ({repeat})"))
    ends = ("Ġk", "jnd") if encoder == "mpnet" else ("k ##j", "##nd")
    tokens = (
        {} if encoder in ("majority", "tfidf") else {"text": ("many < about ", ("kind ", " ".join(ends)), " words")}
    )
    return Example(item, {"text": text}, tokens)


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
    cluster, sums = name, {}
    if task == "headlines":
        predicted = np.where(right, gold, "another article")
        cluster = np.array([f"{task}-answer-{i // 10}" for i in items])
        sums = {"ndcg@10": 1 / (1 + np.exp(-2 * margin)), "recall@10": (margin > -0.5).astype(float)}
    return Outcomes(name, cluster, np.zeros(len(items), int), gold, predicted, margin, sums)


def _scores(task: str, outcomes: Outcomes) -> dict[str, Any]:
    from harness.report.scorer import scorer_of

    metrics = {"sentiment": ("accuracy", "macro-f1"), "headlines": ("ndcg@10", "recall@10")}[task]
    scores = {}
    for name in metrics:
        found = scorer_of(name).interval([outcomes], "report", "score", "fake")
        known = ([[1.0]] * len(outcomes), 280) if task == "headlines" else (outcomes,)
        chance = float(scorer_of(name).component.facts["chance"](*known))
        scores[name] = {"value": found.value, "low": found.low, "high": found.high, "chance": chance}
    return {"metric": metrics[0], "scores": scores, "chance": scores[metrics[0]]["chance"]}


def _facts(names: Any, condition: str, n: int, unchanged: float | None) -> dict[str, Any]:
    identity = None
    if condition == "clean" and names[1] != "–":
        identity = {"n": 64, "max_abs_difference": 3.1e-7, "n_predictions_changed": 0}
        if names[0] == HOSTILE:
            identity = {"n": 64, "max_abs_difference": 2.4e-4, "n_predictions_changed": 1}
    return {
        "n_truncated": n // 40 if names[1] != "–" else 0,
        "n_texts": n,
        "ids_unchanged": {OWN: unchanged} if names[1] != "–" and unchanged is not None else {},
        "texts_changed": None if unchanged is None else 1 - unchanged,
        "C": 1.0,
        "converged": True,
        "edits_per_text": {"keyboard@3": 2.06, "keyboard@5": 7.9}.get(condition),
        **({"n_unmatched": 12} if condition.startswith("rare-words") else {}),
        **({"shift": _shift(names, condition)} if condition.startswith("domain") else {}),
        "identity": identity,
    }


def _shift(names: Any, condition: str) -> dict[str, Any]:
    """Tweets are far from movies; of rows without an encoder, or trained here, words alone are known."""
    is_far = condition == "domain[tweets>movies]"
    size: dict[str, Any] = {"types_known": 0.23 if is_far else 0.4, "words_known": 0.63 if is_far else 0.752}
    if names[1] == "–" or names[2] in TUNED:
        return size
    told = (0.964 if names[0] == "minilm" else 0.981) if is_far else 0.493
    return size | {"subwords_train": 1.497 if is_far else 1.32, "subwords_test": 1.302, "told_apart": told}


def _build(task: str, names: Any, seed: int) -> dict[str, Any]:
    """A line of builds.jsonl: losses that fall, and on the validation part rise again at the end."""
    rng = generator_of("build", task, *names, seed)
    epochs = 2 if names[2] == "finetune" and seed == 2 else 3
    repeat = f"train={seed}"
    curve: list[dict[str, Any]] = []
    for step in range(5, 17 * epochs + 1):
        if step % 5 == 0:
            loss = 0.15 + 0.55 * np.exp(-step / 18) + 0.02 * rng.normal()
            curve.append({"step": step, "epoch": step / 17, "loss": float(loss)})
        if step % 17 == 0:
            epoch = step // 17
            loss = 0.45 + 0.06 * abs(epoch - 2) + 0.02 * rng.normal()
            point = {"validation_loss": float(loss), "validation_accuracy": 0.86 - 0.02 * abs(epoch - 2)}
            curve.append({"step": step, "epoch": float(epoch), **point})
    line = dict(zip(("task", "encoder", "pooler", "mode"), (task, *names), strict=True))
    line |= {"checkpoint": checkpoint_of(task, *names, repeat), "repeat": repeat, "status": "done"}
    if (*names, repeat) == FAILED_BUILD:
        message = f"loss is NaN at step 11 of 51 {HOSTILE}"
        return {**line, "status": "failed", "reason": "not-finite", "message": message, "curve": curve[:2], "facts": {}}
    warnings = ["encoder_lr / head_lr is 1.0: the head <b>should</b> learn faster"] if names[0] == "mpnet" else []
    facts: dict[str, Any] = {
        "seconds": 41.3 + 0.7 * seed,
        "n_tokens": 34_567 * epochs,
        "peak_mb": 912.0 + seed,
        "n_steps": 17 * epochs,
    }
    facts |= {"n_train": 540, "n_validation": 60, "best_epoch": 2.0, "n_epochs": float(epochs), "precision": "fp32"}
    facts |= {"n_trained": 22_713_216, "n_parameters": PARAMETERS[names[0]], "warnings": warnings, "disk_mb": 87.0}
    return {**line, "reason": None, "message": None, "facts": facts, "curve": curve}


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
        yield {"encoder": encoder, "scenario": "memory", "task": "sentiment", "replicate": 0, "peak_mb": mb}
