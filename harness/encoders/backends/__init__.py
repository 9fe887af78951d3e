"""Backends: what computes an encoder. One file each: `load(folder, device, precision) -> Encoder`."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.core.registry import component
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.tokens import Tokens

#: `@backend("torch", precisions=(…), check=…)` above a `load` makes it a backend. The first precision is what a suite
#: gets that names none. `check(device, precision)` loads nothing: EncoderError where this machine cannot compute so,
#: else what a reader has to know of it ('' where there is nothing). `reads(precision)` is the hash of the texts that it
#: is made with, where there are any: it decides what comes out. `chooses_kernels=True`: the first text of a length
#: costs what no later one does, on a processor too.
backend = partial(component, "backend")


def sizes(encoder: "Encoder") -> dict[str, float]:
    """How large an encoder is, as facts are told."""
    return {"n_parameters": encoder.n_parameters, "disk_mb": encoder.disk_mb}


class Encoder(Protocol):
    """A loaded checkpoint on one device; `disk_mb` of the weights that it computes with, as they lie on disk."""

    tokenizer: Tokenizer
    n_parameters: int
    token_budget: int
    disk_mb: float

    def hidden_states(self, batch: Sequence[Tokens], layers: Sequence[int] = (-1,)) -> TokenStates:
        """Hidden states (batch, n_tokens, d) of one padded batch: the last layer's and those named.

        fp32 torch tensors, on the device. EncoderError for a layer that is not there.
        """

    def synchronize(self) -> None:
        """Wait until the device has finished what it was given."""


def slow(precision: str, what: str = "processor") -> str:
    """What is to be known of a precision that saves no time here."""
    return f"this {what} has no instructions for {precision} and computes it slowly; one that has them is faster"


def resolve_device(device: str) -> str:
    """The first of `resolve_devices`."""
    return resolve_devices(device)[0]


def resolve_devices(device: str) -> tuple[str, ...]:
    """`auto` becomes all CUDA devices where there are some, else `cpu`; `cuda:0,1` are those two.

    EncoderError for a device that is not there.
    """
    if device == "cpu" or (device == "auto" and not _may_have_gpu()):
        return ("cpu",)
    n_there = n_gpus()
    if device == "auto":
        return tuple(f"cuda:{index}" for index in range(n_there)) or ("cpu",)
    found = [int(index) for index in (device.partition(":")[2] or "0").split(",")]
    if max(found) >= n_there:
        raise EncoderError(f"device {device!r}: this machine has {n_there} CUDA devices; use auto or cpu.")
    return tuple(f"cuda:{index}" for index in dict.fromkeys(found))


def n_gpus() -> int:
    """How many CUDA devices this machine has."""
    if not _may_have_gpu():
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def gpu_name() -> str:
    """The kind of this machine's first CUDA device, '' where there is none."""
    if not _may_have_gpu():
        return ""
    import torch

    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else ""


def _may_have_gpu() -> bool:
    """Whether asking torch, which takes seconds to import, can find one at all."""
    return sys.platform != "linux" or any(Path(p).exists() for p in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg"))
