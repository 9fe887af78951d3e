"""What is made for other languages, or finds nothing to edit, is no result: neither in the plan, nor on the page."""

import pytest

from harness.results import Run
from tests.fakes.command import Command
from tests.fakes.desk import Desk, scores, write_csv
from tests.fakes.sentences import SENTENCES, rows

SUITE = """
name: languages
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe]
tasks: [{name: zh, data: zh.csv}, {name: ru, data: ru.csv}]
conditions: [misspellings, rare-terms]
report: {texts: none}
latency: false
device: cpu
"""
#: No word of four letters, in a language that the harness cannot tell.
NUMBERS = [(f"{i} {i * 7919 % 9973}", ("a", "b")[i % 2]) for i in range(60)]


@pytest.fixture
def files(desk: Desk) -> None:
    for language in ("zh", "ru"):
        write_csv(desk.path / f"{language}.csv", rows(language), ("text", "label"))
    write_csv(desk.path / "numbers.csv", NUMBERS, ("text", "label"))


def statuses(run: Run) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cell in run.cells:
        found.setdefault(cell.address.condition, set()).add(cell.status)
    return found


@pytest.mark.usefixtures("files")
def test_the_plan_says_languages_and_what_is_not_for_them(desk: Desk, command: Command) -> None:
    desk.suite(SUITE)
    said = command("plan", "suite.yaml").out.splitlines()
    assert "zh: Chinese (guessed; `language:` in the task sets it)" in said
    assert "ru: Russian (guessed; `language:` in the task sets it)" in said
    for what, task in (("misspellings", "zh"), ("rare-terms", "zh"), ("misspellings", "ru"), ("rare-terms", "ru")):
        assert [line for line in said if line.startswith(f"not applicable: {what} on {task}: ")], (what, task)
    assert "9 cells, 0 of them finished" not in said
    assert "6 cells, 0 of them finished" in said


@pytest.mark.processes
@pytest.mark.usefixtures("files")
def test_the_page_says_the_language_and_shows_no_drop(desk: Desk, command: Command) -> None:
    """It was `largest drop 0.0 [0.0, 0.0]`, though no text had been edited. No text of a private run is told."""
    desk.suite(SUITE)
    said = command("run", "suite.yaml", "-o", "run")
    assert said.code == 0, said.err
    run = Run(desk.path / "run")
    assert statuses(run) == {"clean": {"done"}}
    assert (run.manifest["tasks"]["ru"]["language"], run.manifest["tasks"]["ru"]["language_guessed"]) == ("ru", True)
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "- language: Russian (guessed; \\`language:\\` in the task sets it)" in page
    assert "- language: Chinese (guessed" in page
    assert "misspellings does not apply: keyboard is for texts in English" in page
    assert "cost it" not in page
    left = "".join(path.read_text(encoding="utf-8", errors="replace") for path in run.path.rglob("*") if path.is_file())
    for text in (*SENTENCES["ru"], *SENTENCES["zh"]):
        assert text not in left + said.out + said.err


@pytest.mark.usefixtures("files")
def test_what_is_said_of_a_language_decides_and_changes_no_score(desk: Desk, command: Command) -> None:
    guessed = desk.run(SUITE.replace("misspellings, rare-terms", "misspellings"))
    text = SUITE.replace("data: ru.csv", "data: ru.csv, language: es")
    desk.suite(text)
    assert "ru: Spanish" in command("plan", "suite.yaml").out.splitlines()
    said = desk.run(text, "said")
    assert {a: s for a, s in scores(said).items() if "clean" in a} == scores(guessed)


@pytest.mark.processes
@pytest.mark.usefixtures("files")
def test_typos_that_edited_no_text_are_neither_a_result_nor_a_failure(desk: Desk, command: Command) -> None:
    desk.suite(
        SUITE.replace("{name: zh, data: zh.csv}, {name: ru, data: ru.csv}", "{name: numbers, data: numbers.csv}")
    )
    said = command("run", "suite.yaml", "-o", "run")
    assert said.code == 0, said.err
    run = Run(desk.path / "run")
    found = statuses(run)
    assert (found["clean"], found["keyboard@3"], found["keyboard@5"]) == ({"done"}, {"skipped"}, {"skipped"})
    n = run.manifest["tasks"]["numbers"]["n_test"]
    messages = {c.message for c in run.cells if c.address.condition == "keyboard@3"}
    assert messages == {f"keyboard@3 found nothing to edit in these {n} texts."}
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert f"keyboard@3 found nothing to edit in these {n} texts." in page
    assert "language: not known" in page
    assert "adjacent-key typos in" not in page.split("## ")[1]


def test_a_reading_that_is_the_encoders_own_changes_no_text(desk: Desk) -> None:
    """It has the key, and so the result, of the texts as they are."""
    reviews = "{name: reviews, data: reviews.csv}"
    text = SUITE.replace("{name: zh, data: zh.csv}, {name: ru, data: ru.csv}", reviews)
    run = desk.run(text.replace("misspellings, rare-terms", "max-length: {tokens: 100000}"))
    assert statuses(run) == {"clean": {"done"}, "max-length@100000": {"done"}}
    assert "changes 0 % of texts" in (run.path / "report.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("files")
def test_a_severity_that_asks_for_no_change_is_a_control_with_a_result(desk: Desk) -> None:
    text = SUITE.replace("{name: zh, data: zh.csv}, {name: ru, data: ru.csv}", "{name: numbers, data: numbers.csv}")
    run = desk.run(text.replace("misspellings, rare-terms", "keyboard: {severity: 0}, truncate: {keep: 1.0}"))
    assert statuses(run) == {"clean": {"done"}, "keyboard@0": {"done"}, "truncate@1": {"done"}}
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "changes 0 % of texts" in page
