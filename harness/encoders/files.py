"""Files of an encoder that are not what their names say: pointers, pages, cut downloads, links to nothing."""

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError, MissingFileError

INDEX = "model.safetensors.index.json"
#: What a settings file may weigh, and a vocabulary, in MB: no real one comes near.
_LARGEST = {"settings": 20, "vocabulary": 500}
_SETTINGS = ("config.json", "modules.json", "tokenizer_config.json", "special_tokens_map.json")
_ANSWERS = (b"entry not found", b"repository not found", b"not found", b"invalid username", b"access to model", b"404")
_AGAIN = "Download it again, for instance with `hf download`."


def is_there(path: Path) -> bool:
    """Whether a name stands in its folder, be it a link to nothing."""
    return path.is_symlink() or path.exists()


def refuse_impostors(folder: Path, names: Iterator[str], name: str) -> None:
    """EncoderError, MissingFileError for the first of these files of a folder that is there and not what it is named.

    Opens nothing that is no plain file, and reads no more than the beginning.
    """
    for file in (folder / one for one in names):
        if is_there(file):
            _refuse_odd(file, name)
            fault = _fault(file)
            if fault:
                raise EncoderError(f"encoder {name!r}: {file} {fault}")


def _refuse_odd(file: Path, name: str) -> None:
    """Links to nothing, folders, devices and pipes, files that may not be read."""
    try:
        mode = file.stat().st_mode
    except OSError:
        target = file.readlink() if file.is_symlink() else "?"
        raise MissingFileError(
            f"encoder {name!r}: {file} is a link to {target}, which is not there. Where a folder with links was "
            "copied, copy what they lead to as well (`cp -rL`); or download it again."
        ) from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise EncoderError(f"encoder {name!r}: {file} is {what}; expected a file.")
    if not os.access(file, os.R_OK):
        raise EncoderError(f"encoder {name!r}: {file} may not be read by you. Check its permissions.")


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
    return _pointer(begin, file.parent) or _answer(begin, is_weights) or (_weights(file, begin) if is_weights else "")


def _pointer(begin: bytes, folder: Path) -> str:
    if begin.startswith(b"version https://git-lfs"):
        size = re.search(rb"size (\d+)", begin)
        real = f" to {int(size[1]) / 1e6:,.1f} MB" if size else ""
        return (
            f"is a git-lfs pointer{real}, not the file itself. Run `git lfs install` and then `git lfs pull` in "
            f"{folder}, or download the file (`hf download`)."
        )
    if begin.startswith(b"# xet version"):
        return f"is a pointer of the hub's Xet storage, not the file itself. {_AGAIN}"
    return ""


def _answer(begin: bytes, is_weights: bool) -> str:
    text = begin.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return f"is a web page: what was saved is an error or a login, not the file. {_AGAIN}"
    if text.startswith((b'{"error"', b'{"detail"', b'{"message"')) or (len(begin) < 1024 and text.startswith(_ANSWERS)):
        return f"holds an answer of a server ({_shown(begin)}), not the file. {_AGAIN}"
    if is_weights and text.startswith((b"{", b"[")):
        return f"holds JSON, not weights. {_AGAIN}"
    return ""


def _shown(begin: bytes) -> str:
    return "".join(c for c in begin[:60].decode("utf-8", "replace") if c.isprintable())


def _weights(file: Path, begin: bytes) -> str:
    if file.suffix == ".bin":
        return ""
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


def read_json(path: Path, name: str, kind: type = dict) -> Any:
    """What a JSON file holds. MissingFileError, or EncoderError where it holds something else than a `kind`."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFileError(f"encoder {name!r}: no {path.name} in {path.parent}.") from None
    except (ValueError, RecursionError) as error:
        raise EncoderError(f"encoder {name!r}: {path} is not JSON ({error}).") from None
    if not isinstance(value, kind):
        raise EncoderError(f"encoder {name!r}: {path} holds a {type(value).__name__}; expected a {kind.__name__}.")
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
