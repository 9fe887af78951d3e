"""Weights without pickle: safetensors as they are, `.bin` read weights-only and rewritten once."""

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

from harness import assets
from harness.core.errors import EncoderError
from harness.core.files import whole_folder
from harness.core.fingerprint import file_hash, fingerprint, is_whole, seal
from harness.encoders.weights import weight_files


def with_safetensors(folder: Path, name: str) -> Path:
    """The folder itself if it holds safetensors, else a cached copy of it whose `.bin` was rewritten.

    EncoderError if the file needs more than tensors to be read: such a file could run code.
    """
    pickled = folder / "pytorch_model.bin"
    if weight_files(folder, name) != [pickled.name]:
        return folder
    kept = [f for f in sorted(folder.iterdir()) if f.suffix in (".json", ".txt", ".model", ".codes") and f.is_file()]
    # the same weights may stand beside another tokenizer or config
    target = assets.cache_root() / "converted" / fingerprint({f.name: file_hash(f) for f in (pickled, *kept)})
    if not is_whole(target):
        _rewrite(pickled, kept, target, name)
    return target


def _rewrite(pickled: Path, kept: list[Path], target: Path, name: str) -> None:
    from safetensors.torch import save_file

    tensors = read_pickled(pickled, name)
    with whole_folder(target) as made:
        save_file(tensors, made / "model.safetensors", metadata={"format": "pt"})
        for file in kept:
            shutil.copyfile(file, made / file.name)
        seal(made)


def read_pickled(pickled: Path, name: str) -> dict[str, Any]:
    """The tensors of a pickle, by name. EncoderError if it holds anything else: such a file could run code."""
    import torch

    state = None
    try:
        state = torch.load(pickled, map_location="cpu", weights_only=True)
        if not all(isinstance(value, torch.Tensor) for value in state.values()):
            raise TypeError
    except MemoryError:
        raise
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to ask for
        raise EncoderError(
            f"encoder {name!r}: {pickled} is not plain tensors ({_instead(pickled, state, error)}). "
            "It could run code when read and is refused; convert it to safetensors where you trust it."
        ) from None
    return {key: value.clone().contiguous() for key, value in state.items()}


def _instead(pickled: Path, state: Any, error: Exception) -> str:
    """What a `.bin` is in place of a table of tensors."""
    if state is not None:
        return "a table with something else beside them" if isinstance(state, dict) else f"a {type(state).__name__}"
    with pickled.open("rb") as opened:
        begin = opened.read(4)
    if begin == b"PK\x03\x04" and not zipfile.is_zipfile(pickled):
        return "it is cut short: download it again"
    if named := re.search(r"GLOBAL ([\w.]{1,80})", str(error)):
        return f"it asks for {named[1]}"
    if begin[:1] != b"\x80" and begin != b"PK\x03\x04":
        return "it is no file of PyTorch"
    return "it is damaged, or holds more than these"
