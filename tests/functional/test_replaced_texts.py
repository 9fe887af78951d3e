"""Texts made elsewhere, from end to end: a suite names a file, plan says what it changes, cells are scored on it."""

from pathlib import Path

import pytest

from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, failed, reviews, write_csv
from tests.functional.test_cli_plan import _fast  # noqa: F401 - no time is worth saying

SIDES = ["replace[file=data/made.csv]", "replace[file=data/made.csv,train]", "replace[file=data/made.csv,both]"]
FAQ = [(f"Where is thing {i} kept?", f"In drawer {i} of room {i % 7}, under the window.") for i in range(40)]
TEXTS = [text for text, _, _ in reviews()]
REPLACED = SUITE.replace("conditions: [keyboard, domain: {test: [barber]}, rare-words]", "conditions: [%s]")


def suite(conditions: str, more: str = "") -> str:
    return REPLACED % conditions + more


def table(desk: Desk, texts: list[str], name: str = "made.csv") -> Path:
    """A row a text: `waiter` becomes `server`."""
    (desk.path / name).parent.mkdir(exist_ok=True)
    made = [(text, text.replace("waiter", "server")) for text in texts]
    return write_csv(desk.path / name, made, ("original", "replacement"))


def told(command: Command, *arguments: str) -> list[str]:
    return command("plan", "suite.yaml", *arguments).out.splitlines()


@pytest.mark.parametrize("texts", ["full", "none"])
def test_a_run_on_texts_made_elsewhere(desk: Desk, command: Command, texts: str) -> None:
    """On both sides; what has no replacement stays, and plan, cell and page say how many do."""
    table(desk, TEXTS[::2], "data/made.csv")
    given = "replace: {file: data/made.csv, apply: [test, train, both]}, {condition: replace, name: mine, file: %s}"
    text = suite(given % "data/made.csv", f"report: {{texts: {texts}}}\n")
    desk.suite(text)
    lines = [line for line in told(command) if "changes" in line]
    assert [line.split(" on ")[0] for line in lines] == [*SIDES, "mine"]
    assert "reviews: changes 25 of 44 test texts; the others stay as they are" in lines[0]
    assert "reviews: changes 50 of 106 train texts, 25 of 44 test texts; the others" in lines[2]
    run = desk.run(text)
    assert failed(run) == {}
    cells = {cell.address.condition: cell for cell in run.cells if cell.address.encoder == "one"}
    assert [*cells] == ["clean", *SIDES, "mine"]
    assert cells["mine"].key == cells[SIDES[0]].key
    assert cells["mine"].facts.texts_changed == cells["mine"].facts.edits_per_text == pytest.approx(25 / 44)
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "texts as data/made.csv has them" in page
    assert "in training and test texts: texts as data/made.csv has them" in page
    (desk.path / "data/made.csv").rename(desk.path / "other.csv")
    desk.suite(suite(given.replace("data/made.csv", "other.csv") % "other.csv", f"report: {{texts: {texts}}}\n"))
    # of the same texts under two names there is one
    assert "15 cells, 12 of them finished" in told(command, "-o", "run")
    table(desk, TEXTS[1::2], "other.csv")
    assert "reruns: reviews / one / mean / probe / mine: its perturbations changed" in told(command, "-o", "run")


def test_draws_are_seeds_and_no_more_than_there_are(desk: Desk) -> None:
    rows = [(text, f"{seed} {text}", seed) for seed in ("4", "11") for text in TEXTS]
    write_csv(desk.path / "seeds.csv", rows, ("original", "replacement", "seed"))
    table(desk, TEXTS)
    asked = "replace: {file: seeds.csv}, {condition: replace, name: once, file: made.csv}"
    run = desk.run(suite(asked, "repeats: {perturb: 3}\nbaselines: []\n"))
    made = {(cell.address.condition, str(cell.address.repeat)): cell for cell in run.cells}
    drawn = [made["replace[file=seeds.csv]", f"perturb={draw}"] for draw in range(3)]
    assert [cell.status for cell in drawn] == ["done", "done", "skipped"]
    assert drawn[0].key != drawn[1].key
    assert drawn[2].message == "replace[file=seeds.csv] has 2 draws; `repeats.perturb` asks for more."
    assert made["once", "–"].status == "done"


def test_of_a_search_queries_and_documents_are_replaced(desk: Desk, command: Command) -> None:
    questions, answers = (list(column) for column in zip(*FAQ, strict=True))
    write_csv(desk.path / "faq.csv", FAQ, ("question", "answer"))
    write_csv(desk.path / "made.csv", [(text, f"{text} Really") for text in questions[:3]], ("original", "replacement"))
    task = "tasks: [{name: faq, kind: retrieval, data: faq.csv, query: question, document: answer}]"
    text = suite("replace: {file: made.csv}").replace("tasks: [{name: reviews, data: reviews.csv, domain: shop}]", task)
    text = text.replace("modes: [probe]", "modes: [zero-shot]")
    run = desk.run(text)
    (cell,) = (c for c in run.cells if c.address.condition != "clean" and c.address.encoder == "one")
    assert cell.facts.texts_changed == pytest.approx(3 / len(FAQ))
    (line,) = (line for line in told(command) if "changes" in line)
    assert f"changes 3 of {len(FAQ)} test texts (query), 0 of {len(answers)} test texts (document);" in line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "original,replacement\nno text of these,x\n",
            "made.csv replaces 1 text, and none of them is a text of this task",
        ),
        ("original,other\na,b\n", "condition 'replace[file=made.csv]': made.csv: no column 'replacement'."),
        ("original,replacement\na,b\na,c\n", "made.csv, row 3: another replacement of the text of row 2."),
        ("original,replacement\na,\n", "made.csv, row 2: 'replacement' is empty; expected a value."),
        ("original,replacement\na,\xe9\n", "say `encoding: cp1252`"),
    ],
)
@pytest.mark.parametrize("texts", ["full", "none"])
def test_a_file_that_cannot_be_used_is_told_by_the_plan(
    desk: Desk, command: Command, content: str, said: str, texts: str
) -> None:
    (desk.path / "made.csv").write_bytes(content.encode("latin-1"))
    desk.suite(suite("replace: {file: made.csv}", f"report: {{texts: {texts}}}\n"))
    for verb in ("plan", "run"):
        found = command(verb, "suite.yaml")
        assert found.code == 2
        assert said in " ".join(found.err.split())
        assert "Traceback" not in found.err
    assert not list(desk.path.glob("reports/*/run.json"))


def test_a_file_that_is_not_there_is_told_with_its_place(desk: Desk, command: Command) -> None:
    table(desk, TEXTS)
    desk.suite(suite("replace: {file: mde.csv}"))
    found = command("plan", "suite.yaml")
    assert found.code == 2
    where = f"no file or folder is called so in {desk.path}. Did you mean 'made.csv'?"
    assert f"replace: file is 'mde.csv'; {where}" in " ".join(found.err.split())
    assert "suite.yaml:7:30:" in found.err
    desk.suite(suite("replace"))
    assert "replace does not say its file. Write replace: {file: …" in " ".join(
        command("plan", "suite.yaml").err.split()
    )
    desk.suite(suite("replace: {file: 3}"))
    assert "replace: file is 3; expected the path of a file or folder." in command("plan", "suite.yaml").err


def test_a_folder_that_is_not_wordnets_is_told_by_the_plan(desk: Desk, command: Command) -> None:
    desk.suite(suite("rare-synonyms: {wordnet: one}").replace("shop}]", "shop, language: en}]"))
    found = command("plan", "suite.yaml")
    assert found.code == 2
    said = " ".join(found.err.split())
    assert f"condition 'rare-synonyms[wordnet=one]@3': {desk.path / 'one' / 'index.noun'} is not there" in said
