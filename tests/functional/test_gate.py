"""The gate end to end: accept a run, break something on purpose, mend it again."""

import json
import shutil
import xml.etree.ElementTree as ET

import pytest

from tests.fakes.command import Command
from tests.fakes.desk import Desk, reviews, write_csv
from tests.fakes.gates import SUITE, accept, gate


def fill(desk: Desk, part: str, value: float) -> None:
    """Write one number into all weights of the encoder with this in their name."""
    from safetensors.torch import load_file, save_file

    file = desk.path / "one" / "model.safetensors"
    weights = load_file(file)
    for name in weights:
        if part in name:
            weights[name].fill_(value)
    save_file(weights, file, metadata={"format": "pt"})


def deafen(desk: Desk) -> None:
    """No token hears of another: the mean is a bag of words, the first token the same for every text."""
    fill(desk, "attention.output.dense", 0.0)


def test_break_it_and_the_gate_fails_mend_it_and_it_passes(desk: Desk, command: Command) -> None:
    """Another pooler under the same name; the failure is named, no text is in any file."""
    deafen(desk)
    accept(desk, command)
    other = SUITE.replace("pooler: mean", "pooler: cls")
    said = gate(desk, command, other, "--markdown", "out/gate.md", "--junit", "out/gate.xml")
    assert said.code == 1
    assert said.out.startswith("## Gate failed: clean regressed (accuracy ")
    assert "- pooler main: mean (layers=[-1], special_tokens=True) -> cls (layers=[-1])" in said.out
    assert (desk.path / "out/gate.md").read_text() == said.out
    suite = ET.parse(desk.path / "out/gate.xml").getroot()[0]
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["clean", "misspellings v2"]
    for file in ("b.json", "out/gate.md", "out/gate.xml"):
        assert "waiter" not in (desk.path / file).read_text()
    said = gate(desk, command)
    assert (said.code, said.out.splitlines()[0]) == (0, "## Gate passed: 5 ok")


def test_a_damaged_encoder_fails_and_a_broken_one_cannot_be_judged(desk: Desk, command: Command) -> None:
    """All texts alike is worse, and the build fails; NaN is a crash, and no crash is a regression."""
    deafen(desk)
    accept(desk, command)
    shutil.copytree("one", "good")
    fill(desk, "LayerNorm.weight", 0.0)
    said = gate(desk, command)
    assert said.code == 1
    assert "clean regressed" in said.out.splitlines()[0]
    assert "- encoder one: checkpoint: " in said.out
    fill(desk, "word_embeddings", float("nan"))
    said = gate(desk, command)
    assert said.code == 3
    assert said.out.startswith("## Gate could not judge: clean failed; misspellings v2 failed")
    assert "not-finite" in said.out
    shutil.rmtree("one")
    shutil.move("good", "one")
    assert gate(desk, command).code == 0


def test_without_a_baseline_it_says_how_to_make_one(desk: Desk, command: Command) -> None:
    """The command that is printed is the one that works."""
    desk.run(SUITE, "run")
    said = command("gate", "run", "--baseline", "new/b.json")
    assert said.code == 2
    assert 'harness baseline run -o new/b.json --reason "first baseline"' in said.err
    assert "harness baseline run -o reports/baselines/reviews.json" in command("gate", "run").err
    assert command("baseline", "run", "-o", "new/b.json", "--reason", "first baseline").code == 0
    assert command("gate", "run", "--baseline", "new/b.json", "--strict").code == 0
    said = command("baseline", "run", "-o", "new/b.json", "--reason", "again, \nand why")
    assert "accepted 2x" in said.out
    history = json.loads((desk.path / "new/b.json").read_text())["history"]
    assert [entry["reason"] for entry in history] == ["first baseline", "again, and why"]
    assert command("gate", "nowhere", "--baseline", "new/b.json").code == 2
    (desk.path / "new/b.json").write_text("{}")
    assert command("gate", "run", "--baseline", "new/b.json").code == 2


@pytest.mark.parametrize("place", ["folder", "b.json/out", "folder/b.json/out"])
def test_a_place_that_is_no_file_is_told(desk: Desk, command: Command, place: str) -> None:
    """A folder where a file should go, or a file where a folder should be, is not a bug of the harness."""
    accept(desk, command, n=60)
    (desk.path / "folder").mkdir()
    shutil.copy("b.json", "folder/b.json")
    for wrong in (
        ("gate", "accepted", "--baseline", "b.json", "--markdown", place),
        ("gate", "accepted", "--baseline", "b.json", "--junit", place),
        ("gate", "accepted", "--baseline", "folder"),
        ("baseline", "accepted", "--reason", "x", "-o", place),
    ):
        said = command(*wrong)
        assert said.code == 2, wrong
        assert said.err.startswith("error: "), wrong


def test_part_of_a_suite_is_judged_as_far_as_it_goes(desk: Desk, command: Command) -> None:
    """What is not planned is missing, thresholds too; nothing of it is a bug."""
    text = SUITE.replace("margin: 0.02", "thresholds: [{metric: accuracy, min: 0.6}]")
    text = text.replace("[misspellings]", "[rare-words]")
    accept(desk, command, text)
    desk.run(text, "part", only={"condition": "rare-words*"})
    said = command("gate", "part", "--baseline", "b.json")
    assert (said.code, "its clean cell is not in this run's plan" in said.out) == (3, True)


def test_an_incomplete_run_is_no_baseline(desk: Desk, command: Command) -> None:
    desk.run(SUITE, "part", only={"encoder": "one"})
    said = command("baseline", "part", "-o", "b.json", "--reason", "x")
    assert (said.code, "--only encoder=one" in said.err) == (2, True)
    desk.run(SUITE.replace("./one", "./nowhere"), "failed")
    said = command("baseline", "failed", "-o", "b.json", "--reason", "x")
    assert said.code == 2
    assert "reviews / one / main / probe / clean: missing-file" in said.err
    assert not (desk.path / "b.json").exists()


def test_nothing_in_common_and_cells_that_are_gone(desk: Desk, command: Command) -> None:
    accept(desk, command, n=200)
    said = gate(desk, command, SUITE.replace("[misspellings]", "[]"))
    assert said.code == 3
    assert (
        "misspellings v2: missing: reviews / one / main / probe / human-misspellings@3 (and 2 cells more): in the"
        in said.out
    )
    assert gate(desk, command, SUITE.replace("name: main", "name: other")).code == 3
    write_csv(desk.path / "reviews.csv", [(f"so {text}", label) for text, label, _ in reviews(200)], ("text", "label"))
    said = gate(desk, command)
    assert said.code == 3
    assert said.out.startswith("## Gate could not judge: clean not comparable; misspellings v2 not comparable")
    assert "other test items: 0 of " in said.out


def test_too_few_items_say_so_and_fail_only_when_told_to(desk: Desk, command: Command) -> None:
    deafen(desk)
    accept(desk, command, n=26)
    other = SUITE.replace("pooler: mean", "pooler: cls")
    said = gate(desk, command, other)
    assert said.code == 0
    assert "in clean and misspellings v2 chance decides, not the margin" in said.out.splitlines()[0]
    assert "smallest visible loss" in said.out
    said = gate(desk, command, other, "--strict")
    assert said.code == 3
    assert said.out.startswith("## Gate could not judge: clean too weak; misspellings v2 too weak")


@pytest.mark.parametrize(("bound", "code"), [("min: 0.6", 0), ("max: 0.5", 1), ("min: 90, encoder: tfidf", 0)])
def test_thresholds_alone_need_no_baseline(desk: Desk, command: Command, bound: str, code: int) -> None:
    desk.run(SUITE.replace("margin: 0.02", f"thresholds: [{{metric: accuracy, {bound}}}]"), "run")
    said = command("gate", "run")
    assert said.code == code
    assert ("accuracy of reviews / one" in said.out) == ("tfidf" not in bound)


@pytest.mark.parametrize(("n_seeds", "said_of_one"), [(1, True), (2, False)])
def test_a_trained_primary_is_held_by_its_seeds(desk: Desk, command: Command, n_seeds: int, said_of_one: bool) -> None:
    """The same recipe again is the same weights; another recipe is a new training, which one seed cannot judge."""
    text = SUITE.replace("[probe]", "[{name: tuned, mode: finetune, epochs: 1, validation: 0}]") + (
        f"baselines: []\nrepeats: {{train: {n_seeds}}}\n"
    )
    accept(desk, command, text, n=120)
    said = gate(desk, command, text)
    assert (said.code, said.out.splitlines()[0]) == (0, "## Gate passed: 5 ok")
    said = gate(desk, command, text.replace("epochs: 1", "epochs: 4"))
    assert said.code == 0
    assert ("clean: too weak: one training: what another seed would give is not known" in said.out) == said_of_one
    assert "- trained weights: " in said.out


def test_limits_alone_are_gated_without_a_baseline(desk: Desk, command: Command) -> None:
    """From a real run: its memory and its bytes; and a limit that is tighter than both fails the build."""
    limited = SUITE.replace("latency: false", "latency: {scenarios: [memory], replicates: 1}")
    desk.run(f"{limited}limits: {{memory_mb: 1.0e6, disk_mb: 1}}\n")
    said = command("gate", "run")
    assert (said.code, said.out.splitlines()[0]) == (0, "## Gate passed: 2 ok")
    desk.run(f"{limited}limits: {{memory_mb: 1, disk_mb: 0.01}}\n")
    said = command("gate", "run")
    assert said.code == 1
    assert "limit: memory of one / main at most 1 MB missed" in said.out
    assert "limit: disk of one / main at most 0.01 MB missed (0.100 MB is more)" in said.out
    assert "> 1, disk 0.100 > 0.01" in (desk.path / "run" / "report.md").read_text(encoding="utf-8")
    desk.run(SUITE)
    assert command("gate", "run").code == 2
