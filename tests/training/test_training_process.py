"""A training and its process: it leaves it as it was, counts its own memory, and ends when nobody listens."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.core import memory
from harness.core.events import TrainingStep
from harness.encoders import EncoderFolder
from harness.training import finetune
from tests.fakes.trainings import trained, training_job


def test_generators_of_the_process_are_put_back(base: EncoderFolder, tmp_path: Path) -> None:
    import random

    before = (torch.get_rng_state(), random.getstate(), np.random.get_state(legacy=False)["state"]["key"])
    trained(training_job(base, epochs=1.0), tmp_path / "out")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.array_equal(np.random.get_state(legacy=False)["state"]["key"], before[2])


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux forgets a peak")
def test_memory_taken_before_training_is_not_counted(base: EncoderFolder, tmp_path: Path) -> None:
    """Such as that of encoding for the first head of lp-ft."""
    taken = np.ones(50_000_000)
    before = memory.peak_mb("cpu")
    del taken
    assert trained(training_job(base, epochs=0.2), tmp_path / "out")["facts"]["peak_mb"] < before - 100


def test_a_training_nobody_listens_to_ends(base: EncoderFolder, tmp_path: Path) -> None:
    steps = finetune(training_job(base, epochs=1000.0), "cpu", 1, tmp_path / "out")
    while not isinstance(next(steps), TrainingStep):
        pass
    steps.close()
    assert not any(thread.name.startswith("training") for thread in threading.enumerate())
    assert not (tmp_path / "out").exists()


def test_nothing_is_printed(base: EncoderFolder, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trained(training_job(base, epochs=1.0), tmp_path / "out")
    assert tuple(capfd.readouterr()) == ("", "")
