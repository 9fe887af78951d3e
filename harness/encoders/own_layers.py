"""The layers of sentence-transformers that work on vectors, as torch modules. Needs torch: import it late."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from harness.encoders.safe_weights import read_pickled


class Dense(torch.nn.Module):
    """(…, in_features) -> (…, out_features): a linear map and an activation, what came in added where it says so."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        n_in, n_out = int(settings["in_features"]), int(settings["out_features"])
        self.linear = torch.nn.Linear(n_in, n_out, bias=bool(settings["bias"]))
        self.activation_function = getattr(torch.nn, settings["activation"])()
        self._adds = bool(settings["use_residual"])
        if self._adds and n_in != n_out:
            self.residual = torch.nn.Linear(n_in, n_out, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in_features) -> (…, out_features)."""
        out: torch.Tensor = self.activation_function(self.linear(x))
        if not self._adds:
            return out
        return out + (self.residual(x) if hasattr(self, "residual") else x)


class LayerNorm(torch.nn.Module):
    """(…, dimension) -> (…, dimension)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self.norm = torch.nn.LayerNorm(int(settings["dimension"]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, dimension) -> (…, dimension)."""
        out: torch.Tensor = self.norm(x)
        return out


class Normalize(torch.nn.Module):
    """(…, d) -> (…, d) of length 1."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, d) -> (…, d)."""
        return torch.nn.functional.normalize(x, p=2, dim=-1)


class Truncate(torch.nn.Module):
    """(…, d) -> (…, `to`): the first dimensions."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self._to = int(settings["to"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, d) -> (…, to)."""
        return x[..., : self._to]


KINDS: Mapping[str, Callable[[Mapping[str, Any]], torch.nn.Module]] = {
    "Dense": Dense,
    "LayerNorm": LayerNorm,
    "Normalize": Normalize,
    "Truncate": Truncate,
}


def read(file: Path, name: str) -> dict[str, torch.Tensor]:
    """The tensors of a layer, in fp32, from safetensors or from a pickle of nothing but tensors."""
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return {key: value.float() for key, value in load_file(file).items()}
    return {key: value.float() for key, value in read_pickled(file, name).items()}
