"""A folder's own pooling beyond a pooler: the layers that sentence-transformers saves before and after it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from harness.core.data import TokenStates
from harness.core.errors import EncoderError, reason_of
from harness.core.fingerprint import file_hash, fingerprint
from harness.core.records import Pooling

#: The parameter of a pooling that names the layers around it.
OWN = "own"
WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Layer:
    """One module of a folder: `Dense`, `LayerNorm`, `Normalize` or `Truncate`; its settings; where its weights are."""

    kind: str
    settings: Mapping[str, Any]
    weights: Path | None = None


@dataclass(frozen=True)
class Own:
    """What a folder does around its pooler: layers on the tokens' states, layers on the vector, the prompt left out."""

    before: tuple[Layer, ...] = ()
    after: tuple[Layer, ...] = ()
    include_prompt: bool = True

    @cached_property
    def key(self) -> str:
        """The hash of what decides the vectors: kinds, settings, weights."""
        layers = [
            [(one.kind, dict(one.settings), file_hash(one.weights) if one.weights else None) for one in part]
            for part in (self.before, self.after)
        ]
        return fingerprint({"layers": layers, "include_prompt": self.include_prompt})

    @property
    def kinds(self) -> str:
        """`Dense`, `LayerNorm and Dense`: the layers that a page names."""
        return " and ".join(dict.fromkeys(one.kind for one in (*self.before, *self.after)))


def bound(
    poolings: Iterable[Pooling], pooler: Callable[[str], Callable[..., Any]], owns: Iterable[Own], name: str
) -> list[tuple[Pooling, Callable[[TokenStates], Any]]]:
    """Poolings, each with its function: parameters filled in, and around it those of `owns` whose key it names.

    `pooler` gives the plain function by name. The layers are read when first used: EncoderError where they cannot be.
    """
    known = {own.key: own for own in owns}
    return [(pooling, _bound(pooling, pooler(pooling.pooler), known, name)) for pooling in poolings]


def _bound(
    pooling: Pooling, pool: Callable[..., Any], owns: Mapping[str, Own], name: str
) -> Callable[[TokenStates], Any]:
    plain = partial(pool, **{key: value for key, value in pooling.parameters.items() if key != OWN})
    if OWN not in pooling.parameters:
        return plain
    own = owns.get(pooling.parameters[OWN])
    if own is None:
        raise EncoderError(
            f"encoder {name!r}: the layers around its pooling are not those that the run was planned with."
        )
    layers: list[Any] = []

    def around(states: TokenStates) -> Any:
        import torch

        if not layers:
            layers.extend([_module(part, name).to(states.hidden.device) for part in (own.before, own.after)])
        before, after = layers
        mask = states.mask if own.include_prompt else _after_prompt(states)
        try:
            with torch.inference_mode():
                return after(plain(replace(states, layers={-1: before(states.hidden)}, mask=mask)))
        except RuntimeError as error:
            if "shape" not in str(error):
                raise
            raise EncoderError(
                f"encoder {name!r}: its {own.kinds} does not fit the vectors that it is given ({error}). "
                "The sizes in the configs of its modules do not belong together."
            ) from None

    return around


def _after_prompt(states: TokenStates) -> Any:
    import torch

    places = torch.arange(states.mask.shape[1], device=states.mask.device)
    return states.mask & (places >= states.n_prompt)


def _module(layers: tuple[Layer, ...], name: str) -> Any:
    import torch

    return torch.nn.Sequential(*(_built(layer, name) for layer in layers)).eval()


def _built(layer: Layer, name: str) -> Any:
    from harness.encoders import own_layers

    module = own_layers.KINDS[layer.kind](layer.settings)
    if layer.weights is None:
        return module
    try:
        module.load_state_dict(own_layers.read(layer.weights, name))
    except EncoderError:
        raise
    except Exception as error:  # a damaged file raises whatever its reader trips over
        if reason_of(error) == "out-of-memory":
            raise
        why = " ".join(str(error).split())[:200]
        raise EncoderError(
            f"encoder {name!r}: the weights of its {layer.kind} layer cannot be read from {layer.weights} ({why})."
        ) from None
    return module
