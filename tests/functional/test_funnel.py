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


def test_no_more_than_so_many_go_on(desk: Desk) -> None:
    suite = FUNNEL.replace("max_length: 3", "max_length: 24").replace("poolers: [mean]", "poolers: [mean, cls]")
    run = desk.run(suite.replace("funnel: true", "funnel: {rows: 2}"))
    assert failed(run) == {}
    done = [c.address for c in run.cells if c.status == "done" and c.address.pooler != "–"]
    trained = {a.row[:2] for a in done if a.mode == "finetune"}
    assert {encoder for encoder, _ in trained} == {"one", "blind"}, "each encoder with its best pooler first"
    assert len(trained) == 2
    clean = {a.row: next(c for c in run.cells if c.address == a) for a in done if a.condition == "clean"}
    value = {row: cell.scores["accuracy"].value for row, cell in clean.items()}
    for encoder, pooler in trained:
        assert value[encoder, pooler, "probe"] == max(value[encoder, p, "probe"] for p in ("mean", "cls"))
    finalists = {a.row for a in done if a.condition != "clean"}
    assert len(finalists) == 2
    assert min(value[row] for row in finalists) >= max(value[row] for row in value if row not in finalists)
    whys = [line["why"] for line in run.manifest["dropped"]]
    assert "funnel: one of 4 that may be the best, of which 2 are trained" in whys
    assert "funnel: one of 6 rows that may be the best, of which 2 are put to conditions" in whys


def test_a_limit_of_nothing_is_refused(desk: Desk, command: Command) -> None:
    desk.suite(FUNNEL.replace("funnel: true", "funnel: {rows: 0}"))
    said = command("plan", "suite.yaml")
    assert said.code == 2
    assert "suite.yaml:10:16: funnel.rows is 0; expected 1 or more." in said.err


def test_the_plan_says_what_it_saves(desk: Desk, command: Command) -> None:
    desk.suite(FUNNEL)
    said = command("plan", "suite.yaml")
    assert said.code == 0, said.err
    assert "funnel: 8 cells and about" in said.out
    assert "all 12 and" in said.out
