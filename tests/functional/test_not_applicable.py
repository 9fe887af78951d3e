"""A condition that finds nothing in the texts of a task is no failure: it is left out, and said so."""

import pytest

from harness import api
from harness.results import Run
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, write_csv

WORDS = (("good", "g"), ("bad", "b"))
PLAIN = [(f"the {word} food came at {i}", label, "bakery") for i in range(60) for word, label in WORDS]


@pytest.mark.processes
def test_texts_without_a_rare_word_leave_rare_words_out(desk: Desk, command: Command) -> None:
    """The run is complete and ends with 0; the page says what was left out and why."""
    write_csv(desk.path / "reviews.csv", PLAIN)
    desk.suite(SUITE.replace("keyboard, domain: {test: [barber]}, rare-words", "keyboard, rare-words"))
    said = command("run", "suite.yaml", "-o", "run")
    assert said.code == 0, said.err
    run = Run(desk.path / "run")
    found = {c.address.condition: c.status for c in run.cells if c.address.encoder == "one"}
    assert found == {
        "clean": "done",
        "keyboard@3": "done",
        "rare-words": "skipped",
        "rare-words:control": "skipped",
    }
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "reviews: rare-words" in page
    assert "nothing to compare" in page
    assert "not finished" not in page


def test_an_encoder_that_is_wanted_only_where_it_is_here_is_left_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row of it fails, nothing is fetched, no `exclude` of it is told to match nothing; the page says why."""
    monkeypatch.setattr("harness.assets.state", lambda asset, root: "absent")
    suite = SUITE.replace("one}]", "one}, {name: mpnet-3layers, if_fetched: true}]").replace(
        "keyboard, domain", "domain"
    )
    run = desk.run(suite + "exclude: [{encoder: mpnet-3layers, mode: probe}]\n")
    assert {(c.address.encoder, c.status) for c in run.cells} == {
        (name, "done") for name in ("one", "majority", "tfidf")
    }
    assert [line["what"] for line in run.manifest["dropped"]] == ["mpnet-3layers"]
    assert "harness fetch mpnet" in run.manifest["dropped"][0]["why"]
    assert not any(desk.path.rglob("assets/mpnet*"))
    page = (api.write_report(run.path)["report.md"]).read_text(encoding="utf-8")
    assert "mpnet-3layers" in page


def test_it_is_looked_at_again_once_there_are_other_texts(desk: Desk) -> None:
    write_csv(desk.path / "reviews.csv", PLAIN)
    text = SUITE.replace("keyboard, domain: {test: [barber]}, rare-words", "rare-words")
    assert {c.status for c in desk.run(text).cells} == {"done", "skipped"}
    rare = [(text_ + (" quixotic" if i % 3 else ""), *rest) for i, (text_, *rest) in enumerate(PLAIN)]
    write_csv(desk.path / "reviews.csv", rare)
    assert {c.status for c in desk.run(text).cells} == {"done"}
