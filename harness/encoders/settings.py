"""What config.json and its like may say: numbers where numbers belong, a kind of model that can be read."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError

#: What numbers of config.json are at most: none above these is known, and each costs memory or time.
_LARGEST = {
    1_000: ("num_hidden_layers", "n_layers", "num_layers"),
    10_000: ("num_attention_heads", "n_heads", "num_heads"),
    100_000: ("hidden_size", "dim", "d_model", "embedding_size", "type_vocab_size"),
    1_000_000: ("intermediate_size", "hidden_dim", "d_ff"),
    20_000_000: ("vocab_size", "pad_token_id"),
    100_000_000: ("max_position_embeddings",),
}
#: What they are at least, where that is not 1.
_LEAST = {"type_vocab_size": 0, "pad_token_id": -1}
#: What is said of weights that would have to be scaled.
QUANTIZED = (
    "its weights are quantized ({}); the harness reads plain weights. Name the model that it was quantized from."
)
#: One number a layer, in some families.
_MAY_BE_A_LIST = ("intermediate_size", "num_attention_heads", "num_heads")


def refuse_settings(config: Mapping[str, Any], place: Path) -> None:
    """EncoderError where config.json holds what no model has, or asks for what the harness does not do."""
    for largest, keys in _LARGEST.items():
        for key in keys:
            value: Any = config.get(key)
            least = _LEAST.get(key, 1)
            if value is None or (isinstance(value, list) and key in _MAY_BE_A_LIST):
                continue
            if not (is_number(value, least, largest) and value == int(value)):
                raise EncoderError(
                    f"{place}: {key} is {short(value)}; expected a whole number from {least:,} to {largest:,}."
                )
    kind = config.get("model_type")
    if kind is not None and (not isinstance(kind, str) or len(kind) > 100):
        raise EncoderError(f"{place}: model_type is {short(kind)}; expected a word like bert.")
    if kind is not None and not is_known(kind):
        raise EncoderError(f"{place}: {_unknown(kind, config)}")
    if method := config.get("quantization_config"):
        how = method.get("quant_method") if isinstance(method, Mapping) else None
        raise EncoderError(f"{place}: {QUANTIZED.format(short(how or 'quantization_config'))}")


def depth(config: Mapping[str, Any]) -> int | None:
    """How many layers config.json says that the encoder has; None where it says it otherwise."""
    said = (config.get(key) for key in ("num_hidden_layers", "n_layers", "num_layers"))
    return next((int(n) for n in said if isinstance(n, (int, float))), None)


def is_number(value: Any, smallest: float, largest: float) -> bool:
    """Whether it is a number in bounds; no for NaN, and for true and false."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and smallest <= value <= largest


def own_code(config: Mapping[str, Any]) -> str:
    """A note on a model whose own code is not run; nothing where it has none."""
    code = code_of_its_own(config)
    return f" (its own code, {code}, is not run: transformers' {config.get('model_type')} is)" if code else ""


def code_of_its_own(config: Mapping[str, Any]) -> str:
    """What config.json names of code of its own; nothing where it names none."""
    named = config.get("auto_map")
    if not isinstance(named, Mapping):
        return ""
    return next((str(named[key])[:80] for key in ("AutoModel", "AutoConfig") if named.get(key)), "")


def _unknown(kind: str, config: Mapping[str, Any]) -> str:
    """Why a model_type cannot be read."""
    if code := code_of_its_own(config):
        return (
            f"model_type {kind!r} needs code of its own (auto_map names {code!r}), and the harness runs no code that "
            "comes with a model. Look for a version of this model whose model_type transformers itself has."
        )
    made = config.get("transformers_version")
    by = f"; this folder was saved with {str(made)[:30]}" if made else ""
    return (
        f"model_type {kind!r} is not known to transformers {version('transformers')}{by}. A newer transformers may "
        "know it; if it is a mistake in writing, mend it in config.json."
    )


@cache
def is_known(kind: str) -> bool:
    """Whether transformers itself has models of this type; told from its files, since importing it takes seconds."""
    tables = sources("auto/auto_mappings.py") + sources("auto/configuration_auto.py")
    return not tables or f'"{kind}"' in tables


@cache
def sources(pattern: str) -> str:
    """The text of these files of transformers' models."""
    spec = find_spec("transformers")
    folders = [Path(place, "models") for place in (spec.submodule_search_locations if spec else None) or ()]
    return "\n".join(file.read_text(encoding="utf-8") for folder in folders for file in folder.glob(pattern))


def short(value: Any) -> str:
    """A value as it is shown: never long, whatever it holds."""
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, (Mapping, list, tuple)):
        return f"a {'table' if isinstance(value, Mapping) else 'list'} of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return "a number of many digits"
    return repr(value)
