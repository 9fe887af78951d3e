"""What is put before a text, by roles that kinds of task have: those of a user's own too."""

import pytest

from harness.results import Run
from tests.fakes.desk import Desk, failed
from tests.fakes.forked import harness

PLUGIN = '''
import numpy as np

from harness.scoring import contents, outcomes_of, scoring
from harness.scoring.classification import Classification as ClassScoring
from harness.tasks.kinds import task_kind
from harness.tasks.kinds.classification import Classification


@task_kind("claims")
class Claims(Classification):
    """A claim and what people say of it."""

    roles = {"claimed": "claim"}
    read = typed = stored = ("claimed",)


@scoring("claims")
class ClaimScoring(ClassScoring):
    """The class that a head predicts."""

    def features(self, inputs):
        return inputs["claimed"]

    def target(self, examples):
        return np.array(examples["claimed"].labels)
'''
SUITE = """
name: mine
encoders:
  - {name: bare, checkpoint: ./one}
  - {name: told, checkpoint: ./one, prefix: {%s: "so they say: "}}
poolers: [mean]
modes: [probe]
tasks: [{name: claims, kind: claims, data: reviews.csv}, {name: reviews, data: reviews.csv}]
conditions: [keyboard]
baselines: [tfidf]
latency: false
device: cpu
"""


@pytest.mark.processes
def test_a_role_of_the_users_own_kind_has_its_prefix(desk: Desk) -> None:
    (desk.path / "mine.py").write_text(PLUGIN, encoding="utf-8")
    desk.suite(SUITE % "claim")
    said = harness(desk, "run", "suite.yaml", "-o", "run", "--plugin", "mine.py")
    assert said.code == 0, said.out + said.err
    run = Run(desk.path / "run")
    assert failed(run) == {}
    read = {
        (cell.address.task, cell.address.encoder): cell.facts.tokens_per_text
        for cell in run.cells
        if cell.address.condition == "clean"
    }
    assert read["claims", "told"] > read["claims", "bare"]
    assert read["reviews", "told"] == read["reviews", "bare"]
    page = (desk.path / "run/report.md").read_text(encoding="utf-8")
    assert "“so they say: ” before a claim" in page


@pytest.mark.processes
def test_a_role_that_no_kind_has_is_refused_with_those_that_there_are(desk: Desk) -> None:
    (desk.path / "mine.py").write_text(PLUGIN, encoding="utf-8")
    desk.suite(SUITE % "clam")
    said = harness(desk, "plan", "suite.yaml", "--plugin", "mine.py")
    assert said.code == 2
    assert "unknown key 'clam'. Did you mean 'claim'? Allowed here: text, claim" in said.err
    desk.suite((SUITE % "claim").replace("kind: claims, ", ""))
    said = harness(desk, "plan", "suite.yaml")
    assert "unknown key 'claim'." in said.err
    assert "Allowed here: text, text_a, text_b, query, document." in said.err
