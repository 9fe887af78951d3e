"""The layers of sentence-transformers that work on vectors, in torch. Needs torch: import it late."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from harness.encoders.library import told
from harness.encoders.safe_weights import read_pickled


class Dense(torch.nn.Module):
    """(…, in_features) -> (…, out_features): a linear map and an activation, what came in added where it says so."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        n_in, n_out = settings["in_features"], settings["out_features"]
        self.linear = torch.nn.Linear(n_in, n_out, bias=settings["bias"])
        self.activation_function = getattr(torch.nn, settings["activation"])()
        self.residual: torch.nn.Module | None = None
        if settings["use_residual"]:
            self.residual = torch.nn.Identity() if n_in == n_out else torch.nn.Linear(n_in, n_out, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in_features) -> (…, out_features)."""
        out: torch.Tensor = self.activation_function(self.linear(x))
        return out if self.residual is None else out + self.residual(x)


def function(
    kind: str, settings: Mapping[str, Any], weights: Path | None, device: torch.device
) -> Callable[[torch.Tensor], torch.Tensor]:
    """What a layer makes of vectors (…, d); its weights in fp32. EncoderError where these cannot be read."""
    if kind == "Truncate":
        return lambda x: x[..., : settings["to"]]
    if kind == "Normalize":
        return partial(torch.nn.functional.normalize, p=2, dim=-1)
    if kind == "Dense":
        module: torch.nn.Module = Dense(settings)
    else:
        module = torch.nn.Sequential(OrderedDict(norm=torch.nn.LayerNorm(settings["dimension"])))
    with told(partial(_unreadable, kind, weights)):
        assert weights is not None
        tensors = load_file(weights) if weights.suffix == ".safetensors" else read_pickled(weights)
        module.load_state_dict({key: value.float() for key, value in tensors.items()})
    return module.eval().to(device)


def _unreadable(kind: str, weights: Path | None, error: Exception) -> str:
    why = " ".join(str(error).split())[:200]
    return f"the weights of its {kind} layer cannot be read from {weights} ({why})."
