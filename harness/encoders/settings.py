"""What config.json and its like may say: numbers where numbers belong, a kind of model that can be read."""

import importlib.util
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from harness.core.errors import EncoderError

#: What a number of config.json may be, by its name: none above these is known, and each costs memory or time.
_NUMBERS = {
    "vocab_size": 20_000_000,
    "hidden_size": 100_000,
    "dim": 100_000,
    "d_model": 100_000,
    "embedding_size": 100_000,
    "intermediate_size": 1_000_000,
    "hidden_dim": 1_000_000,
    "d_ff": 1_000_000,
    "num_hidden_layers": 1_000,
    "n_layers": 1_000,
    "num_layers": 1_000,
    "num_attention_heads": 10_000,
    "n_heads": 10_000,
    "num_heads": 10_000,
    "max_position_embeddings": 100_000_000,
    "type_vocab_size": 100_000,
}
#: The shortest reading: two special tokens and one of the text.
SHORTEST = 3
_MAY_BE_NOUGHT = ("type_vocab_size",)
#: One number a layer, in some families.
_MAY_BE_A_LIST = ("intermediate_size", "num_attention_heads", "num_heads")


def refuse_settings(config: Mapping[str, Any], place: str, name: str) -> None:
    """EncoderError where config.json holds what no model has, or asks for what the harness does not do."""
    for key, largest in _NUMBERS.items():
        value = config.get(key)
        if value is not None and not (isinstance(value, list) and key in _MAY_BE_A_LIST):
            whole(value, 0 if key in _MAY_BE_NOUGHT else 1, largest, f"{place}: {key}", name)
    pad = config.get("pad_token_id")
    if pad is not None:
        whole(pad, -1, _NUMBERS["vocab_size"], f"{place}: pad_token_id", name)
    kind = config.get("model_type")
    if kind is not None and (not isinstance(kind, str) or len(kind) > 100):
        raise EncoderError(f"encoder {name!r}: {place}: model_type is {_short(kind)}; expected a word like bert.")
    if isinstance(kind, str) and not is_known(kind):
        raise EncoderError(f"encoder {name!r}: {place}: {_unknown(kind, config)}")
    if config.get("quantization_config"):
        method = config["quantization_config"]
        how = method.get("quant_method") if isinstance(method, Mapping) else None
        raise EncoderError(
            f"encoder {name!r}: {place}: its weights are quantized ({_short(how or 'quantization_config')}); the "
            "harness reads plain weights. Name the model that it was quantized from."
        )


def depth(config: Mapping[str, Any]) -> int | None:
    """How many layers config.json says that the encoder has; None where it says it otherwise."""
    said = (config.get(key) for key in ("num_hidden_layers", "n_layers", "num_layers"))
    return next((int(n) for n in said if isinstance(n, (int, float))), None)


def whole(value: Any, smallest: int, largest: float, what: str, name: str) -> int:
    """A whole number in bounds, 512.0 being one. EncoderError for anything else."""
    if (
        not _is_number(value)
        or value in (math.inf, -math.inf)
        or value != int(value)
        or not (smallest <= value <= largest)
    ):
        raise EncoderError(
            f"encoder {name!r}: {what} is {_short(value)}; expected a whole number from {smallest:,} to {largest:,.0f}."
        )
    return int(value)


def length_of(value: Any, what: str, name: str) -> int | None:
    """A stated maximum length in tokens; None where none is stated (transformers writes 1e30 for that).

    EncoderError where it is no number, or too small for a text of one token.
    """
    if value is None:
        return None
    if not _is_number(value) or not SHORTEST <= value <= 10**40:
        raise EncoderError(
            f"encoder {name!r}: {what} is {_short(value)}; expected a whole number, {SHORTEST} or more. "
            "Correct it in the folder, or say `max_length` for this encoder in the suite."
        )
    return int(value)


def _is_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value == value)


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
    if code_of_its_own(config):
        return (
            f"model_type {kind!r} needs code of its own (auto_map names {code_of_its_own(config)!r}), and the harness "
            "runs no code that comes with a model. Look for a version of this model whose model_type transformers "
            "itself has."
        )
    made = config.get("transformers_version")
    by = f"; this folder was saved with {str(made)[:30]}" if made else ""
    return (
        f"model_type {kind!r} is not known to transformers {_version()}{by}. A newer transformers may know it; if it "
        "is a mistake in writing, mend it in config.json."
    )


@cache
def is_known(kind: str) -> bool:
    """Whether transformers itself has models of this type; told from its files, since importing it takes seconds."""
    tables = _tables()
    return not tables or f'"{kind}"' in tables


@cache
def _tables() -> str:
    """The text of the files in which transformers lists its models."""
    found = importlib.util.find_spec("transformers")
    if found is None or found.origin is None:
        return ""
    folder = Path(found.origin).parent / "models" / "auto"
    files = [folder / name for name in ("auto_mappings.py", "configuration_auto.py")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


def _version() -> str:
    from importlib.metadata import version

    return version("transformers")


def refuse_modules(modules: Sequence[Any], place: str, name: str) -> None:
    """EncoderError where modules.json lists something else than parts of this folder."""
    for module in modules:
        kind, path = (module.get("type"), module.get("path", "")) if isinstance(module, Mapping) else (None, None)
        if not isinstance(kind, str) or not isinstance(path, str):
            raise EncoderError(
                f"encoder {name!r}: {place} lists {_short(module)}; expected entries with a type and a path."
            )
        parts = PurePosixPath(path.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in path or "\0" in path or len(path) > 200:
            raise EncoderError(
                f"encoder {name!r}: {place}: path {_short(path)} leads out of the folder, and nothing is read from "
                "there. Copy what it means into the folder."
            )


def _short(value: Any) -> str:
    """A value as it is shown: never long, whatever it holds."""
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, (Mapping, list, tuple)):
        return f"a {'table' if isinstance(value, Mapping) else 'list'} of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return "a number of many digits"
    return repr(value)
