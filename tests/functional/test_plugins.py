"""Components of a user's own, from a file that the command line names: each kind in a run, its result read back.

Plugins are read once a process, so each command here has one of its own.
"""

import re
from pathlib import Path

import pytest

from harness.results import Run
from tests.fakes.desk import Desk, failed, reviews, write_csv
from tests.fakes.forked import harness

pytestmark = pytest.mark.processes

PLUGIN = '''
from typing import Annotated

import numpy as np

from harness.conditions import Edit, bundle, perturbation, reading, shift, slice_
from annotated_types import Interval
from harness.metrics import metric
from harness.modes import Predictor, baseline, head, mode, protocol
from harness.poolers import pooler
from harness.scoring import Scoring, contents, outcomes_of, scoring
from harness.tasks.kinds import Kind, examples_of, task_kind
from harness.tasks.kinds.classification import Classification
from harness.tasks.sources.row import Reading, Row, reader
from harness.tasks.sources.table import Table, source_format
from harness.tasks.task import AssetSource, Columns, Task


@pooler("second-token")
def second_token(states):
    """The second token's state."""
    return states.hidden[:, 1]


@perturbation("shout", severity="marks", identity=0, changes="typed", uses=())
def shout(text, rng, *, marks: Annotated[int, Interval(ge=0, le=9)] = 2):
    """Exclamation marks at the end of a text."""
    return [Edit(len(text), len(text), "!" * marks)] if marks else []


@reading("half-read")
def half_read(tokenization):
    """Half as many tokens."""
    from dataclasses import replace

    return replace(tokenization, max_length=tokenization.max_length // 2)


@shift("neighbours")
def neighbours(sizes, own):
    """From the first shop to the second."""
    first, second, *_ = sorted(sizes)
    return [((first,), second)]


@slice_("long-half", matched_on=("label",))
def long_half(test):
    """The longer half of the texts."""
    lengths = np.array([len(text) for text in test.text])
    return lengths > np.median(lengths)


@bundle("my-typos", ("shout", {"marks": 3}), version=7)
def my_typos():
    """texts that shout"""


@head("centroid", targets=("class",))
def centroid(vectors, labels, rng, *, power: float = 2.0):
    """The class with the nearest mean."""
    names = np.unique(labels)
    means = np.stack([vectors[labels == name].mean(axis=0) for name in names])

    def predict(new):
        near = (np.abs(new[:, None] - means) ** power).sum(axis=2)
        return names[near.argmin(axis=1)], -near.min(axis=1)

    return Predictor(predict, facts={"power": power})


@protocol("earliest", targets=("class",))
def earliest(learnt, rng, *, n: int = 10):
    """The head fitted on the first texts of the source."""
    return learnt.fit(learnt.part(np.argsort(learnt.places)[:n]))


@mode("first-seen", targets=("class",), needs_train=("class",))
def first_seen(features, target, rng):
    """The class of the first training text."""
    return Predictor(lambda new: (np.repeat(target[0], len(new)), np.ones(len(new))))


@baseline("backwards", targets=("relevant",), needs_train=())
def backwards(texts, labels, rng):
    """The last document first."""

    def rank(queries, documents, depth, sought):
        order = np.tile(np.arange(len(documents))[::-1][:depth], (len(queries), 1))
        return order, -order.astype(float)

    return Predictor(rank=rank)


def _lengths(outcomes):
    return np.stack([[len(gold) for gold in outcomes.gold], np.ones(len(outcomes))], axis=1)


@metric(
    "mean-letters", label="letters", columns=_lengths, unit="letters", range=(0.0, 99.0),
    chance=lambda outcomes: 0.0, test="bootstrap", targets=("class",),
)
def mean_letters(sums):
    """Letters of the gold label, on average."""
    return sums[..., 0] / sums[..., 1]


@source_format(".pipes")
def read_pipes(data, how, wanted, place):
    """Columns between pipes."""
    head, *rows = [line.split("|") for line in data.decode(how.encoding).splitlines()]
    columns = {name: [row[head.index(name)] for row in rows] for name in wanted or head}
    return Table(place, "row", columns, range(2, len(rows) + 2))


TASKS = (
    Task("greetings", "classification", AssetSource(None, "greetings"), Columns(), ("accuracy", "mean-letters")),
)


@reader("greetings", tasks=TASKS)
def greetings(columns):
    """Greetings and farewells."""
    words = [("hello", "in"), ("goodbye", "out")]
    return Reading("greetings", {"all": tuple(Row("", f"{w} number {i}", k) for i in range(40) for w, k in words)})


@task_kind("parity")
class Parity(Classification):
    """Whether a text has an even number of words, as its label says."""

    fields = {"sentence": str, "label": str}

    def columns(self, spec):
        return {"text": (spec.get("sentence", "sentence"),), "label": "label"}

    def faults(self, spec):
        return []


@scoring("parity")
class ParityScoring(Scoring):
    """The class that a head predicts."""

    def outcomes(self, clean, found, metrics):
        examples = clean["text"]
        return outcomes_of(examples, np.array(examples.labels), found, contents(examples.items, examples.text))
'''
SUITE = """
name: mine
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean, second-token]
modes: [probe, {name: near, mode: probe, head: {centroid: {power: 1.0}}}, first-seen,
        {name: early, mode: probe, protocol: earliest, n: 30}, zero-shot]
tasks:
  - greetings
  - {name: shops, data: reviews.pipes, domain: shop}
  - {name: words, kind: parity, data: reviews.csv, sentence: text}
  - {name: faq, kind: retrieval, data: faq.csv, query: question, document: answer}
conditions: [my-typos, half-read, neighbours, long-half]
baselines: [majority, backwards]
latency: false
device: cpu
"""


OBJECTIVE = """
from harness.training.objectives import objective


@objective("certain", targets=("class",))
def certain(material, *, power: float = 2.0):
    \"\"\"Cross-entropy that looks less at what is right already.\"\"\"
    from torch.nn import functional

    from harness.training.classify import classifying

    def loss(logits, labels):
        each = functional.cross_entropy(logits, labels, reduction="none")
        return (each * (1 - (-each).exp()) ** power).mean()

    return classifying(material, loss)
"""


def test_an_objective_trains_an_encoder_and_an_edited_one_trains_it_anew(desk: Desk) -> None:
    """With its parameters; what it calls its loss is what the curve shows."""
    write_csv(desk.path / "reviews.csv", reviews(), ("text", "label", "shop"))
    (desk.path / "mine.py").write_text(OBJECTIVE, encoding="utf-8")
    desk.suite("""
        name: mine
        encoders: [{name: one, checkpoint: ./one}]
        modes: [{name: usual, mode: finetune, epochs: 1}, {name: sure, mode: finetune, epochs: 1,
                 objective: {certain: {power: 4.0}}}]
        tasks: [{name: shops, data: reviews.csv}]
        latency: false
        device: cpu
    """)
    said = harness(desk, "run", "suite.yaml", "-o", "run", "--plugin", "mine.py")
    assert said.code == 0, said.out + said.err
    run = Run(desk.path / "run")
    assert failed(run) == {}
    curves = {build.mode: [point.loss for point in build.curve if point.loss is not None] for build in run.builds}
    assert 0 < max(curves["sure"]) < min(curves["usual"])
    (desk.path / "mine.py").write_text(OBJECTIVE.replace("1 - (-each)", "1.5 - (-each)"), encoding="utf-8")
    assert harness(desk, "run", "suite.yaml", "-o", "run", "--plugin", "mine.py").code == 0
    again = {build.mode: build.checkpoint for build in Run(desk.path / "run").builds}
    before = {build.mode: build.checkpoint for build in run.builds}
    assert again["usual"] == before["usual"]
    assert again["sure"] != before["sure"]


def test_every_kind_of_component_comes_from_a_file_and_its_result_is_read_back(desk: Desk) -> None:
    (desk.path / "mine.py").write_text(PLUGIN, encoding="utf-8")
    rows = [("text", "label", "shop"), *reviews()]
    (desk.path / "reviews.pipes").write_text("\n".join(map("|".join, rows)), encoding="utf-8")
    write_csv(desk.path / "faq.csv", [(f"what is {i}?", f"answer {i}") for i in range(30)], ("question", "answer"))
    desk.suite(SUITE)
    process = desk.start("run", "suite.yaml", "-o", "run", "--plugin", "mine.py")  # every process of a run reads it
    said = process.communicate()
    assert process.returncode == 0, said
    run = Run(desk.path / "run")
    assert failed(run) == {}
    shown = {(c.address.task, c.address.mode, c.address.condition) for c in run.cells}
    for task in ("greetings", "shops", "words"):
        assert {(task, mode, "shout@3") for mode in ("probe", "near", "first-seen")} <= shown
        assert {(task, "near", "half-read"), (task, "near", "long-half")} <= shown
    assert any(task == "shops" and "neighbours[" in condition for task, _, condition in shown)
    scores = {
        (c.address.task, c.address.encoder, c.address.mode): c.scores
        for c in run.cells
        if c.address.condition == "clean" and c.address.pooler in ("second-token", "–")
    }
    assert scores["greetings", "one", "near"]["mean-letters"].value == pytest.approx(2.5, abs=0.5)
    assert scores["shops", "one", "first-seen"]["accuracy"].value == pytest.approx(0.5, abs=0.1)
    assert scores["shops", "one", "early"]["accuracy"].value > 0.5
    assert scores["faq", "backwards", "–"]["ndcg@10"].value < 0.5
    table = (desk.path / "run/results.csv").read_text(encoding="utf-8")
    assert "mean-letters" in table
    assert "my-typos" in (desk.path / "run/report.md").read_text(encoding="utf-8")
    assert harness(desk, "report", "run", "--plugin", "mine.py").code == 0
    without = harness(desk, "report", "run")
    assert without.code == 2
    assert "--plugin" in without.err


def test_an_edited_plugin_is_computed_anew(desk: Desk) -> None:
    suite = """
name: mine
encoders: [{name: one, checkpoint: ./one}]
poolers: [second]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
baselines: []
latency: false
device: cpu
"""
    plugin = """
from harness.poolers import pooler

@pooler("second")
def second(states):
    "One of the tokens."
    return states.hidden[:, %d]
"""
    desk.suite(suite)
    keys = []
    for place in (1, 2):
        (desk.path / "mine.py").write_text(plugin % place, encoding="utf-8")
        said = harness(desk, "run", "suite.yaml", "-o", "run", "--plugin", "mine.py")
        assert said.code == 0, said.err
        keys.append({c.key for c in Run(desk.path / "run").cells})
    assert keys[0].isdisjoint(keys[1])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("import nothing_of_the_kind", "mine.py:1: cannot be imported (ModuleNotFoundError"),
        ("x = (", "mine.py:1: cannot be imported (SyntaxError"),
        (
            "from harness.poolers import pooler\n@pooler('mean')\ndef mean(states):\n    'A mean.'\n",
            "two components of kind pooler are named 'mean'",
        ),
        (None, "expected a Python file"),
    ],
)
def test_a_plugin_that_is_no_use_is_told_before_anything_runs(desk: Desk, content: str | None, said: str) -> None:
    if content is not None:
        (desk.path / "mine.py").write_text(content, encoding="utf-8")
    found = harness(desk, "list", "poolers", "--plugin", "mine.py")
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.err


def test_the_plugins_of_the_docs_work(desk: Desk) -> None:
    """All examples, in one file, with the list and the suite beside them, on an encoder that is there."""
    docs = (Path(__file__).parents[2] / "docs/plugins.md").read_text(encoding="utf-8")
    (desk.path / "mine.py").write_text("\n".join(re.findall(r"```python\n(.*?)```", docs, flags=re.DOTALL)), "utf-8")
    (suite,), (words,) = (re.findall(rf"```{form}\n(.*?)```", docs, flags=re.DOTALL) for form in ("yaml", "text"))
    (desk.path / "slang.txt").write_text(words, encoding="utf-8")
    suite = suite.replace("[minilm]", "[{name: one, checkpoint: ./one}]").replace(
        "[bbc-topics]", "[{name: reviews, data: reviews.csv}]"
    )
    desk.suite(suite + "latency: false\ndevice: cpu\n")
    said = harness(desk, "run", "suite.yaml", "-o", "run", "--plugin", "mine.py")
    assert said.code == 0, said.err
    run = Run(desk.path / "run")
    assert failed(run) == {}
    assert {c.address.condition for c in run.cells} == {"clean", "leet@3", "shout@2", "shout@9", "slangy@3"}
    changed = {c.address.condition: c.facts.texts_changed for c in run.cells}
    assert changed["shout@9"] == changed["slangy@3"] == 1.0
    assert "2 exclamation marks at the end" in (desk.path / "run/report.md").read_text(encoding="utf-8")
