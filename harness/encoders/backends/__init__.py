"""Runtimes behind one small interface: `load(folder, device) -> Encoder`, `Encoder.hidden_states(batch, layers)`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from harness.core.data import TokenStates
from harness.core.records import Backend
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.tokens import Tokens


class Encoder(Protocol):
    """A loaded checkpoint on one device."""

    tokenizer: Tokenizer
    n_parameters: int
    token_budget: int

    def hidden_states(self, batch: Sequence[Tokens], layers: Sequence[int] = (-1,)) -> TokenStates:
        """Hidden states (batch, n_tokens, d) of one padded batch, on the device: the last layer's and those named.

        EncoderError for a layer that is not there.
        """

    def synchronize(self) -> None:
        """Wait until the device has finished what it was given."""


def resolve_device(device: str) -> str:
    """`auto` becomes `cuda:0` where there is one, else `cpu`. EncoderError for a device that is not there."""
    if device == "cpu" or (device == "auto" and not _may_have_gpu()):
        return "cpu"
    from harness.encoders.backends import torch_backend

    return torch_backend.resolve_device(device)


def _may_have_gpu() -> bool:
    """Whether asking torch, which takes seconds to import, can find one at all."""
    return sys.platform != "linux" or any(Path(p).exists() for p in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg"))


def backend_of(device: str) -> Backend:
    """The backend's record; only the kind of device is in it, not its number."""
    return Backend("torch", "fp32", device.split(":", 1)[0])


def load(folder: EncoderFolder, device: str) -> Encoder:
    """Load a checkpoint for inference on a resolved device."""
    from harness.encoders.backends import torch_backend

    return torch_backend.TorchEncoder(folder, device)
