"""What is wrong with a folder before anything of it is loaded: called once, with everything that says no."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.encoders import instead, settings
from harness.encoders.files import read_json, refuse_impostors
from harness.encoders.weights import entries_of, refuse_other_config, refuse_whole_numbers, weight_files

#: Where a sentence-transformers folder says how it is put together, at its root.
_ROOT = ("modules.json", "config_sentence_transformers.json")


def refuse_root(root: Path, name: str) -> None:
    """EncoderError, MissingFileError where the files that say how a folder is put together cannot be followed."""
    refuse_impostors(root, iter(_ROOT), name)
    if (root / _ROOT[1]).is_file():
        read_json(root / _ROOT[1], name)
    if not (root / "modules.json").is_file():
        return
    modules = read_json(root / "modules.json", name, list)
    settings.refuse_modules(modules, str(root / "modules.json"), name)
    for module in modules:
        part = root / str(module.get("path", ""))
        refuse_impostors(part, iter(["config.json"]), name)
        if (part / "config.json").is_file():
            read_json(part / "config.json", name)


def refuse_folder(
    path: Path, name: str, vocabularies: Sequence[str], others: Sequence[str], *, is_told_length: bool
) -> dict[str, Any]:
    """The config.json of a transformer's folder.

    EncoderError, MissingFileError where the folder lacks a part, or has one that is none.

    `vocabularies` are the files of which a tokenizer needs one, `others` what else it may read. `is_told_length`: the
    suite says how many tokens are read, whatever the folder says of it.
    """
    instead.refuse_adapter(path, name)
    refuse_impostors(path, iter(["config.json"]), name)
    if not (path / "config.json").is_file():
        raise instead.missing(path, name, "no config.json in")
    config: dict[str, Any] = read_json(path / "config.json", name)
    settings.refuse_settings(config, str(path / "config.json"), name)
    weights = weight_files(path, name)
    refuse_impostors(path, iter([*vocabularies, *others, *weights]), name)
    if not weights:
        raise instead.missing(path, name, "no model.safetensors and no pytorch_model.bin in")
    if not any((path / file).is_file() for file in vocabularies):
        raise instead.no_tokenizer(path, name, vocabularies)
    _refuse_lengths(path, name, is_told_length)
    return config


def refuse_weights(path: Path, config: Mapping[str, Any], name: str) -> dict[str, list[int]]:
    """The shape of each tensor of a folder's safetensors, by name.

    EncoderError where they are not all of one saving, or not those of its config.json.
    """
    entries = entries_of(path, weight_files(path, name), name)
    refuse_whole_numbers(entries, name)
    shapes = {tensor: entry["shape"] for tensor, entry in entries.items()}
    refuse_other_config(config, shapes, name)
    return shapes


def _refuse_lengths(path: Path, name: str, is_told_length: bool) -> None:
    for place in {path: None, path.parent: None}:
        files = sorted(place.glob("sentence_*_config.json")) if place == path or _is_part(path) else []
        for file in files:
            refuse_impostors(place, iter([file.name]), name)
            read = read_json(file, name)
            if not is_told_length:
                settings.length_of(read.get("max_seq_length"), f"{file}: max_seq_length", name)
    for file in (path / one for one in ("special_tokens_map.json", "added_tokens.json", "tokenizer_config.json")):
        read = read_json(file, name) if file.is_file() else {}
        if not is_told_length:
            settings.length_of(read.get("model_max_length"), f"{file}: model_max_length", name)


def _is_part(path: Path) -> bool:
    return (path.parent / "modules.json").is_file()
