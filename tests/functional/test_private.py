"""`report.texts: none`: nothing that a run leaves or says holds a text of the data, or the name of an item."""

from pathlib import Path

import pytest

from harness.results import Run
from tests.fakes.command import Command
from tests.fakes.desk import Desk, reviews, scores, write_csv

SECRET = "xylograph"  # in every text, in every customer's name and in every id
PRIVATE = """
name: private
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe, finetune: {epochs: 1}]
tasks: [{name: tickets, data: tickets.csv, group: customer, id: ticket}]
conditions: [keyboard, rare-words]
report: {texts: none}
latency: {scenarios: [single-stream], requests: 10, replicates: 1}
device: cpu
"""


@pytest.fixture
def tickets(desk: Desk) -> Path:
    rows = [
        (f"{text} {SECRET}", label, f"{SECRET} {i // 2}", f"{SECRET}-{i}")
        for i, (text, label, _) in enumerate(reviews())
    ]
    return write_csv(desk.path / "tickets.csv", rows, ("text", "label", "customer", "ticket"))


def holding(folder: Path) -> list[str]:
    """The files of a folder that hold the secret; outcomes are read, since they are compressed."""
    found = []
    for file in folder.rglob("*"):
        if file.suffix == ".outcomes":
            run = Run(folder)
            content = str([[list(column) for column in vars(run.outcomes(c.key)).values()] for c in run.cells])
        elif file.is_file():
            content = file.read_bytes().decode(errors="replace")
        else:
            continue
        if SECRET in content:
            found.append(file.name)
    return found


def test_no_file_of_a_private_run_holds_a_text_or_the_name_of_an_item(desk: Desk, tickets: Path) -> None:
    run = desk.run(PRIVATE)
    assert {c.status for c in run.cells} == {"done"}
    assert holding(run.path) == []


def test_a_run_that_is_not_private_does_hold_names_of_items(desk: Desk, tickets: Path) -> None:
    """So that the test above can fail."""
    assert holding(desk.run(PRIVATE.replace("texts: none", "texts: full")).path) != []


def test_the_store_of_vectors_and_checkpoints_holds_no_text(desk: Desk, tickets: Path) -> None:
    desk.run(PRIVATE)
    assert holding(desk.path.parent / "cache") == []


def test_privacy_changes_no_score(desk: Desk, tickets: Path) -> None:
    private, open_ = desk.run(PRIVATE), desk.run(PRIVATE.replace("none", "full"), "open")
    assert scores(private) == scores(open_)


@pytest.mark.processes
def test_messages_about_bad_data_name_rows_and_no_values(desk: Desk, tickets: Path, command: Command) -> None:
    """Neither on the terminal nor in the run folder."""
    rows = [("a b c", "good", SECRET, SECRET), ("d e f", "bad", SECRET, SECRET)] * 20
    write_csv(desk.path / "tickets.csv", rows, ("text", "label", "customer", "ticket"))
    desk.suite(PRIVATE)
    said = command("run", "suite.yaml", "-o", "run")
    assert said.code == 3
    assert "row 3" in said.out + said.err
    assert SECRET not in said.out + said.err
    assert holding(desk.path / "run") == []
    assert Run(desk.path / "run").manifest["suite"]["texts"] == "none"


def test_a_wrong_request_is_named_by_its_line_alone(desk: Desk, tickets: Path, command: Command) -> None:
    (desk.path / "requests.jsonl").write_text(f'{{"txt": "my {SECRET}"}}\n', encoding="utf-8")
    desk.suite(PRIVATE.replace("requests: 10", "requests: 10, texts: requests.jsonl"))
    for arguments in (("run", "suite.yaml", "-o", "run"), ("plan", "suite.yaml")):
        said = command(*arguments)
        assert "requests.jsonl" in said.err
        assert SECRET not in said.out + said.err


def test_a_bug_tells_its_place_and_no_value(desk: Desk, tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"cannot read my {SECRET}")

    monkeypatch.setattr("harness.scoring.classification.Classification.outcomes", broken)
    run = desk.run(PRIVATE)
    failed = [cell for cell in run.cells if cell.status == "failed"]
    assert failed
    assert all(cell.message.startswith("ValueError (what it says is kept back") for cell in failed)
    assert holding(run.path) == []
