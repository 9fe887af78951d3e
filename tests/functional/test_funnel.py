"""A funnel: what is shown to be behind is neither trained nor put to conditions, and the page says so."""

from harness import api
from harness.report import funnel
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, Watched, failed, scores

#: One encoder reads a single word of each text.
FUNNEL = (
    SUITE.replace("one}]", "one}, {name: blind, checkpoint: ./one, max_length: 3}]")
    .replace("modes: [probe]", "modes: [probe, {name: finetune, mode: finetune, epochs: 1}]")
    .replace("keyboard, domain: {test: [barber]}, rare-words", "keyboard")
    + "funnel: true\n"
)


def test_what_is_shown_to_be_behind_is_left_out(desk: Desk) -> None:
    run = desk.run(FUNNEL)
    assert failed(run) == {}
    assert run.manifest["complete"]
    done = {(c.address.encoder, c.address.mode, c.address.condition) for c in run.cells if c.status == "done"}
    assert {row for row in done if row[0] in ("one", "blind")} == {
        ("one", "probe", "clean"),
        ("one", "probe", "keyboard@3"),
        ("one", "finetune", "clean"),
        ("one", "finetune", "keyboard@3"),
        ("blind", "probe", "clean"),
    }
    assert {row[2] for row in done if row[0] == "majority"} == {"clean", "keyboard@3"}
    dropped = {line["what"]: line["why"] for line in run.manifest["dropped"]}
    assert list(dropped) == ["conditions of blind / mean / probe on reviews", "blind / mean / finetune on reviews"]
    assert all("points accuracy" in why and why.endswith("against one / mean / probe") for why in dropped.values())
    page = api.write_report(run.path)["report.md"].read_text(encoding="utf-8")
    assert "funnel: the row is behind" in page

    watched = Watched()
    assert scores(desk.run(FUNNEL, watch=watched)) == scores(run)
    assert watched.cells == []


def test_without_it_all_is_done(desk: Desk) -> None:
    suite = desk.suite(FUNNEL.replace("funnel: true", "funnel: false"))
    assert funnel.stages(api.suite(suite)) == ()


def test_the_plan_says_what_it_saves(desk: Desk, command: Command) -> None:
    desk.suite(FUNNEL)
    said = command("plan", "suite.yaml")
    assert said.code == 0, said.err
    assert "funnel: 9 cells and about" in said.out
    assert "all 12 and" in said.out
