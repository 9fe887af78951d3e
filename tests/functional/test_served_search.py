"""`retrieval:` of a suite: who encodes documents and who asks; refused at plan time where the two do not fit."""

from pathlib import Path

import pytest

from harness.core.errors import HarnessError, SuiteError
from harness.index import Index, served
from tests.fakes.command import Command
from tests.fakes.desk import Desk, failed, write_csv

SUITE = """
name: served
encoders:
  - {name: one, checkpoint: ./one}
  - {name: asking, checkpoint: ./one, prefix: {query: "query: "}}
  - {name: short, checkpoint: ./one, max_length: 8}
  - {name: two, checkpoint: ./two}
poolers: [mean, cls]
modes: [{name: cosine, mode: zero-shot}, {name: dot, mode: zero-shot, normalize: false}]
tasks: [{name: faq, kind: retrieval, data: faq.csv, query: question, document: answer}]
baselines: []
latency: false
device: cpu
retrieval: RETRIEVAL
"""


@pytest.fixture
def search(desk: Desk) -> Desk:
    rows = [(f"where is number {i}", f"number {i} is in the warm house of waiter {i}") for i in range(12)]
    write_csv(desk.path / "faq.csv", rows, ("question", "answer"))
    return desk


def refused(desk: Desk, retrieval: str) -> str:
    with pytest.raises(HarnessError) as caught:
        desk.run(SUITE.replace("RETRIEVAL", retrieval), refuse=served.check)
    assert not (desk.path / "run" / "run.json").exists()
    return str(caught.value)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("{encoder: two}", "the index was built with the weights of one (checkpoint "),
        ("{pooler: cls}", "the index was built with mean pooling, the query side pools cls"),
        ("{mode: dot}", "the index was built with normalised vectors, the query side comes with raw vectors"),
        ("{encoder: short}", "the index was built with 24 tokens read of each document, the query side comes with 8"),
    ],
)
def test_rows_that_do_not_fit_are_refused_before_anything_is_computed(search: Desk, query: str, why: str) -> None:
    assert refused(search, f"{{index: {{encoder: one}}, query: {query}}}").startswith(f"retrieval: {why}")


def test_a_saved_index_is_one_side(search: Desk, command: Command) -> None:
    """Queries may be read with a prefix of their own; what is asked otherwise is refused, by `plan` too."""
    Index.build("./one", ["a warm house", "a cold one"], device="cpu").save("faq.index")
    run = search.run(SUITE.replace("RETRIEVAL", "{index: faq.index, query: {encoder: asking}}"), refuse=served.check)
    assert failed(run) == {}
    search.suite(SUITE.replace("RETRIEVAL", "{index: faq.index, query: {encoder: asking, pooler: cls}}"))
    said = command("plan", "suite.yaml")
    assert said.code == 2
    assert "retrieval: the index was built with mean pooling, the query side pools cls" in said.err
    assert "no such folder" in command("plan", "suite.yaml", "--set", "retrieval.index=other.index").err
    Path("faq.index/vectors.npy").write_bytes(b"cut")
    assert "cut short or damaged" in command("plan", "suite.yaml").err


@pytest.mark.parametrize(
    ("retrieval", "said"),
    [
        ("{index: {encoder: onee}}", "encoder 'onee' is not in this suite."),
        ("{index: {folder: a, encoder: one}}", "retrieval.index is a folder and a row."),
        ("{query: {pooler: mean}}", "retrieval.index is missing."),
        ("{index: a, query: {mode: dots}}", "mode 'dots' is not in this suite."),
    ],
)
def test_what_is_wrong_in_it_is_told_with_its_place(search: Desk, retrieval: str, said: str) -> None:
    with pytest.raises(SuiteError) as caught:
        search.run(SUITE.replace("RETRIEVAL", retrieval))
    assert said in str(caught.value)


def test_a_suite_that_does_not_search_has_no_sides(search: Desk) -> None:
    with pytest.raises(SuiteError, match="no mode of this suite searches"):
        search.run(
            SUITE.replace("RETRIEVAL", "{index: a}")
            .replace("[{name: cosine, mode: zero-shot}, ", "[")
            .replace("{name: dot, mode: zero-shot, normalize: false}", "probe")
        )
