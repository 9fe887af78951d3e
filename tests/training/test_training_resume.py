"""A training that is killed goes on, and ends with the bytes of one that was not."""

import json
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from harness.core.events import Event, TrainingStep
from harness.core.fingerprint import is_whole, seal
from harness.encoders import EncoderFolder
from harness.training import TrainingJob, finetune
from tests.fakes import forked
from tests.fakes.trainings import contrary, trained, training_job

_FILES = ("model.safetensors", "head.safetensors", "config.json", "head.json")
#: The best epoch is an early one, and patience runs out before the epochs do.
_RECIPE: dict[str, Any] = {"epochs": 12.0, "encoder_lr": 3e-3, "patience": 2}


@pytest.fixture(scope="module")
def hard(base: EncoderFolder) -> TrainingJob:
    return training_job(base, contrary(), **_RECIPE)


@pytest.fixture(scope="module")
def uninterrupted(hard: TrainingJob, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained in one go, and never saved on the way but for its best epochs."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert 3 <= trained(hard, out)["facts"]["n_epochs"] < 12
    return out


def told_of(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "training.json").read_text(encoding="utf-8"))
    return told


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    save_every_step(monkeypatch)


def save_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.training import callbacks

    monkeypatch.setattr(callbacks, "_FIRST_SAVE_S", 0.0)
    monkeypatch.setattr(callbacks, "_SAVING_SHARE", 1e9)


def train_and_tell(what: TrainingJob, out: Path, step: int | None, told: Connection) -> None:
    """In a process of its own: train, saving every step, tell the number of each, and die at this one."""
    save_every_step(pytest.MonkeyPatch())
    for event in finetune(what, "cpu", 1, out):
        if isinstance(event, TrainingStep):
            told.send(event.n_done)
            if event.n_done == step:
                os.kill(os.getpid(), signal.SIGKILL)


def first_step(what: TrainingJob, out: Path, killed_at: int | None) -> int:
    """The step that a process began with which was killed with -9 when it told of another (None: left alone)."""
    context = forked.context()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=train_and_tell, args=(what, out, killed_at, theirs))
    process.start()
    theirs.close()
    first = int(ours.recv())
    process.join()
    assert process.exitcode == (0 if killed_at is None else -signal.SIGKILL)
    return first


def killed_after(step: int, what: TrainingJob, out: Path, n_threads: int = 1) -> list[Path]:
    """What is left in order of steps, when nobody listens to this one any more."""
    steps = finetune(what, "cpu", n_threads, out)
    while not (isinstance(event := next(steps), TrainingStep) and event.n_done == step):
        pass
    steps.close()
    return sorted(out.with_name(f"{out.name}.work").iterdir(), key=lambda folder: int(folder.name.split("-")[1]))


def rewrite(save: Path, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change a JSON file of a save, which stays sealed."""
    (save / name).write_text(json.dumps(change(json.loads((save / name).read_text()))))
    seal(save)


@pytest.mark.processes
def test_killed_at_several_steps_it_ends_with_the_same_bytes(
    hard: TrainingJob, uninterrupted: Path, tmp_path: Path
) -> None:
    """At the first, within an epoch, at the end of one, just before the last; with dropout and patience."""
    out = tmp_path / "out"
    facts = told_of(uninterrupted)["facts"]
    n_steps, epoch = facts["n_steps"], round(facts["n_steps"] / facts["n_epochs"])
    kills = [1, epoch - 2, 2 * epoch, n_steps - 1]
    first_steps = [first_step(hard, out, step) for step in (*kills, None)]
    assert first_steps == sorted(first_steps)
    assert first_steps[-1] > epoch  # it did go on, not begin again
    for name in _FILES:
        assert (out / name).read_bytes() == (uninterrupted / name).read_bytes(), name
    ours, theirs = told_of(out), told_of(uninterrupted)
    assert ours["curve"] == theirs["curve"]
    timeless = [{k: v for k, v in t["facts"].items() if k not in ("seconds", "peak_mb")} for t in (ours, theirs)]
    assert timeless[0] == timeless[1]
    assert is_whole(out)
    assert not out.with_name("out.work").exists()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("damage", ["cut", "unsealed", "all cut"])
def test_a_save_that_a_kill_cut_short_is_not_gone_on_from(
    hard: TrainingJob, uninterrupted: Path, tmp_path: Path, damage: str
) -> None:
    """The whole one before it is, or the beginning."""
    out = tmp_path / "out"
    saves = killed_after(told_of(uninterrupted)["facts"]["n_steps"] - 3, hard, out)
    assert len(saves) == 2  # the last, and the best epoch
    for save in saves if damage == "all cut" else saves[-1:]:
        if damage == "unsealed":
            (save / "seal.json").unlink()
        else:
            (save / "optimizer.pt").write_bytes((save / "optimizer.pt").read_bytes()[:1000])
    events = [e for e in _events(hard, out) if isinstance(e, TrainingStep)]
    assert events[0].n_done == (1 if damage == "all cut" else int(saves[0].name.split("-")[1]) + 1)
    assert (out / "model.safetensors").read_bytes() == (uninterrupted / "model.safetensors").read_bytes()


def _events(what: TrainingJob, out: Path) -> list[Event]:
    events: list[Event] = []
    trained(what, out, events)
    return events


@pytest.mark.usefixtures("eager")
def test_killed_after_the_last_step_it_does_not_train_on(
    hard: TrainingJob, uninterrupted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left to do is to write the checkpoint of the best epoch."""
    from harness.training import checkpoint

    out = tmp_path / "out"

    def dies(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "finish", dies)
        with pytest.raises(RuntimeError, match="the power went"):
            trained(hard, out)
    assert not out.exists()
    trained(hard, out)
    assert (out / "model.safetensors").read_bytes() == (uninterrupted / "model.safetensors").read_bytes()


@pytest.mark.usefixtures("eager")
def test_seconds_are_summed_over_all_attempts(base: EncoderFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (newest,) = killed_after(3, training_job(base, epochs=1.0), out)
    rewrite(newest, "about.json", lambda about: about | {"seconds": 1000.0})
    assert 1000 < trained(training_job(base, epochs=1.0), out)["facts"]["seconds"] < 1100


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("library", ["torch", "transformers", "accelerate", "encoder-harness"])
def test_what_another_version_saved_is_not_gone_on_from(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    """This one may not even read it: training begins again, once, and what it cannot use is gone."""
    from importlib import metadata

    out, version = tmp_path / "out", metadata.version
    with monkeypatch.context() as patch:
        patch.setattr(metadata, "version", lambda name: "0.0.1" if name == library else version(name))
        (save,) = killed_after(4, training_job(base, epochs=1.0), out)
    rewrite(save, "trainer_state.json", lambda state: state | {"of another version": 1})
    (step, *_) = (event for event in _events(training_job(base, epochs=1.0), out) if isinstance(event, TrainingStep))
    assert step.n_done == 1
    assert [folder.name for folder in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("eager")
def test_what_another_number_of_threads_saved_is_gone_on_from_and_told(base: EncoderFolder, tmp_path: Path) -> None:
    """Nothing that was computed is lost; that it adds up in another order stands beside the result. Twice, too."""
    out, what = tmp_path / "out", training_job(base, batch_size=32)
    killed_after(2, what, out, n_threads=2)
    assert len(killed_after(3, what, out, n_threads=1)) >= 1
    events = finetune(what, "cpu", 2, out)
    first = next(event for event in events if isinstance(event, TrainingStep))
    assert first.n_done > 2
    list(events)
    told = json.loads((out / "training.json").read_text(encoding="utf-8"))
    warning = "begun with 2 and 1 threads and gone on with 2: the last bits of its weights may differ"
    assert told["facts"]["warnings"] == [warning]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("n_threads", [1, 2])
def test_what_was_saved_with_its_threads_among_the_versions_is_gone_on_from(
    base: EncoderFolder, tmp_path: Path, n_threads: int
) -> None:
    """As earlier versions saved: they would go on with the same number alone."""

    def as_earlier(about: dict[str, Any]) -> dict[str, Any]:
        about["making"]["n_threads"] = n_threads
        return {key: about[key] for key in ("seconds", "making")}

    out, what = tmp_path / "out", training_job(base, epochs=1.0)
    (save,) = killed_after(3, what, out)
    rewrite(save, "about.json", as_earlier)
    events = [event for event in _events(what, out) if isinstance(event, TrainingStep)]
    assert events[0].n_done == 4
    said = (
        [] if n_threads == 1 else ["begun with 2 threads and gone on with 1: the last bits of its weights may differ"]
    )
    assert told_of(out)["facts"]["warnings"] == said


@pytest.mark.usefixtures("eager")
def test_the_same_number_of_threads_is_not_worth_a_word(base: EncoderFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    killed_after(2, training_job(base, epochs=1.0), out)
    assert trained(training_job(base, epochs=1.0), out)["facts"]["warnings"] == []


@pytest.mark.usefixtures("eager")
def test_what_an_older_harness_saved_without_saying_so_is_not_gone_on_from(base: EncoderFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (save,) = killed_after(4, training_job(base, epochs=1.0), out)
    (save / "about.json").rename(save / "seconds.json")
    seal(save)
    (step, *_) = (event for event in _events(training_job(base, epochs=1.0), out) if isinstance(event, TrainingStep))
    assert step.n_done == 1
