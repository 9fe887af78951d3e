"""Several labels a text, from file to gate."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from harness.core.data import Outcomes
from harness.metrics.labels import labels_of
from harness.results.outcomes import OutcomeReader, Places
from tests.fakes.command import Command
from tests.fakes.desk import Desk, failed, results, reviews, write_csv

SUITE = """
name: tags
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes:
  - probe
  - {name: weak, mode: probe, head: logistic}
  - {name: ft, mode: finetune, epochs: 20, encoder_lr: 1.0e-3, head_lr: 1.0e-2}
  - {name: lp, mode: lp-ft, epochs: 0.01, encoder_lr: 0, head_lr: 0, validation: 0}
  - zero-shot
tasks: [{name: tags, kind: multi-label, data: tags.csv, label: tags, separator: ";", domain: shop}]
conditions: [keyboard, domain: {test: [barber]}, rare-words]
latency: false
device: cpu
"""


@pytest.fixture
def tagged(desk: Desk) -> Desk:
    """Texts are `good` or not, and `odd` where they have a rare word."""
    rows = []
    for text, label, shop in reviews():
        tags = ["good"] * (label == "good") + ["odd"] * ("usual" not in text)
        rows.append((text, ";".join(tags), shop))
    write_csv(desk.path / "tags.csv", rows, ("text", "tags", "shop"))
    return desk


def test_several_labels_run_from_file_to_page_and_gate(
    tagged: Desk, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tagged.run(SUITE, "accepted")
    assert failed(run) == {}
    assert {dropped["what"] for dropped in run.manifest["dropped"]} == {"zero-shot on tags"}
    rows = {(row["encoder"], row["mode"]): row for row in results(run) if row["condition"] == "clean"}
    assert rows["one", "probe"]["value"] == rows["one", "weak"]["value"]  # the head that is taken by itself
    assert rows["one", "lp"]["value"] == rows["one", "probe"]["value"]  # what it begins with, at rates of 0
    assert float(rows["one", "ft"]["value"]) > float(rows["majority", "–"]["value"])
    assert float(rows["tfidf", "–"]["value"]) > float(rows["majority", "–"]["value"])
    cell = next(c for c in run.cells if c.address.encoder == "one" and c.address.condition == "clean")
    outcomes = run.outcomes(cell.key)
    gold, said = (
        np.array([[name in labels_of(text) for name in ("good", "odd")] for text in column])
        for column in (outcomes.gold, outcomes.prediction)
    )
    assert cell.scores["micro-f1"].value == pytest.approx(f1_score(gold, said, average="micro"))
    assert cell.scores["macro-f1-labels"].value == pytest.approx(f1_score(gold, said, average="macro"))
    scores = np.stack([outcomes.sums[f"score {name}"] for name in ("good", "odd")], axis=1)
    expected = average_precision_score(gold, scores, average="macro")
    assert cell.scores["macro-average-precision"].value == pytest.approx(expected)
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "2 (good, odd)" in page
    assert "macro F1 over labels" in page
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "first").code == 0
    assert "score good" not in (tagged.path / "b.json").read_text(encoding="utf-8")
    said_by_gate = command("gate", "accepted", "--baseline", "b.json")
    assert said_by_gate.code == 0, said_by_gate.out
    assert "0 other cells changed" in said_by_gate.out

    real = OutcomeReader._read

    def worse(self: OutcomeReader, places: Places | None) -> Outcomes:
        made = real(self, places)
        assert made is not None
        return replace(made, prediction=np.full(len(made), "[]"))

    monkeypatch.setattr(OutcomeReader, "_read", worse)
    said_by_gate = command("gate", "accepted", "--baseline", "b.json")
    assert said_by_gate.code == 1, said_by_gate.out
    assert "regressed" in said_by_gate.out
