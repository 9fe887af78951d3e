"""Protocols of a probe in a suite: draws as repeats, texts that take turns, what the page says of both."""

import pytest

from harness.modes import protocols
from tests.fakes.desk import Desk, tables

SUITE = """
name: protocols
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes:
  - {name: turns, mode: probe, protocol: senteval}
  - {name: few, mode: probe, protocol: few-shot, per_label: 4, draws: 3, head: nearest-centroid}
  - {name: mteb, mode: probe, protocol: mteb, per_label: 60, draws: 2}
tasks: [{name: reviews, data: reviews.csv}]
baselines: [majority]
conditions: [keyboard]
latency: false
device: cpu
"""


def test_a_suite_takes_protocols_and_its_page_says_what_they_did(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "N_FOLDS", 3)
    monkeypatch.setattr(protocols, "C_GRID", (1.0,))
    run = desk.run(SUITE)
    cells = [cell for cell in run.cells if cell.kind == "clean"]
    repeats = {(cell.address.mode, str(cell.address.repeat)): cell for cell in cells}
    assert {repeat for mode, repeat in repeats if mode == "few"} == {"train=0", "train=1", "train=2"}
    assert {repeat for mode, repeat in repeats if mode == "mteb"} == {"train=0", "train=1"}
    assert repeats["turns", "–"].n == 150  # all texts, where a test side has 44
    assert repeats["–", "–"].n == 150
    assert repeats["few", "train=0"].n == 44
    assert len({cell.scores["accuracy"].value for (mode, _), cell in repeats.items() if mode == "few"}) > 1
    assert repeats["turns", "–"].scores["accuracy"].value > 0.6
    assert repeats["turns", "–"].facts.identity.n_predictions_changed == 0
    page = tables(run)
    assert "3 draws" in page
    assert "few follows the protocol few-shot (per label 4, draws 3)." in page
    assert "all 150 texts are tested in rows of turns" in page
    assert "mteb: 2 labels with fewer training texts than it asks for" in page
