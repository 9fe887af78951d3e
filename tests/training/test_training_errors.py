"""What stops a training, and what is said of it."""

import errno
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import SafetensorError

from harness.core.errors import DataError, EncoderError, HarnessError, NotFiniteError
from harness.core.events import Event, TrainingStep
from harness.encoders import EncoderFolder
from harness.modes import LinearHead
from tests.fakes.trainings import examples, trained, training_job


def test_a_loss_that_is_not_finite_stops_it_and_says_where(base: EncoderFolder, tmp_path: Path) -> None:
    """The step, the epoch, and what to change; nothing is left behind."""
    events: list[Event] = []
    with pytest.raises(NotFiniteError, match=r"at step \d+ of 18 \(epoch \d\.\d+\)\. Lower encoder_lr"):
        trained(training_job(base, examples(60), encoder_lr=1e30), tmp_path / "out", events)
    assert list(tmp_path.iterdir()) == []
    assert sum(isinstance(event, TrainingStep) for event in events) < 5


@pytest.mark.parametrize("start", [None, LinearHead(np.zeros((1, 32)), np.zeros(1), ("good",))])
def test_one_class_to_learn_is_refused(base: EncoderFolder, tmp_path: Path, start: LinearHead | None) -> None:
    """Before anything is trained: for finetune, and for lp-ft, which has a head to start from."""
    texts = replace(examples(), labels=("good",) * 50)
    with pytest.raises(DataError, match="all 40 texts to train on, 10 held out, have the label 'good'; a classifier"):
        trained(training_job(base, texts, start=start), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_low_rank_updates_without_peft_say_how_to_have_it(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(EncoderError, match=r"lora needs peft: pip install 'encoder-harness\[lora\]'"):
        trained(training_job(base, lora=4), tmp_path / "out")


@pytest.mark.parametrize(("raised", "in_words"), [
    (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
    (OSError(errno.EROFS, "Read-only file system"), "Read-only file system"),
    (SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"), "No space left"),
    (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 9600 vs 9492"), "Disk quota exceeded"),
])  # fmt: skip
@pytest.mark.parametrize("where", ["harness.training.classify.save_file", "transformers.Trainer._save"])
def test_a_full_disk_is_told_as_one(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, raised: Exception, in_words: str
) -> None:
    """Whichever library met it, and however it says so; torch does not, so the disk is asked."""

    def refuse(*_: Any, **__: Any) -> None:
        raise raised

    def full(**_: Any) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(where, refuse)
    monkeypatch.setattr("harness.training.disk.TemporaryFile", full)
    with pytest.raises(HarnessError, match="or set HARNESS_CACHE to another place") as told:
        trained(training_job(base, epochs=1.0), tmp_path / "out")
    assert f"{tmp_path}: cannot be written (" in str(told.value)
    assert in_words in str(told.value)


@pytest.mark.parametrize("raised", [PermissionError(errno.EACCES, "Permission denied"), RuntimeError("shapes differ")])
def test_an_error_that_is_not_of_the_disk_stays_what_it_is(
    base: EncoderFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise raised

    monkeypatch.setattr("harness.training.classify.save_file", refuse)
    with pytest.raises(type(raised)) as told:
        trained(training_job(base, epochs=0.2), tmp_path / "out")
    assert told.value is raised
