"""A metric that nobody knows, added from outside: all of a run, its tables and its gate take it."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import harness
from harness import gate
from harness.catalogue import catalogue
from harness.core.data import Outcomes
from harness.core.events import Progress
from harness.core.registry import Catalogue
from harness.metrics import Metric, metric, query_metric
from harness.metrics.declare import ratio
from harness.results import Run
from harness.results.outcomes import OutcomeReader, Places
from harness.scoring.classification import Classification
from tests.fakes.components import component_of
from tests.fakes.desk import SUITE, Desk, Watched, failed, results, reviews, tables, write_csv
from tests.fakes.gate_runs import accepted

FACTS: Any = {
    "unit": "of items",
    "range": (0.0, 1.0),
    "chance": lambda outcomes: 0.25,
    "targets": ("class",),
}


def _sure(outcomes: Outcomes) -> Any:
    """A column that the scoring of a throw-away kind of task would bring: here it is put in by the test."""
    return np.stack([np.nan_to_num(outcomes.sums["doubt"]), np.ones(len(outcomes))], axis=1)


@metric("doubtful", label="doubtful", columns=_sure, test="sign-flip", **FACTS)
def doubtful(sums: Any) -> Any:
    """The share of items in doubt."""
    return ratio(sums[..., 0], sums[..., 1])


def _right_and_score(outcomes: Outcomes) -> Any:
    return np.stack([(outcomes.gold == outcomes.prediction).astype(float), outcomes.score], axis=1)


@metric("covered", label="accuracy at half", columns=_right_and_score, form="items", test="bootstrap", **FACTS)
def covered(columns: Any, weights: Any) -> Any:
    """The accuracy over the half of the items with the highest scores."""
    order = np.argsort(-columns[:, 1], kind="stable")
    drawn = weights[:, order]
    before = np.cumsum(drawn, axis=1) - drawn
    kept = np.clip(drawn.sum(axis=1, keepdims=True) / 2 - before, 0, drawn)
    return ratio((kept * columns[order, 0]).sum(axis=1), kept.sum(axis=1))


@query_metric("success@15", label="success@15", chance=lambda n_relevant, n: min(15, n) / n, depth=15)
def success(found: Any) -> Any:
    """Whether an answer is among the first fifteen."""
    far = np.full(found.n_queries, np.inf)
    np.minimum.at(far, found.query, found.rank)
    return np.where(far <= 15, 1.0, 0.0)


@pytest.fixture
def with_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue with these metrics in it, wherever it is asked for."""
    more = [component_of(function) for function in (doubtful, covered, success)]
    known = Catalogue([*(c for kind in catalogue().kinds() for c in catalogue().of(kind).values()), *more])
    for module in _importers():
        monkeypatch.setattr(module, "catalogue", lambda: known)
    real = Classification.outcomes

    def doubting(*arguments: Any) -> Outcomes:
        made = real(*arguments)
        doubt = np.where(np.arange(len(made)) % 7 == 0, np.nan, made.score < 0.9)
        return replace(made, sums={"doubt": doubt})

    monkeypatch.setattr(Classification, "outcomes", doubting)


def _importers() -> list[Any]:
    import sys

    return [
        module
        for name, module in sys.modules.items()
        if name.split(".")[0] == "harness" and getattr(module, "catalogue", None) is catalogue
    ]


METRICS = "[macro-f1, covered, doubtful, accuracy, average-precision]"


@pytest.mark.usefixtures("with_more")
def test_metrics_that_nobody_knows_come_through_a_whole_run(desk: Desk) -> None:
    run = desk.run(SUITE.replace("domain: shop", f"domain: shop, metrics: {METRICS}"))
    done = [cell for cell in run.cells if cell.status == "done"]
    assert len(done) == len(run.manifest["plan"])
    again = harness.results.Run(run.path)
    rows = {row["key"]: row for row in results(run) if row["repeat"] != "pooled"}
    for cell in done:
        outcomes = again.outcomes(cell.key)
        assert np.isnan(outcomes.sums["doubt"][::7]).all() or cell.address.condition.startswith("rare")
        row = rows[cell.key]
        assert row["metric"] == "macro-f1"
        for function in (covered, doubtful):
            found = Metric(component_of(function))
            assert float(row[found.name]) == pytest.approx(found.value(outcomes), rel=1e-5)
            assert float(row[f"{found.name}_low"]) <= float(row[found.name]) <= float(row[f"{found.name}_high"])
        assert 0 < float(row["average-precision"]) <= 1
    frame = harness.load(run.path)
    assert frame["covered"].notna().all()
    page = (run.path / "index.html").read_text(encoding="utf-8")
    for label in ("macro F1", "accuracy at half", "doubtful", "average precision"):
        assert label in tables(run)
        assert label in page


@pytest.mark.usefixtures("with_more")
@pytest.mark.parametrize("first", ["covered", "doubtful"])
def test_the_gate_judges_by_them(desk: Desk, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same outcomes nothing is lost; with worse ones it is seen. Thresholds know them too."""
    suite = SUITE.replace("domain: shop", f"domain: shop, metrics: [{first}, accuracy]")
    suite += f"gate: {{margin: 0.0, thresholds: [{{metric: {first}, min: 0.001}}]}}\n"
    run = desk.run(suite)
    kept = accepted(run)
    checks = {check.name: check for check in gate.judge(run, kept, name="b.json").checks}
    assert (checks["clean"].verdict, checks["clean"].n_changed) == ("ok", 0)
    assert [c.verdict for c in checks.values() if c.kind == "threshold"] == ["ok"]
    real = OutcomeReader._read

    def worse(self: OutcomeReader, places: Places | None) -> Outcomes:
        made = real(self, places)
        assert made is not None
        wrong = np.where(made.gold == "good", "bad", "good")
        return replace(made, prediction=wrong, sums={"doubt": np.zeros(len(made))})

    monkeypatch.setattr(OutcomeReader, "_read", worse)
    run = Run(run.path)  # whose cells are not read yet
    clean = next(check for check in gate.judge(run, kept, name="b.json").checks if check.name == "clean")
    assert clean.now is not None
    assert math.isfinite(clean.now)
    assert clean.verdict == "regressed"
    assert "accuracy" in clean.why


SEARCH = """
name: search
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
baselines: [tfidf]
tasks: [{name: help, kind: retrieval, data: help.csv, query: question, document: answer, metrics: METRICS}]
latency: false
device: cpu
"""


@pytest.mark.usefixtures("with_more")
def test_a_metric_of_searches_that_nobody_knows_is_computed_and_kept(desk: Desk) -> None:
    lines = [f"how is number {i} made,number {i} is made of stone and {'iron' if i % 3 else 'wood'}" for i in range(40)]
    (desk.path / "help.csv").write_text("\n".join(["question,answer", *lines]), encoding="utf-8")
    names = ["ndcg@10", "map", "mrr@10", "success@15", "recall@10"]
    run = desk.run(SEARCH.replace("METRICS", f"[{', '.join(names)}]"))
    rows = [row for row in results(run) if row["condition"] == "clean"]
    assert len(rows) == 2
    for row in rows:
        sums = run.outcomes(row["key"]).sums
        assert set(sums) == set(names)
        for name in names[1:]:
            assert float(row[name]) == pytest.approx(sums[name].mean(), rel=1e-5)
        assert float(row["mrr@10"]) <= float(row["map"]) <= 1  # of one answer each, the rest of the ranking counts too
        assert float(row["recall@10"]) <= float(row["success@15"])


def test_average_precision_of_three_classes_is_refused_before_anything_is_encoded(desk: Desk) -> None:
    """As a fault of the task: its cells fail, and each says what to take."""
    rows = [(text, ("good", "bad", "so-so")[i % 3], shop) for i, (text, _, shop) in enumerate(reviews())]
    write_csv(desk.path / "three.csv", rows)
    watched = Watched()
    suite = SUITE.replace("reviews.csv, domain: shop", "three.csv, metrics: [accuracy, average-precision]")
    run = desk.run(suite.replace(", domain: {test: [barber]}", ""), watch=watched)
    said = "bad-data: metrics: average-precision is for 2 classes, and there are 3. Take accuracy or macro-f1."
    assert set(failed(run).values()) == {said}
    assert watched.of(Progress) == []
