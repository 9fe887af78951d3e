"""What a sentence-transformers folder says: where the transformer is, how its texts are read, pooled and prompted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os.path import lexists
from pathlib import Path, PurePosixPath
from typing import Any

from harness.core.errors import EncoderError, MissingFileError
from harness.encoders.files import read_json
from harness.encoders.own import WEIGHTS, Layer, Own
from harness.encoders.settings import short

#: The poolings that it can save, in the order in which it joins several: by the flag of older folders, by name, ours.
_POOLINGS = (
    ("cls_token", "cls", "cls"),
    ("max_tokens", "max", "max"),
    ("mean_tokens", "mean", "mean"),
    ("mean_sqrt_len_tokens", "mean_sqrt_len_tokens", "mean-sqrt-len"),
    ("weightedmean_tokens", "weightedmean", "weighted-mean"),
    ("lasttoken", "lasttoken", "last-token"),
)
_POOLERS = {name: ours for _, name, ours in _POOLINGS}
_FLAGS = {f"pooling_mode_{flag}": name for flag, name, _ in _POOLINGS}
#: What it calls each of our poolers: the flag of older folders, which newer ones read too, and the name.
FLAG_OF = {ours: f"pooling_mode_{flag}" for flag, _, ours in _POOLINGS}
NAME_OF = {ours: name for _, name, ours in _POOLINGS}
#: Its prompts by name, those of `encode`, `encode_query` and `encode_document`, and the roles that they stand before.
PROMPT_ROLES = {"text": "text", "query": "query", "document": "corpus"}
#: Arguments for transformers that change no vector here, or that a folder may not give.
_HARMLESS = {"trust_remote_code", "torch_dtype", "dtype", "attn_implementation", "device_map", "padding_side"}
_HARMLESS |= {"use_fast", "revision", "cache_dir", "token", "local_files_only", "use_safetensors", "model_max_length"}
_HARMLESS |= {"add_pooling_layer", "low_cpu_mem_usage"}
_ARGUMENTS = ("model_args", "model_kwargs", "tokenizer_args", "processor_kwargs", "config_args", "config_kwargs")
_ACTIVATIONS = ("torch.nn.modules.activation.", "torch.nn.modules.linear.Identity")
_ADVICE = "The harness cannot compute these vectors; name another encoder, or a folder without that part."
_PROMPTS = "config_sentence_transformers.json"


@dataclass(frozen=True)
class Layout:
    """How a folder wants to be read. `path` is the transformer's; `prompts` are by role.

    `lengths` are what it says of the longest text, by role and the place where it does.
    """

    path: Path
    pooler: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    own: Own | None = None
    lengths: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
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


def read_layout(root: Path) -> Layout:
    """The layout of a folder; that of a plain one where there is no `modules.json`.

    EncoderError names the part of it that the harness cannot compute as sentence-transformers does.
    """
    config = read_json(root / _PROMPTS, optional=True)
    if not lexists(root / "modules.json"):
        return Layout(root)
    modules = [_Module.of(entry, root) for entry in read_json(root / "modules.json", list)]
    if not modules or modules[0].kind != "Transformer":
        kind = modules[0].kind if modules else "nothing"
        raise EncoderError(f"{root} begins with {kind}, not with a transformer. {_ADVICE}")
    path = modules[0].path
    # the file is named after the family in older folders
    file = next((f for p in (path, root) for f in sorted(p.glob("sentence_*_config.json"))), None)
    reading = read_json(file) if file else {}
    says = {"text": "max_seq_length", "query": "query_length", "corpus": "document_length"}
    lengths = {role: {f"{file}: {key}": reading[key]} for role, key in says.items() if reading.get(key) is not None}
    if config.get("model_type", "SentenceTransformer") != "SentenceTransformer":
        return Layout(path, lengths=lengths)  # its head is for something else
    _refuse_reading(reading, file)
    pooler, parameters, own = _pooled(modules[1:], config)
    return Layout(
        path=path,
        pooler=pooler,
        parameters=parameters,
        own=own,
        lengths=lengths,
        lower_case=bool(reading.get("do_lower_case")),
        prompts=_prompts(config, root / _PROMPTS),
    )


@dataclass(frozen=True)
class _Module:
    kind: str
    path: Path
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, entry: Any, root: Path) -> "_Module":
        """That of an entry of modules.json. EncoderError for something else than a part of this folder."""
        kind, path = (entry.get("type"), entry.get("path", "")) if isinstance(entry, Mapping) else (None, None)
        if not isinstance(kind, str) or not isinstance(path, str):
            raise EncoderError(
                f"{root / 'modules.json'} lists {short(entry)}; expected entries with a type and a path."
            )
        parts = PurePosixPath(path.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in path or "\0" in path or len(path) > 200:
            raise EncoderError(
                f"{root / 'modules.json'}: path {short(path)} leads out of the folder, and nothing is read from there. "
                "Copy what it means into the folder."
            )
        if not kind.startswith("sentence_transformers."):
            raise EncoderError(f"its module {kind!r} is code of its own, which is never run. {_ADVICE}")
        return cls(kind.rsplit(".", 1)[-1], root / path, read_json(root / path / "config.json", optional=True))


def _refuse_reading(reading: Mapping[str, Any], file: Path | None) -> None:
    """Refuse what sentence-transformers would read another way, by the key that says so."""
    text = {"method": "forward", "method_output_name": "last_hidden_state"}
    modality = reading.get("modality_config") or {"text": text}
    wrong = {
        "transformer_task": reading.get("transformer_task", "feature-extraction") != "feature-extraction",
        "modality_config": not isinstance(modality, dict) or modality.get("text") != text or "message" in modality,
        "module_output_name": reading.get("module_output_name") not in (None, "token_embeddings"),
    }
    wrong |= {key: bool(reading.get(key)) for key in ("processing_kwargs", "query_expansion", "tokenizer_name_or_path")}
    for key in _ARGUMENTS:
        given = reading.get(key) or {}
        wrong[key] = not isinstance(given, dict) or bool(set(given) - _HARMLESS)
    for key, is_wrong in wrong.items():
        if is_wrong:
            raise EncoderError(f"{file} says {key} {reading.get(key)!r}. {_ADVICE}")


def _pooled(modules: Sequence[_Module], config: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any], Own | None]:
    """Pooler, its parameters and what stands around it."""
    places = [i for i, module in enumerate(modules) if module.kind == "Pooling"]
    if len(places) != 1:
        others = [m.kind for m in modules if m.kind not in ("Normalize", "Dropout")]
        if not others:
            return None, {}, None
        what = f"{others[0]} without pooling" if not places else "pooling more than once"
        raise EncoderError(f"its modules have {what}. {_ADVICE}")
    (place,) = places
    settings = read_json(modules[place].path / "config.json")
    names = _pooling_names(settings)
    before = [layer for m in modules[:place] if (layer := _layer(m, "token_embeddings"))]
    after = [layer for m in modules[place + 1 :] if (layer := _layer(m, "sentence_embedding"))]
    if config.get("truncate_dim"):
        after.append(Layer("Truncate", {"to": _size(config, "truncate_dim")}))
    while after and after[-1].kind == "Normalize":  # left to what uses the vectors, as where it stands alone
        after.pop()
    own = Own(tuple(before), tuple(after), settings.get("include_prompt", True) is not False)
    pooler, parameters = (names[0], {}) if len(names) == 1 else ("concat", {"of": names})
    return pooler, parameters, own if own != Own() else None


def _pooling_names(settings: Mapping[str, Any]) -> list[str]:
    named = settings.get("pooling_mode")
    if named is None:
        flags = [key for key, on in settings.items() if on and key.startswith("pooling_mode_")]
        named = [name for flag, name in _FLAGS.items() if flag in flags]
        named = named + [flag for flag in flags if flag not in _FLAGS] or "mean"
    names = list(named) if isinstance(named, (list, tuple)) else [named]
    unknown = [one for one in names if one not in _POOLERS]
    if unknown or not names:
        raise EncoderError(
            f"it was trained with {unknown[0] if unknown else named!r} pooling, which the harness does not have. It "
            f"has {', '.join(_POOLERS)}, and several of them joined. Name another encoder, or one of these in the "
            "folder's pooling config."
        )
    return [_POOLERS[one] for one in names]


def _layer(module: _Module, of: str) -> Layer | None:
    """A module on the states of tokens or on the vector (`of`); None for one that does nothing here."""
    if module.kind == "Dropout":
        return None
    settings = module.settings
    read, written = settings.get("module_input_name") or "sentence_embedding", settings.get("module_output_name")
    if module.kind not in ("Dense", "LayerNorm", "Normalize") or (read, written or read) != (of, of):
        where = "before" if of == "token_embeddings" else "after"
        raise EncoderError(f"it has the module {module.kind} {where} its pooling. {_ADVICE}")
    if module.kind == "Normalize":
        return Layer("Normalize", {})
    file = next((module.path / f for f in WEIGHTS if (module.path / f).is_file()), None)
    if file is None:
        raise MissingFileError(f"no {' and no '.join(WEIGHTS)} in {module.path}.")
    if module.kind == "LayerNorm":
        return Layer("LayerNorm", {"dimension": _size(settings, "dimension")}, file)
    activation = str(settings.get("activation_function") or "torch.nn.modules.activation.Tanh")
    if not activation.startswith(_ACTIVATIONS):
        raise EncoderError(f"{module.path / 'config.json'} has the activation {activation!r}. {_ADVICE}")
    dense = {
        "in_features": _size(settings, "in_features"),
        "out_features": _size(settings, "out_features"),
        "bias": bool(settings.get("bias", True)),
        "use_residual": bool(settings.get("use_residual", False)),
        "activation": activation.rsplit(".", 1)[-1],
    }
    return Layer("Dense", dense, file)


def _size(settings: Mapping[str, Any], key: str) -> int:
    value = settings.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1_000_000:
        raise EncoderError(f"{key} of one of its modules is {value!r}; expected a number of dimensions.")
    return value


def _prompts(config: Mapping[str, Any], file: Path) -> dict[str, str]:
    """What stands before a text by role, as `encode`, `encode_query` and `encode_document` have it."""
    given, default = config.get("prompts") or {}, config.get("default_prompt_name")
    if not isinstance(given, dict) or not all(p is None or _is_text(p) for p in given.values()):
        raise EncoderError(f"{file}: `prompts` is {given!r}; expected texts by name.")
    if default is not None and default not in (*given, "query", "document"):
        raise EncoderError(
            f"{file}: default_prompt_name {default!r} is none of its prompts ({', '.join(given) or 'there are none'}). "
            "Correct it, or say `prefix` for this encoder in the suite."
        )
    document = next((given[key] for key in ("document", "passage", "corpus") if given.get(key)), "")
    return {"text": given.get(default) or "", "query": given.get("query") or "", "corpus": document}


def _is_text(value: Any) -> bool:
    """Whether it is text that UTF-8 can carry."""
    return isinstance(value, str) and value.encode(errors="replace").decode() == value
