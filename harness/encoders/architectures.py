"""Published architectures with random weights: what an encoder of a family costs does not hang on its weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from harness.encoders.length import room


@dataclass(frozen=True)
class RandomWeights:
    """Weights that are drawn from `seed` where they are loaded: of a model of this config.json, so many numbers."""

    config: Mapping[str, Any]
    n_parameters: int
    seed: int = 0

    @property
    def family(self) -> str:
        """As config.json names it: `deberta-v2`."""
        return str(self.config["model_type"])

    @property
    def room(self) -> int | None:
        """The most tokens that its positions allow."""
        table = {"position_embeddings.weight": (int(self.config["max_position_embeddings"]), 1)}
        return room(self.config, table, self.family)

    @property
    def disk_mb(self) -> float:
        """What the weights would take as a file of fp32."""
        return round(self.n_parameters * 4 / 1e6, 1)


@cache
def published() -> Mapping[str, RandomWeights]:
    """The architectures by the hub id of the model that they are of."""
    from ruamel.yaml import YAML

    text = resources.files("harness.encoders").joinpath("architectures.yaml").read_text(encoding="utf-8")
    rows = YAML(typ="safe").load(text)
    return {name: RandomWeights(row["config"], row["parameters"]) for name, row in rows.items()}
