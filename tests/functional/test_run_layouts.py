"""A sentence-transformers folder from suite to page: its layers, its prompts by side, what the suite says instead."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.events import EncoderFact
from harness.results import Run
from tests.fakes.desk import Desk, Watched, failed, write_csv

PROMPTS = {"query": "ask: ", "document": "tell: ", "sort": "sort: "}
SUITE = """
name: sides
encoders: [{name: own, checkpoint: ./trained}, {name: bare, checkpoint: ./trained, prefix: ""}]
poolers: [mean, cls]
modes: [zero-shot, probe, finetune: {epochs: 1}]
tasks:
  - {name: help, kind: retrieval, data: help.csv, query: question, document: answer}
  - {name: reviews, data: reviews.csv}
conditions: [keyboard, max-length: {tokens: 8}]
exclude: [{mode: finetune, condition: keyboard*}]
max_samples: {train: 40, test: 30}
baselines: []
latency: false
device: cpu
"""
N = 20


def dressed(folder: Path, n_out: int = 9) -> Path:
    """The tiny encoder as sentence-transformers saves it: mean pooling, a Dense layer, prompts."""
    from safetensors.numpy import save_file

    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense")]
    modules = [{"path": path, "type": f"sentence_transformers.models.{kind}"} for path, kind in kinds]
    files: dict[str, Any] = {
        "modules.json": modules,
        "1_Pooling/config.json": {"pooling_mode_mean_tokens": True},
        "2_Dense/config.json": {"in_features": 32, "out_features": n_out, "bias": False},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "default_prompt_name": "sort"},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    weight = np.random.default_rng(n_out).normal(size=(n_out, 32)).astype(np.float32)
    save_file({"linear.weight": weight}, folder / "2_Dense/model.safetensors")
    return folder


@pytest.fixture
def sides(desk: Desk) -> tuple[Run, Watched]:
    dressed((desk.path / "one").rename(desk.path / "trained"))
    rows = [(f"where is thing {i}", f"thing {i} is in room {i}") for i in range(N)]
    write_csv(desk.path / "help.csv", rows, ("question", "answer"))
    watched = Watched()
    return desk.run(SUITE, watch=watched), watched


def test_a_folder_with_layers_and_prompts_runs_from_suite_to_page(sides: tuple[Run, Watched], desk: Desk) -> None:
    run, watched = sides
    assert failed(run) == {}
    about = run.manifest["encoders"]
    assert about["own"]["prefix"] == {"text": "sort: ", "query": "ask: ", "corpus": "tell: "}
    assert "prefix" not in about["bare"]
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "24 tokens, “sort: ” before a text, “ask: ” before a query, “tell: ” before a document" in page
    assert "trained with mean pooling and Dense (Dense left out under other poolers and in fine-tuning)" in page
    # each distinct text once a prefix and a length, documents never as queries; perturbed ones where they are others
    changed = {c.address.task: c.facts.texts_changed for c in run.cells if c.kind == "perturbation"}
    n_changed = round(changed["help"] * N + changed["reviews"] * 30)
    misses = max(fact.facts.get("cache", {"misses": 0})["misses"] for fact in watched.of(EncoderFact))
    assert misses == 2 * (2 * (2 * N + 40 + 30) + n_changed)
    for cell in run.cells:
        facts = cell.facts
        if cell.address.condition == "clean":
            assert facts.identity.max_abs_difference < 1e-4
            assert facts.identity.n_predictions_changed == 0
        elif cell.address.mode != "finetune":
            assert 0 <= cell.ids_unchanged < 1


def test_the_layers_count_and_so_do_the_prompts(sides: tuple[Run, Watched]) -> None:
    """The same checkpoint under four readings and poolings has four results."""
    run, _ = sides
    clean = [c for c in run.cells if c.address.condition == "clean" and c.address.mode == "zero-shot"]
    found = {tuple(run.outcomes(c.key).score.tolist()) for c in clean}
    assert len(clean) == len(found) == 4


def test_folders_of_one_transformer_are_read_each_with_its_own_layers(desk: Desk) -> None:
    """They share a checkpoint, and so a job and a cache: each row is what it is alone."""
    for name, n_out in (("wide", 9), ("narrow", 5)):
        dressed(shutil.copytree(desk.path / "one", desk.path / name), n_out)
    suite = """
name: shared
encoders: [%s]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
baselines: []
latency: false
device: cpu
"""
    together = desk.run(suite % "./one, ./wide, ./narrow", "together", cache=False)
    assert failed(together) == {}
    for name in ("./narrow", "./wide", "./one"):
        alone = desk.run(suite % name, f"alone{name[1:]}", cache=False)
        key = alone.cells[0].key
        np.testing.assert_allclose(together.outcomes(key).score, alone.outcomes(key).score, atol=1e-5)
    assert len({tuple(together.outcomes(c.key).score.tolist()) for c in together.cells}) == 3
