"""From what a suite calls an encoder to a local folder whose content is known: asset, folder or hub id."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from harness import assets
from harness.core.errors import EncoderError, MissingFileError
from harness.core.fingerprint import file_hash, fingerprint
from harness.core.records import Checkpoint, Step, Tokenization
from harness.encoders import hub, layouts
from harness.encoders.refusals import refuse_folder, refuse_root, refuse_weights
from harness.encoders.safe_weights import with_safetensors
from harness.encoders.settings import own_code
from harness.suite.model import EncoderSpec

#: Families that number positions from padding_idx + 1, so that two table rows are never a position.
_OFFSET_POSITIONS = (
    "roberta",
    "roberta-prelayernorm",
    "xlm-roberta",
    "xlm-roberta-xl",
    "xmod",
    "camembert",
    "data2vec-text",
    "longformer",
    "mpnet",
)
_VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spm.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
)
TOKENIZER_FILES = (
    *_VOCABULARIES,
    "merges.txt",
    "added_tokens.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
)


@dataclass(frozen=True)
class EncoderFolder:
    """A resolved encoder: files on this disk, their key, and how they are read unless told otherwise."""

    name: str
    path: str
    checkpoint: Checkpoint
    tokenization: Tokenization
    pooler: str
    family: str
    weights: str
    layers: tuple[int, ...] | None = None
    revision: str | None = None
    licence: str | None = None
    disk_mb: float = 0.0


@cache
def builtin() -> Mapping[str, Mapping[str, Any]]:
    """The built-in encoders by name."""
    from ruamel.yaml import YAML

    text = resources.files("harness.encoders").joinpath("builtin.yaml").read_text(encoding="utf-8")
    rows: Mapping[str, Mapping[str, Any]] = YAML(typ="safe").load(text)
    return rows


def resolve(spec: EncoderSpec, folder: Path) -> EncoderFolder:
    """Find the files of an encoder, fetching what is missing. Relative paths are taken from `folder`.

    MissingFileError where there is nothing; EncoderError where what is there cannot be used.
    """
    row: Mapping[str, Any] = builtin().get(spec.checkpoint, {})
    revision = None
    local = folder / Path(spec.checkpoint).expanduser()
    if row:
        path = assets.path(row["asset"])
    elif local.is_dir():
        path = local.resolve()
    elif _looks_local(spec.checkpoint) or local.is_symlink() or local.exists():
        layouts.refuse_no_folder(local, spec.name)
        raise MissingFileError(
            f"encoder {spec.name!r}: no folder {local}. Give a folder with a config.json and weights, "
            f"a hub id (owner/name), or a built-in name ({', '.join(builtin())})."
        )
    else:
        path, revision = hub.snapshot(spec.checkpoint, spec.revision)
    try:
        return _describe(spec, path, row, revision)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise EncoderError(
            f"encoder {spec.name!r}: {str(error.filename or path)[:200]} cannot be read or converted ({why})."
        ) from None


def _looks_local(name: str) -> bool:
    return name.startswith((".", "/", "~")) or name.count("/") != 1


def _describe(spec: EncoderSpec, root: Path, row: Mapping[str, Any], revision: str | None) -> EncoderFolder:
    refuse_root(root, spec.name)
    path, pooler, trained_length, notes = _sentence_transformers(root, spec.name)
    refuse_folder(path, spec.name, _VOCABULARIES, TOKENIZER_FILES, is_told_length=spec.max_length is not None)
    config = _read_json(path / "config.json", spec.name)
    path = with_safetensors(path, spec.name)
    refuse_weights(path, spec.name)
    notes += own_code(config)
    layers = tuple(row["layers"]) if "layers" in row else None
    weights = row.get("weights") or "pretrained" + (f", trained with {pooler} pooling" if pooler else "") + notes
    return EncoderFolder(
        name=spec.name,
        path=str(path),
        checkpoint=_checkpoint(path, layers),
        tokenization=Tokenization(_max_length(spec, config, path, trained_length), prefix=spec.prefix),
        pooler=pooler or "mean",
        family=str(config.get("model_type", "unknown")),
        weights=weights,
        layers=layers,
        revision=revision,
        licence=row.get("licence"),
        disk_mb=round(sum(f.stat().st_size for f in path.glob("*.safetensors") if f.is_file()) / 1e6, 1),
    )


def _checkpoint(path: Path, layers: tuple[int, ...] | None) -> Checkpoint:
    names = ["config.json", *TOKENIZER_FILES, *sorted(f.name for f in path.glob("*.safetensors"))]
    source = fingerprint({name: file_hash(path / name) for name in names if (path / name).is_file()})
    steps = () if layers is None else (Step("cut-depth", 1, {"layers": list(layers)}),)
    return Checkpoint(source, steps)


def _sentence_transformers(root: Path, name: str) -> tuple[Path, str | None, int | None, str]:
    """The transformer's folder, trained pooling, trained max length and a note, from a sentence-transformers folder."""
    modules_file = root / "modules.json"
    if not modules_file.is_file():
        return root, None, None, ""
    modules = _read_json(modules_file, name, list)
    kinds = {str(m["type"]).rsplit(".", 1)[-1]: root / str(m.get("path", "")) for m in modules}
    path = kinds.get("Transformer", root)
    # the file is named after the family in older folders
    length_file = next((f for p in (path, root) for f in sorted(p.glob("sentence_*_config.json"))), None)
    length = _read_json(length_file, name).get("max_seq_length") if length_file else None
    pooler = None
    if "Pooling" in kinds and (kinds["Pooling"] / "config.json").is_file():
        pooler = _pooler_of(_read_json(kinds["Pooling"] / "config.json", name))
    unread = sorted(set(kinds) - {"Transformer", "Pooling", "Normalize"})
    return path, pooler, length, f" (its {', '.join(unread)} layer is left out)" if unread else ""


def _pooler_of(config: Mapping[str, Any]) -> str | None:
    """The pooling it was trained with; `cls+mean`, and names that the harness has no pooler for, as they are."""
    named = config.get("pooling_mode")
    if isinstance(named, str):
        return named
    flags = [key.removeprefix("pooling_mode_") for key, on in config.items() if key.startswith("pooling_mode_") and on]
    return "+".join(flag.removesuffix("_token").removesuffix("_tokens") for flag in flags) or None


def _max_length(spec: EncoderSpec, config: Mapping[str, Any], path: Path, trained: int | None) -> int:
    positions = int(config.get("max_position_embeddings") or 512)
    if config.get("model_type") in _OFFSET_POSITIONS:
        pad = config.get("pad_token_id")
        positions -= (1 if pad is None else int(pad)) + 1
        if positions < 3:
            raise EncoderError(f"encoder {spec.name!r}: config.json: pad_token_id {pad} leaves no positions for texts.")
    if spec.max_length is not None:
        if not 3 <= spec.max_length <= positions:
            raise EncoderError(
                f"encoder {spec.name!r}: max_length {spec.max_length} is not possible; "
                f"this encoder reads 3 to {positions} tokens."
            )
        return spec.max_length
    file = path / "tokenizer_config.json"
    stated = _read_json(file, spec.name).get("model_max_length") if file.is_file() else None
    return min(int(trained or positions), int(stated or positions), positions)


def _read_json(path: Path, name: str, kind: type = dict) -> Any:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFileError(f"encoder {name!r}: no {path.name} in {path.parent}.") from None
    except ValueError as error:
        raise EncoderError(f"encoder {name!r}: {path} is not JSON ({error}).") from None
    if not isinstance(value, kind):
        raise EncoderError(f"encoder {name!r}: {path} holds a {type(value).__name__}; expected a {kind.__name__}.")
    return value
