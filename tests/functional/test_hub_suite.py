"""The suite of hub ids as it is shipped, on stand-ins at the commits that it names; then without the hub."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import api
from harness.results import Run
from tests.fakes.canonical import MODELS, half, sharded
from tests.fakes.canonical_data import DATA
from tests.fakes.desk import failed, scores
from tests.fakes.hub import Repo, serve

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "suites" / "hub.yaml"
#: Two more layouts of weights, beside the five that the suite names.
MORE = {"acme/sharded": sharded, "acme/half": half}
#: Encoders that the hub does not give, as they stand in the suite: by name, and what is said of each.
REFUSED = {
    "gated": ("acme/closed", "its owners decide who may fetch it (a gated model). Ask for access at http://"),
    "missing": ("acme/nothing", "the hub has no such model open to you. Check the id"),
    "no-revision": ("acme/half, revision: v9", "the hub has no revision 'v9' of it. Name a branch, a tag, or a commit"),
}
#: The hub's libraries read their settings when they are imported, so each run is a process, with all jobs in it.
RUN = """
import sys
from pathlib import Path
from harness import api
from harness.runner import executors, run as runner

suite = api.suite("hub.yaml", ["max_samples.train=40", "max_samples.test=20"])
only = dict(part.split("=") for part in sys.argv[2:])
done = runner.run(suite, Path(sys.argv[1]), runner.Options(executor=executors.inline, cache=not only, only=only))
api.write_report(done.path)
"""


def pinned() -> dict[str, str]:
    """The commit that the suite names of each id."""
    suite = api.suite(SUITE)
    found = {entry.checkpoint: str(entry.revision) for entry in suite.encoders}
    return found | {str(t.spec["data"]).removeprefix("hub:"): str(t.spec["revision"]) for t in suite.tasks if t.spec}


def repos(folder: Path) -> list[Repo]:
    commits = pinned()
    models = {name: make(folder / name) for name, make in {**MODELS, **MORE}.items()}
    found = [Repo("models", name, files, commits.get(name, "")) for name, files in models.items()]
    found += [Repo("models", "acme/closed", models["acme/half"], gate=403)]
    return found + [Repo("datasets", name, make(), commits[name]) for name, make in DATA.items()]


@dataclass(frozen=True)
class Walked:
    """What the hub was asked; the run; and with the hub gone the same suite, of which a part is computed again."""

    asked: list[str]
    first: Run
    offline: Run


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, packaged: Path) -> Walked:
    home = tmp_path_factory.mktemp("hub")
    (home / "cache").mkdir()
    (home / "cache" / "assets").symlink_to(packaged, target_is_directory=True)
    more = "".join(f"  - {name}\n" for name in MORE)
    more += "".join(f"  - {{name: {name}, checkpoint: {what}}}\n" for name, (what, _) in REFUSED.items())
    (home / "hub.yaml").write_text(SUITE.read_text(encoding="utf-8").replace("poolers:", f"{more}poolers:"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {"HF_HOME": str(home / "hf"), "HARNESS_CACHE": str(home / "cache"), "PYTHONPATH": str(ROOT)}
    environment |= {"OMP_NUM_THREADS": "1"}

    def run(*arguments: str) -> Run:
        done = subprocess.run(
            [sys.executable, "-c", RUN, *arguments],
            cwd=home, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return Run(home / arguments[0])

    with serve(*repos(tmp_path_factory.mktemp("repos"))) as hub:
        environment["HF_ENDPOINT"] = hub.url
        first = run("first")
        asked = list(hub.asked)
    environment["HF_HUB_OFFLINE"] = "1"
    return Walked(asked, first, run("offline", "condition=clean", "task=trec"))


def test_every_id_of_the_suite_is_held_to_a_whole_commit() -> None:
    commits = pinned()
    assert set(commits) == {*MODELS, *DATA}
    assert [c for c in commits.values() if not re.fullmatch("[0-9a-f]{40}", c)] == []


def test_the_suite_runs_as_it_is_shipped(walked: Walked) -> None:
    """All five families and both other layouts, on all three data sets, on clean and on changed texts."""
    done = {(c.address.encoder, c.address.task) for c in walked.first.cells if c.status == "done"}
    names = {"bert", "roberta", "distilbert", "mpnet", "deberta", *MORE, "majority", "tfidf"}
    assert done == {(name, task) for name in names for task in ("sst2", "ag-news", "trec")}
    about = walked.first.manifest["encoders"]
    families = [about[name]["family"] for name in ("bert", "roberta", "distilbert", "mpnet", "deberta")]
    assert families == ["bert", "roberta", "distilbert", "mpnet", "deberta-v2"]
    notes = walked.first.manifest["tasks"]["sst2"]["notes"]
    assert notes == ["split 'test' has no labels and is not used", "trained on split 'train', tested on 'validation'"]


def test_what_the_hub_does_not_give_costs_its_own_rows_alone(walked: Walked) -> None:
    told = failed(walked.first)
    assert {address.split("/")[1] for address in told} == set(REFUSED)
    for address, said in told.items():
        assert said.startswith(f"missing-file: encoder '{address.split('/')[1]}': ")
        assert REFUSED[address.split("/")[1]][1] in said


def test_the_run_records_the_commits_that_the_suite_names(walked: Walked) -> None:
    commits, suite, manifest = pinned(), api.suite(SUITE), walked.first.manifest
    for entry in suite.encoders:
        assert manifest["encoders"][entry.name]["revision"] == commits[entry.checkpoint]
    for task in suite.tasks:
        repo = str((task.spec or {})["data"]).removeprefix("hub:")
        assert manifest["tasks"][task.name]["source"] == f"hub:{repo}@{commits[repo]}"


def test_only_what_is_read_is_fetched(walked: Walked) -> None:
    """Weights once and as safetensors where there are some; nothing of other libraries, no pictures."""
    fetched: dict[str, set[str]] = {}
    for path in walked.asked:
        if found := re.fullmatch(r"GET /(\S+)/resolve/\w+/(\S+)", path):
            fetched.setdefault(found[1], set()).add(found[2])
    tokenizer = {"config.json", "tokenizer.json", "tokenizer_config.json"}
    wordpiece = tokenizer | {"vocab.txt"}
    assert fetched["google-bert/bert-base-uncased"] == wordpiece | {"model.safetensors"}
    assert fetched["distilbert/distilbert-base-uncased"] == wordpiece | {"model.safetensors"}
    roberta = tokenizer | {"vocab.json", "merges.txt", "dict.txt", "model.safetensors"}
    assert fetched["FacebookAI/roberta-base"] == roberta
    assert fetched["microsoft/mpnet-base"] == wordpiece | {"pytorch_model.bin"}
    deberta = {"config.json", "tokenizer_config.json", "spm.model", "pytorch_model.bin"}
    assert fetched["microsoft/deberta-v3-base"] == deberta


def test_a_second_run_needs_no_hub(walked: Walked) -> None:
    """With HF_HUB_OFFLINE and nothing at the address: the same commits, keys and scores."""
    wanted = {c.key for c in walked.first.cells if (c.address.condition, c.address.task) == ("clean", "trec")}
    assert {c.key for c in walked.offline.cells} == wanted
    told = failed(walked.offline)
    assert {address.split("/")[1] for address in told} == set(REFUSED)
    assert all("the model hub cannot be reached and there is no complete local copy" in said for said in told.values())
    first = scores(walked.first)
    again = scores(walked.offline)
    assert again == {address: first[address] for address in again}
    for name, about in walked.first.manifest["encoders"].items():
        assert walked.offline.manifest["encoders"][name].get("revision") == about.get("revision")
    for name, info in walked.first.manifest["tasks"].items():
        assert walked.offline.manifest["tasks"][name]["source"] == info["source"]
