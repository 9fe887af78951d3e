"""Suites of other shapes: mutated texts, `--set` and `--only` must be read or refused in our own words, and soon.

`python -m benchmarks.fuzz_suites [COUNT] [SEED]` mutates the shipped suites and one that uses every key, as texts and
as values. It prints what was raised that is no `HarnessError`, and what took longer than a second.
"""

import json
import random
import sys
from functools import partial

from benchmarks.found import Found
from benchmarks.fuzz_shapes import VALUES, mutated
from harness import api, tasks
from harness.catalogue import catalogue
from harness.cli.options import selection
from harness.core.fingerprint import canonical
from harness.suite.load import parse

RICH = """\
name: rich
encoders:
  - minilm
  - {name: mine, checkpoint: ./mine, max_length: 64, prefix: "query: "}
  - {checkpoint: acme/other, revision: abc}
poolers: [cls, {name: main, pooler: mean}, max]
modes: [probe: {head: logistic}, zero-shot, {name: tuned, mode: finetune, epochs: [1, 2], encoder_lr: 2e-5}]
tasks:
  - vader-sentiment/tweets
  - {name: own, data: a.csv, text: [subject, body], label: queue, labels: {no: y, yes: n}, domain: shop, group: who,
     min_class: {rows: 5, merge: other}, max_samples: {train: 60}, metrics: [accuracy], encoding: utf-8, language: en}
  - {name: late, train: a.csv, test: b.csv, text: body, label: queue, time: {column: when, as: shift}, id: key}
  - {name: faq, kind: retrieval, data: hub:acme/faq, query: question, document: [answer], config: en, revision: main}
conditions: [misspellings, keyboard: {severity: [1, 3]},
             {name: half, condition: truncate, keep: 0.5}, max-length: {tokens: 8}]
baselines: [majority, tfidf]
max_samples: {train: 600, test: 400}
repeats: {perturb: 2, sample: 1, train: 3}
seed: 7
device: cpu
latency: {scenarios: [single-stream, offline], reference: minilm, replicates: 3, requests: 64}
exclude: [{encoder: mine, mode: tuned}]
report: {texts: none}
within: 0.02
limits: {p50_ms: 20, disk_mb: 100}
gate: {primary: {encoder: minilm, task: own}, margin: 0.02,
       thresholds: [{metric: accuracy, min: 0.9}, {drop: half, max: 3}]}
"""
SNIPPETS = (
    *(
        "!!int 'x'",
        "!!bool maybe",
        "!!float abc",
        "!!set x",
        "!!python/object:os.system x",
        "!!binary =",
        "!x y",
        "!!map x",
    ),
    *(
        "&a",
        "*a",
        "<<: *a",
        "&a [*a]",
        "? [1, 2]\n: 3",
        "? {a: b}\n: c",
        "[",
        "]",
        "{",
        "}",
        ":",
        "- ",
        "\t",
        "|",
        ">",
        "%YAML 1.1",
    ),
    *(
        "---",
        "...",
        "\ufeff",
        "\x00",
        "\x1b",
        "\ud800",
        '"\\ud800"',
        '"\\x00"',
        ".nan",
        ".inf",
        "-.inf",
        "1e999",
        "9" * 400,
    ),
    *(
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "0x10",
        "0o7",
        "1_000",
        "~",
        "null",
        "''",
        "é",
        "\u2028",
        "=cmd()",
        "[" * 60,
        "#",
    ),
)
OVERRIDES = (
    "seed",
    "tasks.0",
    "tasks.1.label",
    "encoders.1.name",
    "max_samples.train",
    "a.b.c",
    "gate.thresholds.0.min",
    "",
)
AXES = ("encoder", "task", "encodr", "", "=", "mode", "condition")


def fuzz(count: int, seed: int) -> Found:
    """Mutate and read so many times."""
    rng, found = random.Random(seed), Found()
    texts = [RICH] * 3 + [path.read_text(encoding="utf-8") for path in api.shipped().values()]
    known = catalogue()
    for number in range(count):
        text, overrides = _text(rng.choice(texts), rng), _overrides(rng)

        def load(text: str = text, overrides: list[str] = overrides) -> None:
            canonical(parse(text, "suite.yaml", known, overrides, tasks.faults).plain())

        found.attempt(f"{seed}:{number} {overrides} {text!r}", load)
        if number % 10 == 0:
            only = ",".join(f"{rng.choice(AXES)}{rng.choice(('=', '', '=='))}{rng.choice(SNIPPETS)}" for _ in range(2))
            found.attempt(f"{seed}:{number} --only {only!r}", partial(selection, only))
    return found


def _text(text: str, rng: random.Random) -> str:
    """Another text: values of another shape, or bits of YAML put, cut and doubled anywhere."""
    if rng.random() < 0.4:
        from ruamel.yaml import YAML

        value = json.loads(json.dumps(YAML(typ="safe").load(text), default=str))
        return json.dumps(mutated(value, rng), ensure_ascii=False, indent=rng.choice((None, 1)))
    for _ in range(rng.choice((1, 1, 2, 4))):
        start = rng.randrange(len(text) + 1)
        stop = min(len(text), start + rng.choice((0, 0, 1, 5, 40)))
        put = rng.choice((rng.choice(SNIPPETS), text[start:stop] * 2, "", str(rng.choice(VALUES))))
        text = text[:start] + put + text[stop:]
    return text


def _overrides(rng: random.Random) -> list[str]:
    if rng.random() < 0.8:
        return []
    return [f"{rng.choice(OVERRIDES)}{rng.choice(('=', ''))}{rng.choice((rng.choice(SNIPPETS), '1', '[a]', '{a: b}'))}"]


def main(count: str = "1000", seed: str = "0") -> int:
    """Fuzz; the exit code says whether something was wrong."""
    return fuzz(int(count), int(seed)).told(int(count))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
