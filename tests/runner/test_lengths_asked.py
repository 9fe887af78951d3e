"""Maximum lengths that are percentiles: what stands in a suite, and what comes of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import EncoderError
from harness.encoders import EncoderSpec, resolve
from harness.encoders.tokenizer import count_tokens
from harness.runner import lengths
from harness.runner.prepare import prepare
from harness.suite.load import parse
from tests.fakes.desk import reviews, write_csv
from tests.fakes.encoders import MAX_LENGTH, tiny_encoder

SUITE = """
name: reviews
encoders:
  - {name: short, checkpoint: ./tiny-bert, max_length: {text: p50}}
  - {name: most, checkpoint: ./tiny-bert, max_length: p100}
  - {name: given, checkpoint: ./tiny-bert, max_length: 12}
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
latency: false
device: cpu
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    tiny_encoder("bert", tmp_path)
    write_csv(tmp_path / "reviews.csv", [(text.split(" and ")[0], *rest) for text, *rest in reviews()])
    return tmp_path


def test_a_percentile_is_that_of_the_training_texts(folder: Path) -> None:
    from harness import tasks
    from harness.catalogue import catalogue

    suite = parse(SUITE, str(folder / "suite.yaml"), catalogue())
    prepared = prepare(suite)
    task, info = prepared.resolved.tasks["reviews"], prepared.resolved.infos["reviews"]
    texts = tasks.load(task, tasks.make_split(task, info, "train")).text
    counts = sorted(count_tokens(prepared.resolved.encoders["given"], texts))
    read = {name: one.tokenization.max_length for name, one in prepared.resolved.encoders.items()}
    assert read["short"] in counts
    assert sum(n <= read["short"] for n in counts) >= len(counts) / 2
    assert (read["most"], read["given"]) == (min(MAX_LENGTH, counts[-1]), 12)
    told = [lengths.percentiles(spec) for spec in suite.encoders]
    assert told == ["p50 of a text", "p100", ""]


def test_without_texts_a_percentile_is_refused_and_what_to_do_is_said(folder: Path) -> None:
    spec = EncoderSpec("one", "./tiny-bert", max_length="p95")
    with pytest.raises(EncoderError, match=r"max_length p95 cannot be told: there are no texts.*Give a number"):
        resolve(spec, folder)
    assert resolve(replace(spec, max_length={"query": 9}), folder).readings["query"].max_length == 9
