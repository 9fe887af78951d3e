"""The JSON schema of suites, as an editor uses it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from annotated_types import Interval
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from harness.catalogue import catalogue
from harness.core.registry import Catalogue, component
from harness.suite.json_schema import json_schema

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "suites").glob("*.yaml"))
README = re.findall(r"```yaml\n(name:.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
BASE = "name: x\nencoders: [minilm]\ntasks: [bbc-topics]\n"


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(json.dumps(json_schema(catalogue())))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def wrong(validator: Draft202012Validator, text: str) -> list[str]:
    """Where the schema finds fault with a YAML text."""
    return [".".join(map(str, error.path)) for error in validator.iter_errors(YAML(typ="safe").load(text))]


@pytest.mark.parametrize("text", [*(path.read_text(encoding="utf-8") for path in SHIPPED), *README])
def test_suites_are_of_the_schema(validator: Draft202012Validator, text: str) -> None:
    assert wrong(validator, text) == []


SOUND = [
    "poolers: [mean, cls+mean, {mean: {layers: [-1, -2]}}, {name: last two, pooler: mean, layers: [-2]}, {max: null}]",
    "modes: [{probe: {head: logistic}}, {finetune: {epochs: [1, 2.5], precision: bf16}}]",
    "conditions: [misspellings, {keyboard: {severity: [1, 3]}}, {name: mine, condition: truncate, keep: 1}]",
    "conditions: [{keyboard: {severity: 2, apply: train}}]",
    "modes: [{probe: {head: null}}]",
    "modes: [{name: few, mode: probe, protocol: few-shot, per_label: [4, 8], head: {knn: {k: [1, 5]}}}]",
    "max_samples: {train: [50, 200, null], test: 100}",
    "encoders: [{name: minilm, prefix: {query: 'query: ', document: 'passage: '}}]",
    "encoders: [{name: minilm, truncation: head+tail}, {name: b, checkpoint: minilm, truncation: windows}]",
    "encoders: [{name: minilm, truncation: {read: windows, stride: 0.5, aggregate: max}}]",
    "conditions: [tail, head+tail, {windows: {aggregate: [mean, max], stride: 0.5}}, {length: {share: 0.1}}]",
    "latency: false",
    "latency: {scenarios: [offline]}",
    "exclude: [{task: bbc-*, mode: probe}]",
    "encoders: [{name: small, checkpoint: minilm, prefix: 'query: ', cut: {layers: [0, 1]}}, {checkpoint: a/b}]",
    "tasks: [{name: a, data: a.csv, text: [b, c], metrics: [macro-f1], min_class: 20, time: {column: d, as: shift}}]",
    "tasks: [{name: a, kind: retrieval, queries: q.jsonl, corpus: c.jsonl, relevance: r.tsv}, vader-sentiment/tweets]",
]
WRONG = {
    "conditionss: []": "",
    "poolers: [maen]": "poolers.0",
    "poolers: [cls+maen]": "poolers.0",
    "poolers: [{mean: {layer: [1]}}]": "poolers.0",
    "poolers: [{name: mine, pooler: mean, layer: [1]}]": "poolers.0",
    "modes: [{finetune: {epochs: 0}}]": "modes.0",
    "modes: [{finetune: {precision: fp8}}]": "modes.0",
    "modes: [{probe: {head: logistics}}]": "modes.0",
    "conditions: [{keyboard: {severity: [1, 7]}}]": "conditions.0",
    "conditions: [{keyboard: {}, truncate: {}}]": "conditions.0",
    "encoders: [{name: a, max_len: 12}]": "encoders.0",
    "encoders: [{name: a, cut: {}}]": "encoders.0",
    "encoders: [{revision: abc}]": "encoders.0",
    "encoders: [{name: a, prefix: {passage: 'p: '}}]": "encoders.0",
    "conditions: [{keyboard: {apply: never}}]": "conditions.0",
    "encoders: [{name: a, truncation: middle}]": "encoders.0",
    "encoders: [{name: a, truncation: {read: windows, stride: 2}}]": "encoders.0",
    "conditions: [{windows: {stride: 0}}]": "conditions.0",
    "encoders: [{name: a, backend: tensorflow}]": "encoders.0",
    "tasks: [{name: a, data: a.csv, lable: b}]": "tasks.0",
    "tasks: [{name: a, data: a.csv, metrics: [f1]}]": "tasks.0",
    "tasks: [{name: a, data: a.csv, kind: ranking}]": "tasks.0",
    "baselines: [majorty]": "baselines.0",
    "seed: -1": "seed",
    "latency: {requests: 9}": "latency",
}


@pytest.mark.parametrize("text", SOUND)
def test_what_the_loader_takes_the_schema_takes(
    validator: Draft202012Validator, faults: Callable[[str], list[str]], text: str
) -> None:
    text = _in_a_suite(text)
    assert wrong(validator, text) == []
    assert faults(text) == []


@pytest.mark.parametrize("text", WRONG)
def test_what_the_schema_refuses_the_loader_refuses(
    validator: Draft202012Validator, faults: Callable[[str], list[str]], text: str
) -> None:
    assert wrong(validator, _in_a_suite(text)) == [WRONG[text]]
    assert len(faults(_in_a_suite(text))) >= 1


def _in_a_suite(text: str) -> str:
    key = text.split(":")[0]
    return "".join(line for line in BASE.splitlines(keepends=True) if not line.startswith(f"{key}:")) + text


def test_names_carry_what_their_docstring_says(validator: Draft202012Validator) -> None:
    names = validator.schema["properties"]["conditions"]["items"]["anyOf"]
    (keyboard,) = (one for one in names if one.get("const") == "keyboard")
    assert keyboard["description"].startswith(catalogue().get("perturbation", "keyboard").summary)


@component("pooler", "odd")
def odd(states: Any, *, component: Annotated[float, Interval(gt=0)], names: tuple[str, ...] = ()) -> Any:
    """A parameter that must be given, beyond a bound that it may not be; one is called as the schema's own mark."""


def test_components_of_any_make_are_in_it() -> None:
    known = Catalogue([odd.component, catalogue().get("task-kind", "classification")])  # type: ignore[attr-defined]
    validator = Draft202012Validator(json.loads(json.dumps(json_schema(known))))
    start = "name: x\ntasks: [a]\npoolers: "
    assert wrong(validator, f"{start}[{{odd: {{component: 0.1, names: [a]}}}}, {{odd: {{component: [1, 2]}}}}]") == []
    assert wrong(validator, f"{start}[{{odd: {{component: 0}}}}, {{odd: {{}}}}, mean]") == [
        "poolers.0",
        "poolers.1",
        "poolers.2",
    ]


PLUGIN = '''
from harness.poolers import pooler


@pooler("second-token")
def second_token(states):
    """The second token's state."""
    return states.hidden[:, 1]
'''


@pytest.mark.processes
def test_the_command_prints_it_with_the_components_of_plugins(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PLUGIN)
    command = [sys.executable, "-m", "harness", "schema", "--plugin", "mine.py"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    validator = Draft202012Validator(json.loads(done.stdout))
    assert wrong(validator, f"{BASE}poolers: [second-token]") == []
    assert "The second token's state." in done.stdout
