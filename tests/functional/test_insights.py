"""A run's page tells of calibration, of labels that may be wrong, and of what more labels would buy."""

from tests.fakes.desk import Desk, results, reviews, tables, write_csv

SUITE = """
name: insights
encoders: [{name: one, checkpoint: ./one}, {name: two, checkpoint: ./two}]
poolers: [mean]
modes: [probe: {head: logistic}, probe: {head: linear-svm}]
tasks: [{name: reviews, train: train.csv, test: test.csv}]
baselines: [majority]
max_samples: {train: [40, 80, null]}
latency: false
device: cpu
"""


def test_the_page_tells_of_calibration_doubtful_labels_and_more_texts(desk: Desk) -> None:
    rows = reviews(220)
    write_csv(desk.path / "train.csv", rows[:160])
    text, label, shop = rows[180]
    rows[180] = (text, {"good": "bad", "bad": "good"}[label], shop)
    write_csv(desk.path / "test.csv", rows[160:])
    run = desk.run(SUITE)
    page = tables(run)
    assert "ECE, clean" in page
    told = {(row["encoder"], row["mode"]): row for row in results(run) if row["kind"] == "clean"}
    assert 0 < float(told["one", "probe[head=logistic]"]["ece"]) < 0.5
    assert told["one", "probe[head=linear-svm]"]["ece"] == ""  # its scores are no probabilities
    assert 0.5 < float(told["one", "probe[head=linear-svm]"]["accuracy_at_90"]) <= 1
    suspected = page.split("## Suspected label errors")[1].split("\n## ")[0]
    assert f"| {text} " in suspected
    curve = page.split("## Learning curve")[1].split("\n## ")[0]
    assert all(f"{n} texts" in curve for n in (40, 80, 160))
    assert "From 80 to 160 training texts" in curve
    assert {cell.kind for cell in run.cells} == {"clean", "curve"}
