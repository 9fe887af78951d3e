"""Fine-tuned rows, from a suite to the run folder: what is trained, what is shared, what is kept."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.core.events import Built, TrainingStep
from harness.core.seeds import seed_of
from harness.results import Run
from tests.fakes import forked
from tests.fakes.desk import Desk, Watched, at, scores
from tests.fakes.kills import run_and_be_killed
from tests.functional.test_run_failures import spoil_weights

TUNED = """
name: tuned
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe, {name: finetune, mode: finetune, epochs: 1}]
tasks: [{name: reviews, data: reviews.csv, domain: shop}]
conditions: [keyboard, rare-words]
baselines: [majority]
latency: false
device: cpu
"""


def builds(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run.path / "builds.jsonl").read_text(encoding="utf-8").splitlines()]


def stored(desk: Desk, build: dict[str, Any]) -> Path:
    """Where a built checkpoint lies."""
    return desk.path.parent / "cache" / "checkpoints" / str(build["checkpoint"])


def checkpoints(run: Run, mode: str) -> set[str | None]:
    return {entry["build"] for entry in run.manifest["plan"] if entry["address"]["mode"] == mode}


@pytest.fixture(scope="module")
def first(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Watched]:
    """TUNED run once for all that begin with it: where its desk and its cache lie, and what it told."""
    folder, watched = tmp_path_factory.mktemp("first"), Watched()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(folder / "cache"))
        patch.chdir(shutil.copytree(_made, folder / "desk"))
        Desk(folder / "desk").run(TUNED, watch=watched)
    return folder, watched


@pytest.fixture
def tuned(desk: Desk, first: tuple[Path, Watched]) -> Run:
    """The run of TUNED, as if it had been run at this desk."""
    return at(desk, first[0])


def test_all_conditions_of_a_fine_tuned_row_share_one_checkpoint(first: tuple[Path, Watched], tuned: Run) -> None:
    """It is trained once, on the training texts as they are; conditions change only what it is tested on."""
    run = tuned
    assert len(first[1].of(Built)) == 1
    (build,) = builds(run)
    assert checkpoints(run, "finetune") == {build["checkpoint"]}
    assert checkpoints(run, "probe") == {None}
    found = scores(run)
    for condition in ("clean", "keyboard@3", "rare-words", "rare-words:control"):
        assert f"reviews/one/mean/finetune/{condition}/–" in found
    assert run.manifest["complete"]
    assert {cell.status for cell in run.cells} == {"done"}


def test_what_training_took_and_gave_is_kept(tuned: Run) -> None:
    (build,) = builds(tuned)
    facts, curve = build["facts"], build["curve"]
    assert build["status"] == "done"
    assert facts["seconds"] > 0
    assert facts["n_tokens"] > 0
    assert facts["peak_mb"] > 0
    assert facts["n_train"] + facts["n_validation"] > 50
    assert any("validation_loss" in point for point in curve)
    assert any("loss" in point for point in curve)


def test_a_checkpoint_is_trained_once_whatever_the_folder(desk: Desk, tuned: Run) -> None:
    """It lies in the store; another run folder takes it from there, with what its training told."""
    watched = Watched()
    second = desk.run(TUNED, "again", watch=watched)
    assert not watched.of(TrainingStep)
    assert builds(second) == builds(tuned)
    assert scores(second) == scores(tuned)


@pytest.mark.usefixtures("tuned")
def test_a_finished_run_trains_nothing_again(desk: Desk) -> None:
    watched = Watched()
    desk.run(TUNED, watch=watched)
    assert not watched.of(Built, TrainingStep)
    assert not watched.cells


def test_a_damaged_checkpoint_is_trained_again(desk: Desk, tuned: Run) -> None:
    """What is in the store is checked by hash before it is used."""
    (build,) = builds(tuned)
    weights = stored(desk, build) / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    watched = Watched()
    again = desk.run(TUNED, "again", watch=watched)
    assert watched.of(TrainingStep)
    assert builds(again)[0]["facts"]["weights"] == build["facts"]["weights"]


def test_seeds_of_training_are_repeats_of_tuned_rows_alone(desk: Desk) -> None:
    run = desk.run(TUNED + "repeats: {train: 2}\n")
    found = scores(run)
    assert "reviews/one/mean/finetune/clean/train=0" in found
    assert "reviews/one/mean/finetune/clean/train=1" in found
    assert "reviews/one/mean/probe/clean/–" in found
    assert len(checkpoints(run, "finetune")) == len(builds(run)) == 2


def test_lp_ft_begins_with_the_probe_and_names_its_head(desk: Desk) -> None:
    """The lineage of its checkpoint names the very head that the probe's row has."""
    text = TUNED.replace("name: finetune, mode: finetune", "name: lp-ft, mode: lp-ft")
    run = desk.run(text)
    (build,) = builds(run)
    lineage = json.loads((stored(desk, build) / "lineage.json").read_text(encoding="utf-8"))
    step = lineage["lineage"][-1]
    assert step["operation"] == "lp-ft"
    assert step["teacher"]
    assert "reviews/one/mean/lp-ft/clean/–" in scores(run)


def test_lp_ft_that_learns_nothing_is_the_probe(desk: Desk) -> None:
    """At rates of 0, and with nothing held out, every prediction is the probe's."""
    idle = "name: lp-ft, mode: lp-ft, encoder_lr: 0, head_lr: 0, validation: 0"
    run = desk.run(TUNED.replace("name: finetune, mode: finetune", idle))
    keys = {c.address.mode: c.key for c in run.cells if c.address.condition == "clean"}
    probe, tuned = (run.outcomes(keys[mode]) for mode in ("probe", "lp-ft"))
    assert probe.prediction.tolist() == tuned.prediction.tolist()
    assert probe.score == pytest.approx(tuned.score, abs=1e-5)


def test_the_head_that_lp_ft_begins_with_has_not_seen_what_is_held_out(desk: Desk) -> None:
    """So it is another head than one fitted on all training texts."""
    from safetensors.numpy import load_file

    heads = []
    for share in (0, 0.3):
        idle = f"name: lp-ft, mode: lp-ft, encoder_lr: 0, head_lr: 0, validation: {share}"
        run = desk.run(TUNED.replace("name: finetune, mode: finetune", idle))
        heads.append(load_file(stored(desk, builds(run)[-1]) / "head.safetensors")["weight"])
    assert abs(heads[0] - heads[1]).max() > 1e-3


def test_weights_trained_anew_do_not_get_the_vectors_of_the_old(
    desk: Desk, tuned: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other threads or libraries may train other weights under one key; cells of the old ones are scored again."""
    run, before = tuned, builds(tuned)[0]["facts"]["weights"]
    shutil.rmtree(stored(desk, builds(run)[0]))
    monkeypatch.setattr("harness.training.trainer.seed_of", lambda *parts: seed_of("another order", *parts[1:]))
    lines = (run.path / "cells.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if '"keyboard@3"' not in line]
    (run.path / "cells.jsonl").write_text("\n".join(kept) + "\n", encoding="utf-8")
    again, new = desk.run(TUNED), desk.run(TUNED, "new", cache=False)
    assert builds(again)[-1]["facts"]["weights"] != before
    assert builds(again)[-1]["facts"]["weights"] == builds(new)[0]["facts"]["weights"]
    assert scores(again) == scores(new)
    controls = [c.facts.identity for c in again.cells if c.status == "done" and c.facts.identity]
    assert max(control.max_abs_difference for control in controls) < 1e-5


@pytest.mark.processes
def test_two_runs_at_once_train_a_checkpoint_once(desk: Desk) -> None:
    """The second waits for the first, and takes what it trained."""
    desk.suite(TUNED)
    running = [forked.start(desk, "run", "suite.yaml", "-o", out) for out in ("a", "b")]
    ended = [process.end() for process in running]
    assert [end.code for end in ended] == [0, 0]
    said = [end.err for end in ended]
    assert sum("trained in" in text and "in the store already" not in text for text in said) == 1
    assert sum("in the store already" in text for text in said) == 1
    assert builds(Run(desk.path / "a")) == builds(Run(desk.path / "b"))


def test_a_loss_that_is_no_number_costs_its_own_row(desk: Desk) -> None:
    """The reason names the step; the rows of the other encoder are there."""
    shutil.copytree(desk.path / "one", desk.path / "nan")
    spoil_weights(desk.path / "nan")
    run = desk.run(TUNED.replace("checkpoint: ./one}", "checkpoint: ./one}, {name: nan, checkpoint: ./nan}"))
    status = {(c.address.encoder, c.address.mode, c.status) for c in run.cells}
    assert ("one", "finetune", "done") in status
    assert ("nan", "finetune", "failed") in status
    assert ("nan", "finetune", "done") not in status
    failed = [c for c in run.cells if c.address.encoder == "nan" and c.address.mode == "finetune"]
    assert {c.reason for c in failed} == {"not-finite"}
    assert "step 1" in failed[0].message
    assert [line["status"] for line in builds(run)] == ["done", "failed"]


def test_the_oracle_of_a_shift_may_be_the_probe(desk: Desk) -> None:
    """A tuned row is trained on one domain alone, and held against the probe of the tested domain."""
    text = TUNED.replace("[keyboard, rare-words]", "[domain: {from: bakery, oracle: probe}]")
    run = desk.run(text)
    plan = {entry["key"]: entry for entry in run.manifest["plan"]}
    shifts = [e for e in run.manifest["plan"] if e["kind"] == "shift" and e["address"]["mode"] == "finetune"]
    assert shifts
    for entry in shifts:
        oracle = plan[entry["against"]]["address"]
        assert (oracle["mode"], oracle["encoder"]) == ("probe", "one")
    # one checkpoint for the clean row, one for all shifts from the bakery
    assert len(checkpoints(run, "finetune")) == 2
    addresses = [json.dumps(e["address"]) for e in run.manifest["plan"]]
    assert len(addresses) == len(set(addresses))


def test_an_oracle_that_is_no_mode_of_the_suite_is_named(desk: Desk) -> None:
    text = TUNED.replace("[keyboard, rare-words]", "[domain: {oracle: prob}]")
    with pytest.raises(HarnessError, match=r"oracle 'prob' is no mode of this suite\. Did you mean 'probe'"):
        desk.run(text)


def test_another_reading_leaves_the_trained_weights_as_they_are(desk: Desk) -> None:
    """A shorter reading is a reading of the same checkpoint, not another training."""
    run = desk.run(TUNED.replace("[keyboard, rare-words]", "[max-length: {tokens: 8}]"))
    assert len(checkpoints(run, "finetune")) == 1
    found = scores(run)
    assert "reviews/one/mean/finetune/max-length@8/–" in found


def test_without_a_cache_checkpoints_lie_in_the_run_folder(desk: Desk) -> None:
    run = desk.run(TUNED, cache=False)
    (build,) = builds(run)
    assert (Path(run.path) / "checkpoints" / str(build["checkpoint"]) / "head.safetensors").is_file()


#: Where a run is killed while it trains: function, its call at which the process dies.
MOMENTS = {
    "in a step": ("torch.optim:AdamW.step", 5),
    "while it saves": ("harness.core.fingerprint:seal", 1),
    "before its line": ("harness.results.folder:RunFolder.append_build", 1),
    "while it measures": ("harness.results.folder:RunFolder.append_cell", 3),
}


@pytest.mark.processes
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_while_it_trains_ends_with_the_same_weights(
    desk: Desk, first: tuple[Path, Watched], moment: str
) -> None:
    """On a CPU to the last bit; and it leaves no half of a checkpoint."""
    where, call = MOMENTS[moment]
    assert run_and_be_killed(desk, TUNED, where, call) == -signal.SIGKILL
    resumed = desk.run(TUNED)
    store = desk.path.parent / "cache" / "checkpoints"
    left = sorted(p.name for p in store.iterdir() if p.suffix not in (".lock", ".name"))
    whole = Run(first[0] / "desk" / "run")
    assert left == [builds(whole)[0]["checkpoint"]]
    assert builds(resumed)[-1]["facts"]["weights"] == builds(whole)[0]["facts"]["weights"]
    assert scores(resumed) == scores(whole)
