"""The four shipped suites of tagging, similarity, retrieval and the funnel, with tiny encoders and samples."""

import re

import pytest

from harness import api
from tests.fakes.desk import Desk, failed

pytestmark = pytest.mark.assets

#: Encoders that take the place of those that must be built or fetched.
TINY = {"minilm": "./one", "minilm-3layers": "./two", "roberta-minilm": "./two"}
SMALL = ["max_samples.train=40", "max_samples.test=24", "latency=false", "device=cpu"]
#: A row of each, beside those of the packaged baselines.
ROWS = {
    "tagging": "synthetic-ner / minilm-3layers / word-mean / finetune / clean",
    "similarity": "bbc-leads / minilm / mean / zero-shot / rare-words",
    "retrieval": "bbc-headlines / minilm-prefixed / cls / zero-shot[normalize=false] / clean",
    "funnel": "vader-sentiment/tweets / minilm / max / probe / clean",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_suite_runs_as_it_is_shipped(desk: Desk, name: str) -> None:
    text = api.shipped()[name].read_text(encoding="utf-8")
    for encoder, folder in TINY.items():
        text = re.sub(rf"^  - {encoder}(?= |$)", f"  - {{name: {encoder}, checkpoint: {folder}}}", text, flags=re.M)
        text = text.replace(f"checkpoint: {encoder},", f"checkpoint: {folder},")
    text = text.replace("max_samples: {test: 300}", "max_samples: {train: null, test: 300}")
    run = desk.run(re.sub("max_length: {query: 32, document: [0-9]*}", "max_length: 8", text), overrides=SMALL)
    assert failed(run) == {}
    assert run.manifest["complete"]
    assert ROWS[name] in {str(cell.address) for cell in run.cells}
    assert [line["what"] for line in run.manifest["dropped"] if line["why"] == "matches nothing"] == []
