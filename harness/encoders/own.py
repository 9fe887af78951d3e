"""A folder's own pooling beyond a pooler: the layers that sentence-transformers saves before and after it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.core.fingerprint import file_hash, fingerprint
from harness.core.records import Pooling
from harness.encoders.library import about

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
    pooling: Pooling, pool: Callable[..., Any], owns: Mapping[str, Own], name: str
) -> Callable[[TokenStates], Any]:
    """The function of a pooling: parameters filled in, and around it the layers whose key it names.

    `pool` is the plain function, `owns` are by key. The layers are read when first used: EncoderError where they cannot
    be.
    """
    plain = partial(pool, **{key: value for key, value in pooling.parameters.items() if key != OWN})
    if OWN not in pooling.parameters:
        return plain
    own = owns.get(pooling.parameters[OWN])
    if own is None:
        raise EncoderError(
            f"encoder {name!r}: the layers around its pooling are not those that the run was planned with."
        )
    layers: list[list[Callable[[Any], Any]]] = []

    def around(states: TokenStates) -> Any:
        import torch

        from harness.encoders import own_layers

        with about(name), torch.inference_mode():
            if not layers:
                parts = (own.before, own.after)
                layers.extend(
                    [[own_layers.function(**vars(one), device=states.hidden.device) for one in part] for part in parts]
                )
            before, after = layers
            mask = states.mask
            if not own.include_prompt:
                mask = mask & (torch.arange(mask.shape[1], device=mask.device) >= states.n_prompt)
            with _fitting(own.kinds):
                hidden = _through(before, states.hidden)
                return _through(after, plain(replace(states, layers={-1: hidden}, mask=mask)))

    return around


@contextmanager
def _fitting(kinds: str) -> Iterator[None]:
    """EncoderError where layers of these kinds do not fit the vectors that they are given."""
    try:
        yield
    except RuntimeError as error:
        if "shape" not in str(error):
            raise
        raise EncoderError(
            f"its {kinds} does not fit the vectors that it is given ({error}). "
            "The sizes in the configs of its modules do not belong together."
        ) from None


def _through(layers: Iterable[Callable[[Any], Any]], vectors: Any) -> Any:
    for layer in layers:
        vectors = layer(vectors)
    return vectors
