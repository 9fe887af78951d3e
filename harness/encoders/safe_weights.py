"""Weights without pickle: safetensors as they are, `.bin` read weights-only and rewritten once."""

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

from harness import assets
from harness.core import disk
from harness.core.errors import EncoderError
from harness.core.files import whole_folder
from harness.core.fingerprint import file_hash, fingerprint, is_whole, seal
from harness.encoders.library import told
from harness.encoders.weights import weight_files

_REFUSED = (
    "{} is not plain tensors ({}). It could run code when read and is refused; convert it to safetensors where you "
    "trust it."
)


def with_safetensors(folder: Path) -> Path:
    """The folder itself if it holds safetensors, else a cached copy of it whose `.bin` was rewritten.

    EncoderError if the file needs more than tensors to be read: such a file could run code.
    """
    pickled = folder / "pytorch_model.bin"
    if weight_files(folder) != [pickled.name]:
        return folder
    kept = [f for f in sorted(folder.iterdir()) if f.suffix in (".json", ".txt", ".model", ".codes") and f.is_file()]
    # the same weights may stand beside another tokenizer or config
    target = assets.cache_root() / "converted" / fingerprint({f.name: file_hash(f) for f in (pickled, *kept)})
    if not is_whole(target):
        from safetensors.torch import save_file

        tensors = read_pickled(pickled)
        with disk.writing(target, place="set HARNESS_CACHE to another place"), whole_folder(target) as made:
            save_file(tensors, made / "model.safetensors", metadata={"format": "pt"})
            for file in kept:
                shutil.copyfile(file, made / file.name)
            seal(made)
    return target


def read_pickled(pickled: Path) -> dict[str, Any]:
    """The tensors of a pickle, by name. EncoderError if it holds anything else: such a file could run code."""
    import torch

    with told(lambda error: _REFUSED.format(pickled, _fault(pickled, error))):
        state = torch.load(pickled, map_location="cpu", weights_only=True)
    if not isinstance(state, dict):
        raise EncoderError(_REFUSED.format(pickled, f"a {type(state).__name__}"))
    if not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise EncoderError(_REFUSED.format(pickled, "a table with something else beside them"))
    return {key: value.clone().contiguous() for key, value in state.items()}


def _fault(pickled: Path, error: Exception) -> str:
    """What a `.bin` that cannot be read is in place of a table of tensors."""
    with pickled.open("rb") as opened:
        begin = opened.read(4)
    if begin == b"PK\x03\x04" and not zipfile.is_zipfile(pickled):
        return "it is cut short: download it again"
    if named := re.search(r"GLOBAL ([\w.]{1,80})", str(error)):
        return f"it asks for {named[1]}"
    if begin[:1] != b"\x80" and begin != b"PK\x03\x04":
        return "it is no file of PyTorch"
    return "it is damaged, or holds more than these"
