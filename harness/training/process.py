"""What a training asks of its process: random numbers of its own, and how much memory it took."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from harness.core import memory
from harness.core.seeds import seed_of


@contextmanager
def own_randomness(seed: int, device: str) -> Iterator[None]:
    """Trainer and dropout draw from the generators of the process: seeded here, and put back as they were."""
    before, before_numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[] if device == "cpu" else [device]):
        torch.manual_seed(seed_of(seed, "process"))
        if device != "cpu":
            torch.cuda.set_device(device)
        try:
            yield
        finally:
            random.setstate(before)
            np.random.set_state(before_numpy)


def reset_peak(device: str) -> None:
    """Forget the most that was taken before this training, such as by encoding for the first head of lp-ft."""
    if device == "cpu":
        memory.reset_peak()
    else:
        torch.cuda.reset_peak_memory_stats(device)


def peak_mb(device: str) -> float:
    """The most memory taken since: of the device, or of this process where the CPU trains."""
    return round(memory.peak_mb() if device == "cpu" else torch.cuda.max_memory_allocated(device) / 1e6, 1)
