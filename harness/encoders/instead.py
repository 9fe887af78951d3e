"""What stands in a folder in place of an encoder that can be read, and what to do about it."""

import json
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from harness.core.errors import EncoderError, HarnessError, MissingFileError

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")
_UNFINISHED = (".incomplete", ".part", ".partial", ".crdownload", ".aria2", ".tmp")
_ONE_FILE = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".onnx", ".gguf", ".msgpack", ".json")
_CONVERT = "Save it from transformers as safetensors (`model.save_pretrained`), or take a download that has them."
#: Libraries that the harness does not read, and patterns of their files.
_OTHERS = {
    "TensorFlow": ("tf_model.h5", "saved_model.pb"),
    "TensorFlow 1": ("*.ckpt.index",),
    "Flax": ("flax_model*.msgpack",),
    "llama.cpp (GGUF)": ("*.gguf",),
    "llama.cpp (GGML)": ("*.ggml",),
    "OpenVINO": ("openvino_model.xml", "openvino/*.xml"),
    "ONNX": ("*.onnx", "onnx/*.onnx"),
    "rust-bert": ("rust_model.ot",),
    "Core ML": ("*.mlpackage",),
    "NeMo": ("*.nemo",),
}


def no_folder(local: Path, known: str) -> HarnessError:
    """The error that a path is no folder: what it is instead. `known` are the names of encoders that need no path."""
    if local.is_symlink() and not local.exists():
        said = f"{local} is a link to {local.readlink()}, which is not there. Name the folder itself."
        return MissingFileError(said)
    if not local.exists():
        return MissingFileError(
            f"no folder {local}. Give a folder with a config.json and weights, a hub id (owner/name), or a built-in "
            f"name ({known})."
        )
    if not local.is_file():
        what = "a device or a pipe; expected a folder with a config.json and weights."
    elif local.suffix.lower() in _ARCHIVES:
        what = "an archive. Unpack it and name the folder that holds config.json."
    elif local.suffix.lower() in _ONE_FILE:
        what = "one file of a model. Name the folder it is in, with config.json and a tokenizer."
    else:
        what = "a file; expected a folder with a config.json and weights."
    return EncoderError(f"{local} is {what}")


def missing(folder: Path, what: str) -> MissingFileError:
    """The error that `what` ("no config.json in", …) is not in a folder: what is there instead, what to do."""
    looks = (_above, _nothing, _is_adapter, _unfinished, _inside, _other_files)
    said = next((found for look in looks if (found := look(folder))), "")
    return MissingFileError(f"{what} {folder}. {said}".rstrip())


def no_weights(repo: str, files: Sequence[str]) -> EncoderError:
    """The error that a repository of the hub has no weights that can be read: what its files are instead."""
    found = [(lib, f) for lib, patterns in _OTHERS.items() for f in files if any(fnmatch(f, p) for p in patterns)]
    pieces = next((f for f in files if fnmatch(f, "pytorch_model*.bin*")), "")
    if found:
        said = f"Its weights are those of {found[0][0]} ({found[0][1]}), which the harness does not read. {_CONVERT}"
    elif pieces:
        said = f"Its weights are in pieces of PyTorch's own format ({pieces}). {_CONVERT}"
    else:
        there = ", ".join(sorted(files)[:5]) + (", …" if len(files) > 5 else "")
        said = f"Its files are {there}. Check the id." if files else "It is empty. Check the id."
    return EncoderError(
        f"{repo!r}: there is no model.safetensors (whole or in pieces) and no pytorch_model.bin on the hub. {said}",
        reason="missing-file",
    )


def refuse_adapter(folder: Path) -> None:
    """EncoderError for an adapter, beside the weights of its model or without: read alone, these are of another."""
    if (folder / "adapter_config.json").exists():
        raise EncoderError(f"{folder} holds {_adapter(folder)}")


def no_tokenizer(folder: Path, vocabularies: Sequence[str]) -> MissingFileError:
    """The error that a folder has none of these files: where a tokenizer may be."""
    said = _tokenizer_nearby(folder, vocabularies) or _unfinished(folder)
    what = f"no tokenizer in {folder}; expected one of {', '.join(vocabularies)}."
    return MissingFileError(f"{what} {said}".rstrip())


def _has(folder: Path, *patterns: str) -> str:
    """The first name that matches; nothing where none does."""
    return next((f.relative_to(folder).as_posix() for p in patterns for f in sorted(folder.glob(p))), "")


def _named(file: Path, *keys: str) -> str:
    """What a file of settings, be it damaged, names under the first of these keys."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return str(next((said[key] for key in keys if said.get(key)), ""))[:120]
    except (OSError, ValueError, AttributeError, RecursionError):
        return ""


def _adapter(folder: Path) -> str:
    base = _named(folder / "adapter_config.json", "base_model_name_or_path", "model_name")
    of = f"of the model {base!r}" if base else "of another model"
    return (
        f"an adapter {of}, which the harness does not put together. Merge the two with peft and name the new "
        "folder: `AutoPeftModelForFeatureExtraction.from_pretrained(FOLDER).merge_and_unload().save_pretrained(NEW)`; "
        "the tokenizer belongs in it too."
    )


def _is_adapter(folder: Path) -> str:
    return f"There is {_adapter(folder)}" if _has(folder, "adapter_config.json", "adapter_model.*") else ""


def _unfinished(folder: Path) -> str:
    patterns = [f"{place}*{end}" for place in ("", ".cache/huggingface/download/") for end in _UNFINISHED]
    found = _has(folder, *patterns)
    if not found and folder.parent.name == "snapshots":  # of a hub's cache
        found = _has(folder.parent.parent / "blobs", "*.incomplete")
    return f"A download did not finish ({found}): start it again." if found else ""


def _holds_model(folder: Path) -> bool:
    return (folder / "config.json").is_file() and bool(_has(folder, "*.safetensors", "*.bin"))


def _inside(folder: Path) -> str:
    """Folders with a model further down: named one too high."""
    parents = {f.parent for pattern in ("*/config.json", "snapshots/*/config.json") for f in folder.glob(pattern)}
    found = sorted(
        filter(_holds_model, parents),
        key=lambda path: (path.name.rstrip("0123456789"), len(path.name), path.name),
    )
    names = ", ".join(path.relative_to(folder).as_posix() for path in found[:4])
    return f"There is a model in its folder {names}{', …' if len(found) > 4 else ''}: name that one." if found else ""


def _above(folder: Path) -> str:
    above = folder.parent
    return f"The folder above, {above.name or above}, holds a model: name that one." if _holds_model(above) else ""


def _nothing(folder: Path) -> str:
    return "The folder is empty." if not any(folder.iterdir()) else ""


def _other_files(folder: Path) -> str:
    """What is there by the names of the files."""
    if found := _has(folder, "zero_to_fp32.py", "global_step*"):
        return f"It is a checkpoint of DeepSpeed ({found}): `python zero_to_fp32.py . .` there makes its weights."
    if found := _has(folder, "pytorch_model_fsdp*", "*.distcp"):
        return f"It is a checkpoint in pieces of FSDP ({found}): `accelerate merge-weights` makes weights of it."
    if found := _has(folder, "optimizer.pt", "optimizer.bin", "trainer_state.json", "rng_state*.pth"):
        return f"What is there is the state of a training ({found}), not its model. Save the model: `save_model`."
    for library, patterns in _OTHERS.items():
        if found := _has(folder, *patterns):
            return f"Its weights are those of {library} ({found}), which the harness does not read. {_CONVERT}"
    if found := _has(folder, "pytorch_model.bin.index.json", "pytorch_model-*.bin"):
        return f"Its weights are in pieces of PyTorch's own format ({found}). {_CONVERT}"
    if found := _has(folder, "model-*-of-*.safetensors"):
        return f"There are pieces of weights ({found}), but no model.safetensors.index.json that says what is where."
    if found := _has(folder, "*.safetensors", "*.bin", "*.pt", "*.pth", "*.ckpt"):
        return f"There is {found}: if it holds the model's weights, save them under one of these names."
    if found := _has(folder, *(f"*{end}" for end in _ARCHIVES)):
        return f"There is an archive in it ({found}): unpack it and name the folder that holds config.json."
    return ""


def _tokenizer_nearby(folder: Path, vocabularies: Sequence[str]) -> str:
    for place in (folder.parent, *sorted(path for path in folder.iterdir() if path.is_dir())):
        if any((place / file).is_file() for file in vocabularies):
            return f"There is one in {place}: copy its files here."
    base = _named(folder / "config.json", "_name_or_path")
    if base and not Path(base).is_absolute():
        return (
            f"config.json says that the model was made from {base!r}, whose tokenizer belongs to it: "
            "save that one here (`AutoTokenizer.from_pretrained(…).save_pretrained(…)`)."
        )
    return ""
