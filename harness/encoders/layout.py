"""What a sentence-transformers folder says: where the transformer is, how its texts are read, pooled and prompted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError, MissingFileError
from harness.encoders.files import read_json
from harness.encoders.own import WEIGHTS, Layer, Own

#: The harness's names of the poolings that it can save, in the order in which it joins several.
_POOLERS = {
    "cls": "cls",
    "max": "max",
    "mean": "mean",
    "mean_sqrt_len_tokens": "mean-sqrt-len",
    "weightedmean": "weighted-mean",
    "lasttoken": "last-token",
}
_POOLINGS = tuple(_POOLERS)
_FLAGS = dict(
    zip(
        ("cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"),
        _POOLINGS,
        strict=True,
    )
)
#: Arguments for transformers that change no vector here, or that a folder may not give.
_HARMLESS = {"trust_remote_code", "torch_dtype", "dtype", "attn_implementation", "device_map", "padding_side"}
_HARMLESS |= {"use_fast", "revision", "cache_dir", "token", "local_files_only", "use_safetensors", "model_max_length"}
_HARMLESS |= {"add_pooling_layer", "low_cpu_mem_usage"}
_ACTIVATIONS = ("torch.nn.modules.activation.", "torch.nn.modules.linear.Identity")
_ADVICE = "The harness cannot compute these vectors; name another encoder, or a folder without that part."


@dataclass(frozen=True)
class Layout:
    """How a folder wants to be read. `path` is the transformer's; `prompts` and `lengths` are by role."""

    path: Path
    pooler: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    own: Own | None = None
    max_length: Any = None
    lengths: Mapping[str, int] = field(default_factory=dict)
    lower_case: bool = False
    prompts: Mapping[str, str] = field(default_factory=dict)

    @property
    def trained(self) -> str:
        """`, trained with mean pooling and Dense (…)`: for the column that says what weights these are."""
        if self.pooler is None:
            return ""
        name = "+".join(self.parameters.get("of", ())) or self.pooler
        layers = self.own.kinds if self.own else ""
        left_out = f" and {layers} ({layers} left out under other poolers and in fine-tuning)" if layers else ""
        prompt = ", the prompt not pooled" if self.own and not self.own.include_prompt else ""
        return f", trained with {name} pooling{left_out}{prompt}"


def read_layout(root: Path, name: str) -> Layout:
    """The layout of a folder; that of a plain one where there is no `modules.json`.

    EncoderError names the part of it that the harness cannot compute as sentence-transformers does.
    """
    if not (root / "modules.json").is_file():
        return Layout(root)
    config = _optional(root / "config_sentence_transformers.json", name)
    modules = [_Module.of(entry, root, name) for entry in read_json(root / "modules.json", name, list)]
    first = next((m for m in modules if m.kind == "Transformer"), None)
    if first is None or modules[0] is not first:
        kind = modules[0].kind if modules else "nothing"
        raise EncoderError(f"encoder {name!r}: {root} begins with {kind}, not with a transformer. {_ADVICE}")
    # the file is named after the family in older folders
    file = next((f for p in (first.path, root) for f in sorted(p.glob("sentence_*_config.json"))), None)
    reading = read_json(file, name) if file else {}
    if config.get("model_type", "SentenceTransformer") != "SentenceTransformer":
        return Layout(first.path, max_length=reading.get("max_seq_length"))  # its head is for something else
    if file:
        _check_reading(reading, file, name)
    pooler, parameters, own = _pooled(modules[1:], config, name)
    lengths = {role: reading[f"{key}_length"] for role, key in _ROLES if reading.get(f"{key}_length")}
    return Layout(
        path=first.path,
        pooler=pooler,
        parameters=parameters,
        own=own,
        max_length=reading.get("max_seq_length"),
        lengths=lengths,
        lower_case=bool(reading.get("do_lower_case")),
        prompts=_prompts(config, root, name),
    )


#: The harness's name of a side, and sentence-transformers'.
_ROLES = (("query", "query"), ("corpus", "document"))


@dataclass(frozen=True)
class _Module:
    kind: str
    path: Path

    @classmethod
    def of(cls, entry: Mapping[str, Any], root: Path, name: str) -> "_Module":
        """That of an entry which `settings.refuse_modules` has let pass."""
        path, kind = str(entry.get("path", "")), entry["type"].rsplit(".", 1)[-1]
        if not entry["type"].startswith("sentence_transformers."):
            raise EncoderError(
                f"encoder {name!r}: its module {entry['type']!r} is code of its own, which is never run. {_ADVICE}"
            )
        return cls(kind, root / path)


def _check_reading(reading: Mapping[str, Any], file: Path, name: str) -> None:
    """Refuse what sentence-transformers would read another way, by the key that says so."""
    text = {"method": "forward", "method_output_name": "last_hidden_state"}
    modality = reading.get("modality_config") or {"text": text}
    wrong = {
        "transformer_task": reading.get("transformer_task", "feature-extraction") != "feature-extraction",
        "modality_config": not isinstance(modality, dict) or modality.get("text") != text or "message" in modality,
        "module_output_name": reading.get("module_output_name") not in (None, "token_embeddings"),
        "processing_kwargs": bool(reading.get("processing_kwargs")),
        "query_expansion": bool(reading.get("query_expansion")),
        "tokenizer_name_or_path": bool(reading.get("tokenizer_name_or_path")),
    }
    for key in ("model_args", "model_kwargs", "tokenizer_args", "processor_kwargs", "config_args", "config_kwargs"):
        given = reading.get(key) or {}
        wrong[key] = not isinstance(given, dict) or bool(set(given) - _HARMLESS)
    for key, is_wrong in wrong.items():
        if is_wrong:
            raise EncoderError(f"encoder {name!r}: {file} says {key} {reading.get(key)!r}. {_ADVICE}")


def _pooled(
    modules: Sequence[_Module], config: Mapping[str, Any], name: str
) -> tuple[str | None, Mapping[str, Any], Own | None]:
    """Pooler, its parameters and what stands around it."""
    places = [i for i, module in enumerate(modules) if module.kind == "Pooling"]
    if len(places) != 1:
        others = [m.kind for m in modules if m.kind not in ("Normalize", "Dropout")]
        if not others:
            return None, {}, None
        what = f"{others[0]} without pooling" if not places else "pooling more than once"
        raise EncoderError(f"encoder {name!r}: its modules have {what}. {_ADVICE}")
    (place,) = places
    settings = read_json(modules[place].path / "config.json", name)
    names = _pooling_names(settings, name)
    before = [_layer(m, "token_embeddings", name) for m in modules[:place]]
    after = [_layer(m, "sentence_embedding", name) for m in modules[place + 1 :]]
    if config.get("truncate_dim"):
        after.append(Layer("Truncate", {"to": _size(config, "truncate_dim", name)}))
    own = Own(_trimmed(before, False), _trimmed(after, True), settings.get("include_prompt", True) is not False)
    pooler, parameters = (names[0], {}) if len(names) == 1 else ("concat", {"of": list(names)})
    return pooler, parameters, own if own != Own() else None


def _pooling_names(settings: Mapping[str, Any], name: str) -> tuple[str, ...]:
    named = settings.get("pooling_mode")
    if named is None:
        flags = [
            _FLAGS.get(key.removeprefix("pooling_mode_"), key) for key, on in settings.items() if on and _is_flag(key)
        ]
        named = sorted(flags, key=lambda flag: (*_POOLINGS, flag).index(flag)) or "mean"
    names = tuple(named) if isinstance(named, (list, tuple)) else (named,)
    unknown = [one for one in names if one not in _POOLINGS]
    if unknown or not names:
        raise EncoderError(
            f"encoder {name!r}: it was trained with {unknown[0] if unknown else named!r} pooling, which the harness "
            f"does not have. It has {', '.join(_POOLINGS)}, and several of them joined. Name another encoder, or one "
            "of these in the folder's pooling config."
        )
    return tuple(_POOLERS[one] for one in names)


def _is_flag(key: str) -> bool:
    return key.startswith("pooling_mode_")


def _layer(module: _Module, of: str, name: str) -> Layer | None:
    """A module on the states of tokens or on the vector (`of`); None for one that does nothing here."""
    if module.kind == "Dropout":
        return None
    settings = _optional(module.path / "config.json", name)
    read, written = settings.get("module_input_name") or "sentence_embedding", settings.get("module_output_name")
    if module.kind not in ("Dense", "LayerNorm", "Normalize") or (read, written or read) != (of, of):
        where = "before" if of == "token_embeddings" else "after"
        raise EncoderError(f"encoder {name!r}: it has the module {module.kind} {where} its pooling. {_ADVICE}")
    if module.kind == "Normalize":
        return Layer("Normalize", {})
    if module.kind == "Dense":
        settings = _dense(settings, module.path, name)
    else:
        settings = {"dimension": _size(settings, "dimension", name)}
    file = next((module.path / f for f in WEIGHTS if (module.path / f).is_file()), None)
    if file is None:
        raise MissingFileError(f"encoder {name!r}: no {' and no '.join(WEIGHTS)} in {module.path}.")
    return Layer(module.kind, settings, file)


def _dense(settings: Mapping[str, Any], path: Path, name: str) -> dict[str, Any]:
    activation = settings.get("activation_function") or "torch.nn.modules.activation.Tanh"
    if not str(activation).startswith(_ACTIVATIONS):
        raise EncoderError(f"encoder {name!r}: {path / 'config.json'} has the activation {activation!r}. {_ADVICE}")
    return {
        "in_features": _size(settings, "in_features", name),
        "out_features": _size(settings, "out_features", name),
        "bias": bool(settings.get("bias", True)),
        "use_residual": bool(settings.get("use_residual", False)),
        "activation": str(activation).rsplit(".", 1)[-1],
    }


def _size(settings: Mapping[str, Any], key: str, name: str) -> int:
    value = settings.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1_000_000:
        raise EncoderError(
            f"encoder {name!r}: {key} of one of its modules is {value!r}; expected a number of dimensions."
        )
    return value


def _trimmed(layers: Sequence[Layer | None], at_end: bool) -> tuple[Layer, ...]:
    """Without what does nothing; a last Normalize is left to what uses the vectors, as where it stands alone."""
    kept = [layer for layer in layers if layer is not None]
    while at_end and kept and kept[-1].kind == "Normalize":
        kept.pop()
    return tuple(kept)


def _prompts(config: Mapping[str, Any], root: Path, name: str) -> dict[str, str]:
    """What stands before a text by role, as `encode`, `encode_query` and `encode_document` have it."""
    given, default = config.get("prompts") or {}, config.get("default_prompt_name")
    file = root / "config_sentence_transformers.json"
    if not isinstance(given, dict) or not all(p is None or _is_text(p) for p in given.values()):
        raise EncoderError(f"encoder {name!r}: {file}: `prompts` is {given!r}; expected texts by name.")
    if default is not None and default not in (*given, "query", "document"):
        raise EncoderError(
            f"encoder {name!r}: {file}: default_prompt_name {default!r} is none of its prompts "
            f"({', '.join(given) or 'there are none'}). Correct it, or say `prefix` for this encoder in the suite."
        )
    document = next((given[key] for key in ("document", "passage", "corpus") if given.get(key)), "")
    return {"text": given.get(default) or "", "query": given.get("query") or "", "corpus": document}


def _is_text(value: Any) -> bool:
    """Whether it is text that UTF-8 can carry."""
    return isinstance(value, str) and value.encode(errors="replace").decode() == value


def _optional(path: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(path, name) if path.is_file() else {}
    return found
