"""A validation file of one's own, end to end: what is learnt, what chooses, what is judged."""

from harness.results.folder import read_lines
from tests.fakes.desk import Desk, reviews, scores, write_csv

SUITE = """
name: sides
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe, finetune: {epochs: 1, validation: 0}]
tasks: [{name: sides, train: train.csv, test: test.csv%s}]
latency: false
device: cpu
"""


def test_it_is_judged_by_and_never_learnt_from(desk: Desk) -> None:
    """Its labels are turned round: a row that had learnt from it would answer differently."""
    rows = reviews(150)
    turned = [(text, {"good": "bad", "bad": "good"}[label], shop) for text, label, shop in rows[60:110]]
    for name, part in (("train", rows[:60]), ("valid", turned), ("test", rows[110:])):
        write_csv(desk.path / f"{name}.csv", part)
    without = desk.run(SUITE % "", "without")
    beside = desk.run(SUITE % ", validation: valid.csv", "beside")
    told = [{name: value for name, value in scores(run).items() if "one" not in name} for run in (without, beside)]
    assert told[0] == told[1]
    assert len(told[0]) == len(("majority", "tfidf"))
    (line,) = read_lines(beside.path / "builds.jsonl")
    assert (line["facts"]["n_train"], line["facts"]["n_validation"]) == (60, 50)
    assert "50 texts of a validation side" in (beside.path / "report.md").read_text(encoding="utf-8")
