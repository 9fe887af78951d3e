"""A student from suite to page: taught in a run, named as what it is, beside its teacher; killed, it ends the same."""

import json
import signal
from pathlib import Path

import pytest

from harness.tasks import lessons
from tests.fakes.desk import Desk, failed
from tests.fakes.kills import run_and_be_killed

pytestmark = pytest.mark.assets

SUITE = """
name: students
encoders:
  - {name: one, checkpoint: ./one}
  - {name: small, distil: {teacher: one, family: distilbert, layers: 1, steps: 4, batch_size: 8, lr: 0.001}}
  - {name: by-first, distil: {teacher: one, family: roberta, layers: [0], pooler: cls, steps: 2, batch_size: 8}}
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
baselines: []
latency: false
device: cpu
"""


def test_a_student_runs_from_suite_to_page(desk: Desk) -> None:
    run = desk.run(SUITE)
    assert failed(run) == {}
    told = {name: row for name, row in run.manifest["encoders"].items() if name != "one"}
    assert {name: (row["family"], row["teacher"]) for name, row in told.items()} == {
        "small": ("distilbert", "one"),
        "by-first": ("roberta", "one"),
    }
    assert "distil(" in told["small"]["weights"]
    builds = {build.encoder: build for build in run.builds}
    assert [point.step for point in builds["small"].curve] == [1, 2, 3, 4]
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "of its teacher" in page
    assert "the share of the teacher's score above chance that a student keeps" in page
    store = desk.path.parent / "cache/checkpoints"
    for name, family, layers in (("small", "distilbert", "n_layers"), ("by-first", "roberta", "num_hidden_layers")):
        folder = store / builds[name].checkpoint
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        assert (config["model_type"], config[layers]) == (family, 1)
        assert not folder.with_name(f"{folder.name}.begun").exists()


def test_the_same_student_is_built_again_from_nothing(desk: Desk) -> None:
    weights = []
    for out in ("a", "b"):
        run = desk.run(SUITE, out=out, cache=False)
        weights.append({build.encoder: build.facts.weights for build in run.builds})
    assert weights[0] == weights[1]
    assert None not in weights[0].values()


@pytest.mark.processes
def test_killed_while_it_is_taught_a_student_ends_with_the_same_weights(desk: Desk) -> None:
    assert run_and_be_killed(desk, SUITE, "torch.optim:AdamW.step", 3) == -signal.SIGKILL
    resumed, whole = desk.run(SUITE), desk.run(SUITE, out="whole", cache=False)
    assert {b.checkpoint: b.facts.weights for b in resumed.builds} == {
        b.checkpoint: b.facts.weights for b in whole.builds
    }
    left = {folder.suffix for folder in (desk.path.parent / "cache/checkpoints").iterdir()}
    assert left <= {"", ".lock", ".name"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("layers: 3", "layers: 3 cannot be taken from 'small', which has 2: 0 to 1"),
        ("layers: [0, 5]", "cannot be taken from 'small', which has 2: 0 to 1"),
        ("layers: [-1]", "cannot be taken from 'small', which has 2: 0 to 1"),
    ],
)
def test_layers_that_are_not_there_are_told_before_anything_is_trained(desk: Desk, given: str, said: str) -> None:
    run = desk.run(SUITE.replace("layers: 1", given))
    assert {cell.address.encoder: cell.why for cell in run.cells if cell.status == "failed"}["small"].count(said)


def test_a_teacher_that_is_wider_is_told_before_anything_is_trained(desk: Desk) -> None:
    from transformers import AutoModel, AutoTokenizer, BertConfig

    tokenizer = AutoTokenizer.from_pretrained(desk.path / "one")
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    AutoModel.from_config(BertConfig(vocab_size=len(tokenizer), **sizes)).save_pretrained(desk.path / "narrow")
    tokenizer.save_pretrained(desk.path / "narrow")
    run = desk.run(
        SUITE.replace("teacher: one, family: distilbert", "teacher: one, family: bert").replace(
            "{name: small,", "{name: small, checkpoint: ./narrow,"
        )
    )
    said = {cell.address.encoder: cell.why for cell in run.cells if cell.status == "failed"}
    assert "teacher 'one' gives vectors of 32 dimensions, and a student of 'small' has 8" in said["small"]
    assert "by-first" not in said


def test_what_is_learnt_from_is_on_no_test_side() -> None:
    from harness import tasks
    from harness.tasks.pool import pool_of
    from harness.tasks.sources import content_hash

    found = lessons.read()
    whole = set(found.whole)
    for name in ("vader-sentiment", "bbc-topics", "bbc-headlines"):
        task = tasks.resolve(name, Path())
        pool = pool_of(task, content_hash(task.source))
        assert whole.isdisjoint(item.text for item in pool.test)
        tested = {item.cluster for item in pool.test}
        assert not any(item.text in whole and item.cluster in tested for item in pool.train)
    assert len(found.pieces) > 15_000
    assert found.drawn(5, 0) == found.drawn(9, 0)[:5] != found.drawn(5, 1)
    assert len(lessons.content()) == 32


def test_the_texts_decide_the_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness import api
    from harness.runner.prepare import prepare

    desk.suite(SUITE)
    before = prepare(api.suite("suite.yaml")).resolved.encoders["small"].checkpoint
    monkeypatch.setattr(lessons, "LESSONS_VERSION", 99)
    after = prepare(api.suite("suite.yaml")).resolved.encoders["small"].checkpoint
    assert before.key != after.key
    assert before.source == after.source
