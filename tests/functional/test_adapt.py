"""Encoders that are adapted to a domain, from suite to page; and what cannot be adapted on."""

import json

import pytest

from harness.core.errors import SuiteError
from harness.report import view
from harness.results import Run
from tests.fakes.desk import Desk, failed, results

SUITE = """
name: adapting
encoders:
  - {name: one, checkpoint: ./one}
  - {name: adapted, checkpoint: ./one, adapt: [mlm-head: {steps: 2}, mlm: {on: ON, epochs: 2, batch_size: 16}]}
  - {name: paired, checkpoint: ./one, adapt: [contrastive: {on: reviews, views: dropout, batch_size: 16}]}
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv, domain: shop}]
conditions: [{domain: {from: bakery}}, rare-words]
latency: false
device: cpu
"""


def test_adapted_encoders_stand_beside_the_one_they_are_made_of(desk: Desk) -> None:
    run = desk.run(SUITE.replace("ON", "reviews"))
    assert failed(run) == {}
    assert {row["encoder"] for row in results(run) if row["value"]} >= {"one", "adapted", "paired"}
    built = {build.mode: build for build in run.builds}
    assert set(built) == {"mlm", "contrastive"}
    assert "mlm-head" in (run.path / "builds.jsonl").read_text(encoding="utf-8")
    watched = [p for p in built["mlm"].curve if p.validation_general_loss is not None]
    assert watched[0].step == 0
    assert len(watched) > 3
    assert all(point.validation_loss is not None for point in watched)
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "## Adaptation to a domain" in page
    assert "perplexity, general" in page
    _gains_are_differences(run)
    again = desk.run(SUITE.replace("ON", "reviews"), out="again")  # from the store, with the same figures
    scores = [[row["value"] for row in results(one)] for one in (run, again)]
    assert scores[0] == scores[1]


def _gains_are_differences(run: Run) -> None:
    """Beside the size of each shift, told by the encoder that both are made of."""
    (task,) = view.build(run).tasks
    assert {one.base for one in task.gains} == {"one"}
    assert next(one.condition for one in task.gains if one.row[0] == "adapted") == "clean"
    shifts = [one for one in task.gains if one.row[0] == "paired" and one.shift]
    assert {one.condition for one in shifts} == {"domain[bakery>barber]", "domain[bakery>bookshop]"}
    assert all(0 < one.shift.words_known < 1 for one in shifts)
    assert "rare-words" in {one.condition for one in task.gains}
    for one in task.gains:
        assert one.gain.value == pytest.approx(one.after.value - one.before.value, abs=1e-9)
        assert one.gain.low <= one.gain.value <= one.gain.high


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("few.txt", "few.txt has 3 distinct texts to train on; expected 20 at least"),
        ("same.txt", "same.txt has 1 distinct texts to train on; expected 20 at least"),
        ("nowhere", "'nowhere' is no task and no file"),
        ("reviews, domains: [sea]", "reviews has no domain 'sea'; its domains are: 'bakery', 'barber', 'bookshop'"),
    ],
)
def test_what_cannot_be_adapted_on_costs_that_encoder_alone(desk: Desk, on: str, said: str) -> None:
    (desk.path / "few.txt").write_text("one text\nanother\na third\n")
    (desk.path / "same.txt").write_text("the same line\n" * 90)
    suite = SUITE.replace("ON", on).replace("steps: 2", "steps: 1")
    run = desk.run("\n".join(line for line in suite.splitlines() if "paired" not in line))
    (message,) = failed(run).values()
    assert said in message
    assert {row["encoder"] for row in results(run) if row["value"]} >= {"one"}


def test_texts_that_are_tested_are_left_out_of_a_file(desk: Desk) -> None:
    from pathlib import Path

    from harness import tasks
    from harness.tasks.corpora import corpus_of

    task = tasks.resolve({"name": "reviews", "data": "reviews.csv"}, desk.path)
    info = tasks.describe(task)
    tested = tasks.load(task, tasks.make_split(task, info, "test")).text
    lines = [
        *tested[:5],
        *(f"a text of its own, about {place} and {'x' * place}" for place in range(30)),
        "left\tright",
    ]
    (desk.path / "own.txt").write_text("\n".join(lines), encoding="utf-8")
    corpus = corpus_of("own.txt", {"reviews": task}, Path(desk.path))
    assert corpus.n_removed == 5
    assert set(tested).isdisjoint(corpus.texts)
    assert corpus.pairs == (("left", "right"),)
    assert corpus_of("reviews", {"reviews": task}, Path(desk.path)).n_removed == 0


@pytest.mark.parametrize(
    ("adapt", "said"),
    [
        ("{mlm: 3}", "adapt is {'mlm': 3}; expected a list of steps"),
        ("[mml: {on: x}]", "is no step; expected a list of steps, of"),
        ("[mlm: {}]", "mlm does not say its on"),
        ("[mlm: {on: reviews, masked: 2}]", "mlm: masked is 2"),
    ],
)
def test_a_bad_list_of_steps_is_told_at_its_place(desk: Desk, adapt: str, said: str) -> None:
    with pytest.raises(SuiteError) as error:
        desk.run(SUITE.replace("[mlm-head: {steps: 2}, mlm: {on: ON, epochs: 2, batch_size: 16}]", adapt))
    assert said in str(error.value)


def test_the_head_is_trained_once_for_all_that_begin_with_it(desk: Desk) -> None:
    from harness.catalogue import catalogue
    from harness.encoders import EncoderSpec, resolve
    from harness.suite.model import Choice

    spec = EncoderSpec("a", "./one", steps=(Choice("mlm", "mlm", {"on": "vader-sentiment", "domains": ("tweets",)}),))
    other = EncoderSpec("b", "./one", steps=(Choice("mlm", "mlm", {"on": "vader-sentiment", "domains": ("movies",)}),))
    found = [resolve(one, desk.path, lambda name: catalogue().get("step", name)) for one in (spec, other)]
    heads = [folder.made.before[0].checkpoint.key for folder in found if folder.made]
    assert heads[0] == heads[1]
    assert found[0].checkpoint.key != found[1].checkpoint.key
    assert json.dumps([step.operation for step in found[0].checkpoint.lineage]) == '["mlm-head", "mlm"]'


def test_a_table_has_a_cell_in_each_column_where_one_row_alone_asks_for_order() -> None:
    from harness.report import adapted
    from harness.report.adapted_model import Adapted
    from harness.report.table import Column
    from harness.results.records import BuildFacts, Point

    def step(encoder: str, order: float | None) -> Adapted:
        known = {"validation_loss": 2.0, "validation_general_loss": 3.0, "validation_order_accuracy": order}
        points = tuple(Point(step=at, epoch=float(at), **known) for at in (0, 1))
        return Adapted(encoder, "mlm", points, BuildFacts(n_tokens=1234))

    first, second = adapted._lines([step("a", 0.5), step("b", None)])
    assert list(first) == list(second)
    assert second[Column("order told right", "%")].text == "–"
    assert first[Column("tokens read")].text == "1,234"
