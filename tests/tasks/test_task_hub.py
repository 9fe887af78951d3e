"""Data sets of the hub as they are there: of several configs, with splits without labels, with objects and lists."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.hub import Repo, serve

pytestmark = pytest.mark.processes

#: The hub's libraries read their settings when they are imported, so the look is a process of its own.
LOOK = """
import json, sys
from pathlib import Path
from harness import audit, tasks
from harness.core.errors import HarnessError

def task(repo, **fields):
    label = {} if "kind" in fields else {"label": "label"}
    made = tasks.resolve({"name": "t", "data": f"hub:{repo}", **label, **fields}, Path())
    info = tasks.describe(made)
    return {"n": [info.n_train, info.n_test], "labels": info.labels, "notes": info.notes, "source": info.source}

def init(repo, config=None):
    source = audit.read(f"hub:{repo}", config)
    columns = audit.guess(source, {})
    return {"text": columns.text, "label": columns.label, "config": source.config, "not used": source.not_used(),
            "n": [source.sizes.get("train"), len(source.numbers)]}

def tried(look, repo, fields):
    try:
        return globals()[look](repo, **fields)
    except HarnessError as error:
        return {"said": str(error)}

print(json.dumps([tried(*what) for what in json.loads(sys.argv[1])]))
"""
CONFIGS = b"""---
configs:
- {config_name: alpha, data_files: [{split: train, path: alpha/train.jsonl}]}
- {config_name: beta, data_files: [{split: train, path: beta/train.jsonl}]}
---
"""
TAGGED = b"""---
dataset_info:
  features:
  - {name: tokens, sequence: string}
  - name: ner_tags
    sequence:
      class_label: {names: {'0': O, '1': B-place, '2': I-place}}
---
"""
SPLITS = b"""---
configs:
- config_name: default
  data_files:
  - {split: train, path: train.jsonl}
  - {split: validation, path: validation.jsonl}
  - {split: test, path: test.jsonl}
---
"""


def lines(n: int, what: str, **more: Any) -> bytes:
    rows = [
        {"text": f"{what} text {i} is about {'money' if i % 2 else 'a parcel'} and more", "label": i % 2, **more}
        for i in range(n)
    ]
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What is said of four data sets, by what was asked."""
    home = tmp_path_factory.mktemp("home")
    alpha, beta = lines(30, "alpha"), lines(40, "beta")
    sides = {"train.jsonl": lines(40, "train"), "validation.jsonl": lines(20, "validation")}
    nested = [
        {"data": {"text": f"row {i} is about {'money' if i % 2 else 'a parcel'}"}, "tokens": ["a"], "label": i % 2}
        for i in range(30)
    ]
    several = [{"text": f"row {i} of words", "tags": [["joy"], [], ["joy", "fear"]][i % 3], "query": f"what is {i}",
                "positive": [f"it is {i}"], "negative": [f"or {i}", "or not"]} for i in range(30)]  # fmt: skip
    tagged = [{"tokens": ["to", "Port", f"E{i}"], "ner_tags": [0, 1, 2]} for i in range(30)]
    repos = [
        Repo("datasets", "acme/configs", {"README.md": CONFIGS, "alpha/train.jsonl": alpha, "beta/train.jsonl": beta}),
        Repo("datasets", "acme/hidden", {"README.md": SPLITS, **sides, "test.jsonl": lines(20, "test", label=-1)}),
        Repo("datasets", "acme/nested", {"train.jsonl": "\n".join(map(json.dumps, nested)).encode()}),
        Repo("datasets", "acme/several", {"train.jsonl": "\n".join(map(json.dumps, several)).encode()}),
        Repo(
            "datasets",
            "acme/tagged",
            {"README.md": TAGGED, "train.jsonl": "\n".join(map(json.dumps, tagged)).encode()},
        ),
        Repo("datasets", "acme/script", {"script.py": b"raise SystemExit"}),
    ]
    asked = {
        "no config": ("task", "acme/configs", {}),
        "wrong config": ("task", "acme/configs", {"config": "gamma"}),
        "config": ("task", "acme/configs", {"config": "beta"}),
        "init without": ("init", "acme/configs", {}),
        "init with": ("init", "acme/configs", {"config": "alpha"}),
        "hidden": ("task", "acme/hidden", {}),
        "only validation": ("task", "acme/hidden", {"validation_split": "validation"}),
        "init hidden": ("init", "acme/hidden", {}),
        "nested": ("task", "acme/nested", {"text": "data.text"}),
        "init nested": ("init", "acme/nested", {}),
        "list": ("task", "acme/nested", {"text": "tokens"}),
        "labels": ("task", "acme/several", {"kind": "multi-label", "label": "tags"}),
        "candidates": ("task", "acme/several", {"kind": "reranking", "label": None}),
        "tagged": ("task", "acme/tagged", {"kind": "tagging", "tags": "ner_tags"}),
        "script": ("task", "acme/script", {}),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {"HF_HOME": str(home / "hf"), "HARNESS_CACHE": str(home / "harness")}
    environment |= {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    with serve(*repos) as hub:
        done = subprocess.run(
            [sys.executable, "-c", LOOK, json.dumps(list(asked.values()))],
            env={**environment, "HF_ENDPOINT": hub.url}, cwd=home, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip(asked, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("asked", ["no config", "wrong config", "init without"])
def test_configs_are_named_in_our_words(seen: dict[str, dict[str, Any]], asked: str) -> None:
    said = seen[asked]["said"]
    assert "hub:acme/configs is of several configs" in said
    assert "They are: alpha, beta. Say which: `config: alpha` in a task, `--config alpha` for init." in said
    assert "load_dataset" not in said


def test_a_config_that_is_named_is_read(seen: dict[str, dict[str, Any]]) -> None:
    assert sum(seen["config"]["n"]) == 40
    assert seen["config"]["source"].endswith("#beta")
    assert seen["init with"]["config"] == "alpha"
    assert seen["init with"]["n"] == [None, 30]


def test_a_test_split_without_labels_gives_way_to_validation(seen: dict[str, dict[str, Any]]) -> None:
    """Its labels are -1 throughout, and plain numbers."""
    assert seen["hidden"]["n"] == [40, 20]
    assert "split 'test' has no labels and is not used" in seen["hidden"]["notes"]
    assert "trained on split 'train', tested on 'validation'" in seen["hidden"]["notes"]
    assert seen["init hidden"]["n"] == [40, 60]


def test_a_validation_split_that_leaves_no_test_side_is_not_passed_over(seen: dict[str, dict[str, Any]]) -> None:
    said = seen["only validation"]["said"]
    assert "`validation_split` 'validation' leaves one split to train and test on." in said
    assert "The splits that have labels are train, validation. Name a `test_split`" in said


def test_lists_are_labels_and_candidates(seen: dict[str, dict[str, Any]]) -> None:
    assert sum(seen["labels"]["n"]) == 30
    assert seen["labels"]["labels"] == ["fear", "joy"]
    assert seen["candidates"]["n"] == [0, 30]
    assert "3.0 candidates a query" in seen["candidates"]["notes"]


def test_objects_are_read_by_path_and_lists_named(seen: dict[str, dict[str, Any]]) -> None:
    assert sum(seen["nested"]["n"]) == 30
    assert seen["init nested"]["text"] == ["data.text"]
    assert "not used: 'tokens' (lists: several labels a text are for" in seen["init nested"]["not used"][0]
    assert "column 'tokens' holds lists: several labels a text are for" in seen["list"]["said"]


def test_tags_that_are_numbers_of_classes_are_read_by_their_names(seen: dict[str, dict[str, Any]]) -> None:
    assert sum(seen["tagged"]["n"]) == 30
    assert "30 entities of 1 type: 'place' (30)" in seen["tagged"]["notes"]


def test_a_data_set_script_is_not_run_and_its_copy_is_named(seen: dict[str, dict[str, Any]]) -> None:
    """As CogComp/trec is on its main branch."""
    said = seen["script"]["said"]
    assert "hub:acme/script is a data set script, which is not run." in said
    assert "`revision: refs/convert/parquet`" in said
