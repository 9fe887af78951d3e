"""What stands in a folder in place of an encoder that can be read, and what to do about it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.core.errors import EncoderError, MissingFileError

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")
_UNFINISHED = (".incomplete", ".part", ".partial", ".crdownload", ".aria2", ".tmp")
_ONE_FILE = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".onnx", ".gguf", ".msgpack", ".json")
_CONVERT = "Save it from transformers as safetensors (`model.save_pretrained`), or take a download that has them."
#: Patterns of files that another library reads, and which.
_OTHERS = (
    ("tf_model.h5", "TensorFlow"),
    ("*.ckpt.index", "TensorFlow 1"),
    ("saved_model.pb", "TensorFlow"),
    ("flax_model*.msgpack", "Flax"),
    ("*.gguf", "llama.cpp (GGUF)"),
    ("*.ggml", "llama.cpp (GGML)"),
    ("openvino_model.xml", "OpenVINO"),
    ("openvino/*.xml", "OpenVINO"),
    ("*.onnx", "ONNX"),
    ("onnx/*.onnx", "ONNX"),
    ("rust_model.ot", "rust-bert"),
    ("*.mlpackage", "Core ML"),
    ("*.nemo", "NeMo"),
)


def refuse_no_folder(local: Path, name: str) -> None:
    """EncoderError, MissingFileError where a path is there and is no folder."""
    if local.is_dir() or not (local.is_symlink() or local.exists()):
        return
    said = f"encoder {name!r}: {local} is"
    if local.is_symlink() and not local.exists():
        raise MissingFileError(f"{said} a link to {local.readlink()}, which is not there. Name the folder itself.")
    if not local.is_file():
        raise EncoderError(f"{said} a device or a pipe; expected a folder with a config.json and weights.")
    if local.suffix.lower() in _ARCHIVES:
        raise EncoderError(f"{said} an archive. Unpack it and name the folder that holds config.json.")
    if local.suffix.lower() in _ONE_FILE:
        raise EncoderError(f"{said} one file of a model. Name the folder it is in, with config.json and a tokenizer.")
    raise EncoderError(f"{said} a file; expected a folder with a config.json and weights.")


def missing(folder: Path, name: str, what: str) -> MissingFileError:
    """The error that `what` ("no config.json in", …) is not in a folder: what is there instead, what to do."""
    return MissingFileError(f"encoder {name!r}: {what} {folder}.{_joined(folder, _MODEL)}")


def refuse_adapter(folder: Path, name: str) -> None:
    """EncoderError for an adapter, beside the weights of its model or without: read alone, these are of another."""
    if (folder / "adapter_config.json").exists():
        raise EncoderError(f"encoder {name!r}: {folder} holds {_adapter(folder)}")


def no_tokenizer(folder: Path, name: str, vocabularies: Sequence[str]) -> MissingFileError:
    """The error that a folder has none of these files: where a tokenizer may be."""
    return MissingFileError(
        f"encoder {name!r}: no tokenizer in {folder}; expected one of {', '.join(vocabularies)}."
        + (_tokenizer_nearby(folder, vocabularies) or _joined(folder, _TOKENIZER))
    )


def _joined(folder: Path, looks: Sequence[Callable[[Path], str]]) -> str:
    said = next((found for look in looks if (found := look(folder))), "")
    return f" {said}" if said else ""


def _has(folder: Path, *patterns: str) -> str:
    """The first name that matches; nothing where none does."""
    return next((f.relative_to(folder).as_posix() for p in patterns for f in sorted(folder.glob(p))), "")


def _adapter(folder: Path) -> str:
    try:
        said = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        base = said.get("base_model_name_or_path") or said.get("model_name")
    except (OSError, ValueError, AttributeError, RecursionError):
        base = None
    of = f"of the model {str(base)[:120]!r}" if base else "of another model"
    return (
        f"an adapter {of}, which the harness does not put together. Merge the two with peft and name the new "
        "folder: `AutoPeftModelForFeatureExtraction.from_pretrained(FOLDER).merge_and_unload().save_pretrained(NEW)`; "
        "the tokenizer belongs in it too."
    )


def _is_adapter(folder: Path) -> str:
    return f"There is {_adapter(folder)}" if _has(folder, "adapter_config.json", "adapter_model.*") else ""


def _training(folder: Path) -> str:
    if found := _has(folder, "zero_to_fp32.py", "global_step*"):
        return f"It is a checkpoint of DeepSpeed ({found}): `python zero_to_fp32.py . .` there makes its weights."
    if found := _has(folder, "pytorch_model_fsdp*", "*.distcp"):
        return f"It is a checkpoint in pieces of FSDP ({found}): `accelerate merge-weights` makes weights of it."
    if found := _has(folder, "optimizer.pt", "optimizer.bin", "trainer_state.json", "rng_state*.pth"):
        return f"What is there is the state of a training ({found}), not its model. Save the model: `save_model`."
    return ""


def _unfinished(folder: Path) -> str:
    patterns = [f"{place}*{end}" for place in ("", ".cache/huggingface/download/") for end in _UNFINISHED]
    found = _has(folder, *patterns)
    blobs = folder.parent.parent / "blobs"  # of a hub's cache, where this is a snapshot
    if not found and folder.parent.name == "snapshots":
        found = _has(blobs, "*.incomplete")
    return f"A download did not finish ({found}): start it again." if found else ""


def _inside(folder: Path) -> str:
    """Folders with a model further down: named one too high."""
    found = sorted(
        {f.parent for pattern in ("*/config.json", "snapshots/*/config.json") for f in folder.glob(pattern)},
        key=lambda path: (path.name.rstrip("0123456789"), len(path.name), path.name),
    )
    holding = [path for path in found if any(path.glob("*.safetensors")) or any(path.glob("*.bin"))]
    if not holding:
        return ""
    names = ", ".join(path.relative_to(folder).as_posix() for path in holding[:4])
    return f"There is a model in its folder {names}{', …' if len(holding) > 4 else ''}: name that one."


def _above(folder: Path) -> str:
    above = folder.parent
    if (above / "config.json").is_file() and (any(above.glob("*.safetensors")) or any(above.glob("*.bin"))):
        return f"The folder above, {above.name or above}, holds a model: name that one."
    return ""


def _other_library(folder: Path) -> str:
    for pattern, library in _OTHERS:
        if found := _has(folder, pattern):
            return f"Its weights are those of {library} ({found}), which the harness does not read. {_CONVERT}"
    return ""


def _other_weights(folder: Path) -> str:
    if found := _has(folder, "pytorch_model.bin.index.json", "pytorch_model-*.bin"):
        return f"Its weights are in pieces of PyTorch's own format ({found}). {_CONVERT}"
    if found := _has(folder, "model-*-of-*.safetensors"):
        return f"There are pieces of weights ({found}), but no model.safetensors.index.json that says what is where."
    if found := _has(folder, "*.safetensors", "*.bin", "*.pt", "*.pth", "*.ckpt"):
        return f"There is {found}: if it holds the model's weights, save them under one of these names."
    return ""


def _archive(folder: Path) -> str:
    found = _has(folder, *(f"*{end}" for end in _ARCHIVES))
    return (
        f"There is an archive in it ({found}): unpack it and name the folder that holds config.json." if found else ""
    )


def _nothing(folder: Path) -> str:
    return "The folder is empty." if not any(folder.iterdir()) else ""


def _tokenizer_nearby(folder: Path, vocabularies: Sequence[str]) -> str:
    for place in (folder.parent, *sorted(path for path in folder.iterdir() if path.is_dir())):
        if any((place / file).is_file() for file in vocabularies):
            return f" There is one in {place}: copy its files here."
    try:
        base = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("_name_or_path")
    except (OSError, ValueError, AttributeError, RecursionError):
        base = None
    if isinstance(base, str) and base and not Path(base).is_absolute():
        return (
            f" config.json says that the model was made from {base[:120]!r}, whose tokenizer belongs to it: "
            "save that one here (`AutoTokenizer.from_pretrained(…).save_pretrained(…)`)."
        )
    return ""


_MODEL = (
    _above,
    _nothing,
    _is_adapter,
    _unfinished,
    _inside,
    _training,
    _other_library,
    _other_weights,
    _archive,
)
_TOKENIZER = (_unfinished,)
