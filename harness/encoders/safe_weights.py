"""Weights without pickle: safetensors as they are, `.bin` read weights-only and rewritten once."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness import assets
from harness.core.errors import EncoderError, MissingFileError
from harness.core.fingerprint import file_hash, fingerprint, is_whole, seal


def with_safetensors(folder: Path, name: str) -> Path:
    """The folder itself if it holds safetensors, else a cached copy of it whose `.bin` was rewritten.

    EncoderError if the file needs more than tensors to be read: such a file could run code.
    """
    if any(folder.glob("*.safetensors")):
        return folder
    pickled = folder / "pytorch_model.bin"
    if not pickled.is_file():
        raise MissingFileError(f"encoder {name!r}: no *.safetensors and no pytorch_model.bin in {folder}.")
    kept = [f for f in sorted(folder.iterdir()) if f.suffix in (".json", ".txt", ".model", ".codes") and f.is_file()]
    # the same weights may stand beside another tokenizer or config
    target = assets.cache_root() / "converted" / fingerprint({f.name: file_hash(f) for f in (pickled, *kept)})
    if not is_whole(target):
        shutil.rmtree(target, ignore_errors=True)
        _rewrite(pickled, kept, target, name)
    return target


def _rewrite(pickled: Path, kept: list[Path], target: Path, name: str) -> None:
    """Make the copy beside its place and move it there, so that it is there as a whole or not at all."""
    from safetensors.torch import save_file

    tensors = read_pickled(pickled, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=target.parent) as part:
        made = Path(part) / "copy"
        made.mkdir()
        save_file(tensors, made / "model.safetensors", metadata={"format": "pt"})
        for file in kept:
            shutil.copyfile(file, made / file.name)
        seal(made)
        with suppress(OSError):  # another process was quicker
            made.rename(target)


def read_pickled(pickled: Path, name: str) -> dict[str, Any]:
    """The tensors of a pickle, by name. EncoderError if it holds anything else: such a file could run code."""
    import torch

    try:
        state = torch.load(pickled, map_location="cpu", weights_only=True)
        if not all(isinstance(value, torch.Tensor) for value in state.values()):
            raise TypeError("it holds something else beside them")
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to ask for
        why = (str(error) or type(error).__name__).splitlines()[0][:120]
        raise EncoderError(
            f"encoder {name!r}: {pickled} is not plain tensors ({why}). "
            "It could run code when read and is refused; convert it to safetensors where you trust it."
        ) from None
    return {key: value.clone().contiguous() for key, value in state.items()}
