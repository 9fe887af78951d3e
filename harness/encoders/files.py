"""Files of an encoder that are not what their names say: pointers, pages, cut downloads, links to nothing."""

import json
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError, MissingFileError

INDEX = "model.safetensors.index.json"
#: What a settings file may weigh, and a vocabulary, in MB: no real one comes near.
_LARGEST = {"settings": 20, "vocabulary": 500}
_SETTINGS = ("config.json", "modules.json", "tokenizer_config.json", "special_tokens_map.json")
_ANSWERS = (b"entry not found", b"repository not found", b"not found", b"invalid username", b"access to model", b"404")
_AGAIN = "Download it again, for instance with `hf download`."


def refuse_impostors(files: Iterable[Path]) -> None:
    """EncoderError, MissingFileError for the first of these files that is there and not what it is named.

    Opens nothing that is no plain file, and reads no more than the beginning.
    """
    for file in filter(os.path.lexists, files):
        _refuse_odd(file)
        if fault := _fault(file):
            raise EncoderError(f"{file} {fault}")


def _refuse_odd(file: Path) -> None:
    """Links to nothing, folders, devices and pipes, files that may not be read."""
    try:
        mode = file.stat().st_mode
    except OSError:
        target = file.readlink() if file.is_symlink() else "?"
        raise MissingFileError(
            f"{file} is a link to {target}, which is not there. Where a folder with links was copied, copy what they "
            "lead to as well (`cp -rL`); or download it again."
        ) from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise EncoderError(f"{file} is {what}; expected a file.")
    if not os.access(file, os.R_OK):
        raise EncoderError(f"{file} may not be read by you. Check its permissions.")


def _fault(file: Path) -> str:
    """What a file is in place of what it is named; nothing where it is that."""
    size = file.stat().st_size
    if size == 0:
        return f"is empty (0 bytes): a download or copy of it did not finish. {_AGAIN}"
    is_weights = file.suffix in (".safetensors", ".bin")
    kind = "settings" if file.name in _SETTINGS or file.name.startswith("sentence_") else "vocabulary"
    if not is_weights and size > _LARGEST[kind] * 1e6:
        return f"has {size / 1e6:,.0f} MB; a file of this name has at most {_LARGEST[kind]}. {_AGAIN}"
    with file.open("rb") as opened:
        begin = opened.read(1024)
    return _answer(begin, file.parent, is_weights) or (_weights(file, begin) if file.suffix == ".safetensors" else "")


def _answer(begin: bytes, folder: Path, is_weights: bool) -> str:
    """What a server or git gave in place of a file."""
    if begin.startswith(b"version https://git-lfs"):
        size = re.search(rb"size (\d+)", begin)
        real = f" to {int(size[1]) / 1e6:,.1f} MB" if size else ""
        return (
            f"is a git-lfs pointer{real}, not the file itself. Run `git lfs install` and then `git lfs pull` in "
            f"{folder}, or download the file (`hf download`)."
        )
    if begin.startswith(b"# xet version"):
        return f"is a pointer of the hub's Xet storage, not the file itself. {_AGAIN}"
    text = begin.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return f"is a web page: what was saved is an error or a login, not the file. {_AGAIN}"
    if text.startswith((b'{"error"', b'{"detail"', b'{"message"')) or (len(begin) < 1024 and text.startswith(_ANSWERS)):
        shown = "".join(c for c in begin[:60].decode("utf-8", "replace") if c.isprintable())
        return f"holds an answer of a server ({shown}), not the file. {_AGAIN}"
    return f"holds JSON, not weights. {_AGAIN}" if is_weights and text.startswith((b"{", b"[")) else ""


def _weights(file: Path, begin: bytes) -> str:
    if begin.startswith((b"PK\x03\x04", b"\x80\x02")):
        return "is a PyTorch file by another name. Name it pytorch_model.bin, or convert it to safetensors."
    if begin.startswith(b"GGUF"):
        return "is a GGUF file by another name; the harness reads safetensors."
    try:
        header, length = header_of(file)
    except ValueError as error:
        return f"is no safetensors file, or damaged ({error}). {_AGAIN}"
    size, ends = file.stat().st_size, [entry["data_offsets"][1] for entry in header.values()]
    expected = 8 + length + max(ends, default=0)
    if size < expected:
        return f"is cut short: {size:,} of {expected:,} bytes are there. {_AGAIN}"
    if size > expected:
        return f"has {size - expected:,} bytes more than it should: it is damaged. {_AGAIN}"
    return "holds no weights." if not header else ""


def read_json(path: Path, kind: type = dict, *, optional: bool = False) -> Any:
    """What a JSON file holds; of an `optional` one that is not there, nothing.

    MissingFileError, or EncoderError where it is no such file or holds something else than a `kind`.
    """
    refuse_impostors([path])
    if not path.exists():
        if optional:
            return kind()
        raise MissingFileError(f"no {path.name} in {path.parent}.")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise EncoderError(f"{path} is not JSON ({error}).") from None
    if not isinstance(value, kind):
        raise EncoderError(f"{path} holds a {type(value).__name__}; expected a {kind.__name__}.")
    return value


def header_of(file: Path) -> tuple[dict[str, Any], int]:
    """The entries {dtype, shape, data_offsets} of a safetensors file by tensor, and its header's length in bytes.

    ValueError where there is no such header.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if size < 8 or length > min(size - 8, 100_000_000):
            raise ValueError("its header would be longer than " + ("the file" if length > size - 8 else "100 MB"))
        try:
            header = json.loads(opened.read(length))
        except (ValueError, RecursionError):
            raise ValueError("its header is not JSON") from None
    if not isinstance(header, dict):
        raise ValueError("its header is no table")
    header.pop("__metadata__", None)
    if not all(_is_entry(entry) for entry in header.values()):
        raise ValueError("its header lists something else than tensors")
    return header, length


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    numbers = [entry.get("data_offsets"), entry.get("shape")]
    if not all(isinstance(row, list) and all(type(n) is int and n >= 0 for n in row) for row in numbers):
        return False
    return len(entry["data_offsets"]) == 2
