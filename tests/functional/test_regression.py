"""A number of one text, from file to gate: what is predicted, what is lost where lower is better, what is refused."""

from collections.abc import Sequence

import numpy as np
import pytest

from harness.results import Run
from tests.fakes.command import Command
from tests.fakes.desk import Desk, failed, results, reviews, write_csv

SUITE = """
name: stars
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe, zero-shot, {name: finetune, mode: finetune, epochs: 1}]
exclude: [{mode: finetune, condition: domain}]
tasks: [{name: stars, kind: regression, data: stars.csv, score: stars, domain: shop, metrics: METRICS}]
conditions: [keyboard, max-length: {tokens: 8}, domain: {test: [barber]}, rare-words]
gate: {margin: 0.0, thresholds: [{metric: mae, max: 5}, {drop: keyboard@3, max: 0}]}
latency: false
device: cpu
"""


def stars() -> list[Sequence[str]]:
    """(text, number, shop): kind words have large numbers."""
    return [
        (text, f"{(4.5 if label == 'good' else 1.5) + i % 7 / 10:.1f}", shop)
        for i, (text, label, shop) in enumerate(reviews())
    ]


@pytest.fixture
def rated(desk: Desk) -> Desk:
    write_csv(desk.path / "stars.csv", stars(), ("text", "stars", "shop"))
    return desk


def rows(run: Run, condition: str = "clean") -> dict[str, dict[str, str]]:
    found = [row for row in results(run) if row["condition"] == condition and row["mode"] != "finetune"]
    return {row["encoder"]: row for row in found}


def test_numbers_run_from_file_to_page_and_gate_where_lower_is_better(rated: Desk, command: Command) -> None:
    suite = SUITE.replace("METRICS", "[mae, rmse, spearman, pearson]")
    run = rated.run(suite, "accepted")
    assert failed(run) == {}
    assert {dropped["what"] for dropped in run.manifest["dropped"]} == {"zero-shot on stars"}
    trained = next(c for c in run.cells if c.address.mode == "finetune" and c.address.condition == "clean")
    assert trained.scores["mae"].value is not None
    clean, worse = rows(run), rows(run, "keyboard@3")
    for name in ("one", "tfidf"):
        assert float(clean[name]["value"]) < float(clean["majority"]["value"])
        assert float(clean[name]["spearman"]) > 0.5
    assert float(clean["majority"]["value"]) == pytest.approx(1.5, abs=0.1)
    lost = float(worse["tfidf"]["value"]) - float(clean["tfidf"]["value"])
    assert lost > 0
    assert float(worse["tfidf"]["drop"]) == pytest.approx(lost, abs=1e-5)
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "mean absolute error" in page
    cell = next(c for c in run.cells if c.address.condition == "clean" and c.address.mode == "probe")
    outcomes = run.outcomes(cell.key)
    assert cell.scores["mae"].value == pytest.approx(np.abs(outcomes.gold - outcomes.prediction).mean())
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "first").code == 0
    said = command("gate", "accepted", "--baseline", "b.json")
    assert "MAE" in said.out or "mean absolute error" in said.out
    assert "missed" in said.out  # the drop: errors grow, which is a loss


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (["3"] * 40, "rows of the train side have the number 3 in column 'stars'; expected at least two numbers"),
        ([*["1", "2"] * 20, "many"], "row 42: column 'stars' is 'many'; expected a number"),
        ([*["1", "2"] * 20, "inf"], "column 'stars' is 'inf'; expected a number"),
    ],
)
def test_what_no_number_can_be_is_told_before_any_work(
    rated: Desk, command: Command, numbers: list[str], said: str
) -> None:
    made = [(f"text number {i}", number, "shop") for i, number in enumerate(numbers)]
    write_csv(rated.path / "stars.csv", made, ("text", "stars", "shop"))
    rated.suite(SUITE.replace("METRICS", "[mae]").replace(", domain: {test: [barber]}, rare-words", ""))
    found = command("plan", "suite.yaml")
    assert found.code == 2
    assert said in found.out + found.err
