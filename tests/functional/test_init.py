"""`harness init`: from a person's own file to a suite that runs, and what is said on the way."""

import csv
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.audit import audit, guess, read, read_all
from tests.encoders.test_hub import README, parquet
from tests.fakes.command import Command
from tests.fakes.desk import Desk
from tests.fakes.hub import Repo, serve
from tests.fakes.own_data import odd, reviews, small_audit, tickets
from tests.fakes.own_pairs import pairs
from tests.fakes.own_search import faq
from tests.functional.test_search_tables import write as write_tables

FILES = ("tickets.yaml", "tickets.audit.md", "tickets.mk", "tickets.workflow.yml")
#: The encoders of the suite become the desk's.
OWN = {
    "  - minilm            #": "  - {name: one, checkpoint: ./one}  #",
    "  - minilm-3layers    #": "  - {name: two, checkpoint: ./two}  #",
    "primary: {encoder: minilm,": "primary: {encoder: one,",
    "latency: {scenarios: [single-stream, offline], replicates: 3, requests: 44}": "latency: false",
}


@pytest.fixture(autouse=True)
def _small(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    small_audit(tmp_path_factory.mktemp("reference"), monkeypatch)


@pytest.fixture
def file(desk: Desk) -> Path:
    path = desk.path / "tickets.csv"
    path.write_text(tickets(300), encoding="utf-8", newline="")
    return path


def small(desk: Desk, suite: Path) -> str:
    """The suite with the desk's encoders."""
    text = suite.read_text(encoding="utf-8")
    for before, after in OWN.items():
        assert before in text
        text = text.replace(before, after)
    return text + "\ndevice: cpu\n"


def test_files_are_written_beside_the_data_and_the_next_steps_told(command: Command, file: Path) -> None:
    said = command("init", "tickets.csv")
    assert (said.code, said.err) == (0, "")
    assert all((file.parent / name).is_file() for name in FILES)
    assert f"written: {', '.join(FILES)}" in said.out
    assert "label: queue – 4 values that repeat, by its name" in said.out
    assert "run tickets.yaml\n" in said.out
    assert 'baseline reports/tickets -o tickets.baseline.json --reason "first run"' in said.out
    assert "make -f tickets.mk run" in said.out


def test_what_is_there_is_not_overwritten_unless_asked(command: Command, file: Path) -> None:
    """Before anything is looked at, and naming the files."""
    kept = file.with_name("tickets.mk")
    kept.write_text("mine")
    said = command("init", "tickets.csv")
    assert said.code == 2
    assert said.err == "error: tickets.mk: there already. Give --force to overwrite, or another --name.\n"
    assert said.out == ""
    assert kept.read_text() == "mine"
    assert not file.with_name("tickets.yaml").exists()
    assert command("init", "tickets.csv", "--name", "other").code == 0
    assert kept.read_text() == "mine"
    assert command("init", "tickets.csv", "--force").code == 0
    assert kept.read_text() != "mine"


def test_another_folder_is_made(desk: Desk, command: Command, file: Path) -> None:
    """And the suite in it finds the data from there."""
    assert command("init", "tickets.csv", "-o", "suites/mine").code == 0
    suite = Path("suites/mine/tickets.yaml")
    (data,) = [line for line in suite.read_text().splitlines() if "data:" in line]
    assert data.strip() == "data: ../../tickets.csv"
    suite.write_text(small(desk, suite).replace("checkpoint: ./", "checkpoint: ../../"))
    assert command("plan", str(suite)).code == 0


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize("folder", ["my #1 da'ta: x", "a & {{ b }} $c", "plain"])
def test_what_is_told_next_can_be_typed_whatever_the_folder_is_called(
    command: Command, file: Path, folder: str
) -> None:
    """The commands name the files, make finds its own beside it, and the workflow is copied."""
    said = command("init", "tickets.csv", "-o", folder)
    assert said.code == 0
    run, baseline, gate, make, copy = told(said.out)
    assert shlex.split(run)[1:] == ["run", f"{folder}/tickets.yaml"]
    assert f"{folder}/tickets.baseline.json" in shlex.split(baseline)
    assert f"{folder}/tickets.baseline.json" in shlex.split(gate)
    assert typed(f"{make} -n")[1:] == ["run", "./tickets.yaml", "-o", "./reports/tickets"]
    Path(".github/workflows").mkdir(parents=True)
    typed(copy)
    assert Path(".github/workflows/tickets.workflow.yml").is_file()


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.skipif(shutil.which("harness") is not None, reason="harness is on the path, and called by its name")
def test_make_finds_the_command_from_another_folder(
    command: Command, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it was called."""
    (file.parent / "my tools").mkdir()
    shutil.copy(shutil.which("echo") or "/bin/echo", file.parent / "my tools" / "harness")
    monkeypatch.setattr("harness.cli.init.sys", SimpleNamespace(argv=["my tools/harness"]))
    *_, make, _ = told(command("init", "tickets.csv", "-o", "deep/er").out)
    assert typed(make)[-4:] == ["run", "./tickets.yaml", "-o", "./reports/tickets"]


def told(out: str) -> list[str]:
    """The commands under `next:`."""
    return [line for line in out.partition("\nnext:\n")[2].splitlines() if not line.startswith("  #")]


def typed(line: str) -> list[str]:
    """The words that the command says; it must succeed."""
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return shlex.split(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["init"], "Missing argument 'DATA'"),
        (["init", "tikets.csv"], "error: tikets.csv: no such file. Did you mean 'tickets.csv'?"),
        (["init", "tickets.csv", "--label", "quue"], "error: tickets.csv: no column 'quue'."),
        (["init", "tickets.csv", "--name", "a/b"], "error: --name a/b: expected letters, digits, dots"),
        (["init", "tickets.csv", "--label", "ticket"], "error: tickets.csv: column 'ticket' looks like texts or names"),
        (["init", "plain.csv"], "error: plain.csv: no column looks like a label (few values, each on several rows; "),
        (["init", "plain.csv"], "Say which it is: harness init plain.csv --label COLUMN"),
    ],
)
def test_a_wrong_command_ends_with_2_and_writes_nothing(
    command: Command, file: Path, arguments: list[str], message: str
) -> None:
    rows = [[f"this is the text of number {i}", i] for i in range(50)]
    with file.with_name("plain.csv").open("w", newline="") as out:
        csv.writer(out).writerows([["text", "value"], *rows])
    before = sorted(file.parent.iterdir())
    said = command(*arguments)
    assert said.code == 2
    assert message in said.err
    assert "Traceback" not in said.err
    assert sorted(file.parent.iterdir()) == before


@pytest.mark.parametrize("name", ["tickets", "reviews", "odd"])
def test_the_suite_runs_and_the_audits_baselines_are_the_runs(desk: Desk, command: Command, name: str) -> None:
    """Three files such as newcomers bring. The rows without an encoder score what the audit said, to the last digit."""
    files: dict[str, str | bytes] = {"tickets": tickets(300), "reviews": reviews(500, 12), "odd": odd(200)}
    content = files[name]
    path = desk.path / f"{name}.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert command("init", path.name).code == 0
    run = desk.run(small(desk, path.with_suffix(".yaml")))
    assert all(cell.status == "done" for cell in run.cells)
    source = read(path.name)
    found = audit(source, guess(source, {}), name, desk.path)
    clean = {c.address.encoder: c for c in run.cells if c.address.condition == "clean"}
    for row, score in found.scores.items():
        scores = clean[row].scores
        assert scores["accuracy"].value == score["accuracy"].value
        assert scores["macro-f1"].value == score["macro F1"].value
    assert found.margin == run.manifest["suite"]["gate"]["margin"]


def test_a_faq_runs_as_a_search_and_the_audits_baselines_are_the_runs(desk: Desk, command: Command) -> None:
    """Nobody has to say what it is; nothing of an answer is printed or written by the run."""
    (desk.path / "faq.csv").write_text(faq(40, 5, broken=True), encoding="utf-8", newline="")
    said = command("init", "faq.csv")
    assert (said.code, said.err) == (0, "")
    assert "query: question – by their names (200 different on 200 rows" in said.out
    assert "choose entry" not in said.out
    run = desk.run(small(desk, desk.path / "faq.yaml"))
    assert all(cell.status == "done" for cell in run.cells)
    source = read("faq.csv")
    found = audit(source, guess(source, {}), "faq", desk.path)
    (tfidf,) = [c for c in run.cells if (c.address.encoder, c.address.condition) == ("tfidf", "clean")]
    (score,) = found.scores.values()
    assert tfidf.scores["ndcg@10"].value == score["nDCG@10"].value
    assert tfidf.scores["recall@10"].value == score["recall@10"].value
    assert f"{100 * tfidf.chance:.1f} nDCG@10" in said.out
    assert tfidf.n_clusters == len(found.group_sizes) == 40
    assert not any(b"choose entry" in path.read_bytes() for path in run.path.iterdir() if path.is_file())


@pytest.mark.parametrize(("told", "metric"), [("score", "spearman"), ("label", "accuracy")])
def test_pairs_run_and_the_audits_baselines_are_the_runs(desk: Desk, command: Command, told: str, metric: str) -> None:
    """With a number or a class told of each; a gate on the same run finds nothing changed."""
    (desk.path / "pairs.csv").write_text(pairs(200, told), encoding="utf-8", newline="")
    said = command("init", "pairs.csv")
    assert (said.code, said.err) == (0, "")
    assert "text_b: sentence2 – by their names" in said.out
    run = desk.run(small(desk, desk.path / "pairs.yaml"))
    assert all(cell.status == "done" for cell in run.cells)
    found = audit(read("pairs.csv"), guess(read("pairs.csv"), {}), "pairs", desk.path)
    (tfidf,) = [c for c in run.cells if (c.address.encoder, c.address.condition) == ("tfidf", "clean")]
    label = {"spearman": "Spearman's ρ", "accuracy": "accuracy"}[metric]
    assert tfidf.scores[metric].value == found.scores["tfidf"][label].value
    assert tfidf.n_clusters == len(found.group_sizes)
    assert command("baseline", str(run.path), "-o", "b.json", "--reason", "first").code == 0
    gated = command("gate", str(run.path), "--baseline", "b.json")
    assert gated.code == 0
    assert "not comparable" not in gated.out
    assert "clean" in gated.out


def test_a_config_of_the_hub_only_for_the_hub(command: Command, file: Path) -> None:
    said = command("init", "tickets.csv", "--config", "alpha")
    assert said.code == 2
    assert said.err == "error: tickets.csv: --config names a part of a data set of the hub; this is a file.\n"


@pytest.mark.processes
def test_a_data_set_of_the_hub(tmp_path: Path, packaged: Path) -> None:
    """By `owner/name`, with its own train and test splits; files go where the user stands."""
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "assets").symlink_to(packaged)
    sides = {f"data/{side}-00000-of-00001.parquet": parquet(side, n) for side, n in (("train", 60), ("test", 40))}
    script = (
        "import pytest, sys; from pathlib import Path; from tests.fakes.own_data import small_audit\n"
        "Path('ref').mkdir(); small_audit(Path('ref'), pytest.MonkeyPatch())\n"
        "from harness.cli import main; main()"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {"HF_HOME": str(tmp_path / "hf"), "HARNESS_CACHE": str(tmp_path / "harness")}
    environment |= {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    with serve(Repo("datasets", "acme/reviews", {**sides, "README.md": README})) as hub:
        done = subprocess.run(
            [sys.executable, "-c", script, "init", "acme/reviews"],
            env={**environment, "HF_ENDPOINT": hub.url}, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "100 rows: 60 to train and 40 to test" in done.stdout
    assert "2 classes: the largest has" in done.stdout
    assert "trained on split 'train', tested on 'test'" in done.stdout
    suite = (tmp_path / "reviews.yaml").read_text()
    assert '    data: "hub:acme/reviews"\n    text: text\n    label: label\n' in suite


def test_tables_run_from_their_folder_and_the_audits_baselines_are_the_runs(desk: Desk, command: Command) -> None:
    """The folder holds queries, documents and relevance, as BEIR has them."""
    write_tables(desk.path)
    said = command("init", ".", "--name", "help")
    assert (said.code, said.err) == (0, "")
    assert "query: queries – the texts of queries.jsonl" in said.out
    run = desk.run(small(desk, desk.path / "help.yaml"))
    assert {cell.status for cell in run.cells} <= {"done", "skipped"}
    found = audit(source := read_all(["."], {}), guess(source, {}), "help", desk.path)
    (tfidf,) = [c for c in run.cells if (c.address.encoder, c.address.condition) == ("tfidf", "clean")]
    assert tfidf.scores["ndcg@10"].value == found.scores["tfidf"]["nDCG@10"].value
