"""Students of hidden states and of a fine-tuned teacher's probabilities, from suite to page; and what cannot be one."""

import pytest

from harness.core.errors import SuiteError
from tests.fakes.desk import Desk, failed

pytestmark = pytest.mark.assets

SUITE = """
name: taught
encoders:
  - {name: one, checkpoint: ./one}
  - {name: guessing, checkpoint: ./one, mlm-head: {steps: 2}}
  - {name: within, distil-hidden: {teacher: guessing, family: distilbert, layers: 1, steps: 4, batch_size: 8}}
  - {name: judge, checkpoint: ./one, adapt: [classify: {on: reviews, epochs: 2}]}
  - {name: small, checkpoint: ./one, distil-labels: {teacher: judge, on: reviews, family: roberta, layers: 1}}
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
baselines: []
latency: false
device: cpu
"""


def test_they_run_from_suite_to_page(desk: Desk) -> None:
    run = desk.run(SUITE)
    assert failed(run) == {}
    told = {name: (row["family"], row.get("teacher")) for name, row in run.manifest["encoders"].items()}
    assert told["within"] == ("distilbert", "guessing")
    assert told["small"] == ("roberta", "judge")
    builds = {build.encoder: build for build in run.builds}
    for name in ("within", "small"):
        looked = [point for point in builds[name].curve if point.validation_loss is not None]
        assert looked[0].step == 0
        assert len(looked) > 1
        assert looked[-1].validation_accuracy is not None
    store = desk.path.parent / "cache/checkpoints"
    for name in ("judge", "small"):
        assert (store / builds[name].checkpoint / "head.safetensors").is_file()
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "of its teacher" in page
    assert "distil-labels(" in run.manifest["encoders"]["small"]["weights"]
    again = desk.run(SUITE, out="again")
    assert [build.facts.weights for build in again.builds] == [build.facts.weights for build in run.builds]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("teacher: guessing", "teacher: one", "teacher 'one' has no head for masked words"),
        ("teacher: judge", "teacher: one", "teacher 'one' has no head of classes"),
        (
            "on: reviews, epochs: 2",
            "on: words.txt, epochs: 2",
            "'words.txt' is no task; expected one that tells texts apart",
        ),
        (
            "on: reviews, epochs: 2",
            "on: bbc-headlines",
            "'bbc-headlines' is a task of kind retrieval; expected one that",
        ),
    ],
)
def test_what_cannot_teach_is_told_and_costs_its_students_alone(desk: Desk, old: str, new: str, said: str) -> None:
    run = desk.run(SUITE.replace(old, new))
    assert said in " ".join(failed(run).values())
    assert {cell.address.encoder for cell in run.cells if cell.status == "done"} >= {"one", "guessing"}


def test_a_task_that_is_not_there_is_told(desk: Desk) -> None:
    with pytest.raises(SuiteError, match="classify does not say its on"):
        desk.run(SUITE.replace("on: reviews, epochs: 2", "epochs: 2"))


def test_labels_are_in_the_key_of_what_is_trained_on_them_alone(desk: Desk) -> None:
    from harness import tasks
    from harness.tasks.corpora import corpus_of, labelled_of

    task = tasks.resolve({"name": "reviews", "data": "reviews.csv"}, desk.path)
    known = {"reviews": task}
    plain, labelled = (of("reviews", known, desk.path) for of in (corpus_of, labelled_of))
    assert plain.texts == labelled.texts
    assert len(labelled.labels) == len(labelled.texts)
    assert plain.key != labelled.key
    tested = tasks.load(task, tasks.make_split(task, tasks.describe(task), "test"))
    assert set(tested.text).isdisjoint(labelled.texts)
    learnt = tasks.load(task, tasks.make_split(task, tasks.describe(task), "train"))
    assert dict(zip(labelled.texts, labelled.labels, strict=True)) == dict(zip(learnt.text, learnt.labels, strict=True))
