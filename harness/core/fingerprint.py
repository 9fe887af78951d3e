"""Canonical JSON and its hash: the only way a key is made."""

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

#: Metadata of a field that a record got after keys of it were stored: it stands in none while it has its default.
LATER = MappingProxyType({"later": True})


def fields_of(record: Any) -> dict[str, Any]:
    """The fields of a dataclass that decide its key, by name: none that is not compared, as it tells no two apart."""
    found = {one: getattr(record, one.name) for one in dataclasses.fields(record) if one.compare}
    return {one.name: value for one, value in found.items() if not one.metadata.get("later") or value != one.default}


def plain(value: Any) -> Any:
    """Dataclasses, models, mappings and tuples as JSON values. TypeError for what has no canonical form."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain(one) for name, one in fields_of(value).items()}
    if isinstance(value, Mapping):
        if not all(isinstance(k, str) for k in value):
            raise TypeError(f"a key of {value!r} is not a string")
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"{value!r} has no canonical form")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no NaN; `1.0` and `1` differ."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(value: Any) -> str:
    """128 bits of SHA-256 over the canonical JSON, as 32 hex digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:32]


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_SEAL = "seal.json"


def seal(folder: Path) -> None:
    """Write down the hash of every file of a folder, in it."""
    hashes = {file.name: file_hash(file) for file in sorted(folder.iterdir()) if file.name != _SEAL}
    (folder / _SEAL).write_text(json.dumps(hashes, indent=1), encoding="utf-8")


def is_whole(folder: Path) -> bool:
    """Whether a sealed folder still holds what it held; False where it has no seal, or a damaged one."""
    try:
        hashes = json.loads((folder / _SEAL).read_text(encoding="utf-8"))
        return all(file_hash(folder / name) == digest for name, digest in hashes.items())
    except (OSError, ValueError, AttributeError):
        return False
