"""The folder of an index: vectors.npy, documents.jsonl, and index.json with what decides them and their checksums."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np

from harness.core import disk
from harness.core.errors import HarnessError, MissingFileError
from harness.core.files import is_there, whole_folder
from harness.core.fingerprint import file_hash, fingerprint
from harness.core.shapes import Count, read, read_json
from harness.index.side import Asked, Decides
from harness.index.texts import Documents

VECTORS, DOCUMENTS, ABOUT = "vectors.npy", "documents.jsonl", "index.json"
#: Raised when folders are written in another way.
FORMAT: Literal[1] = 1


@dataclass(frozen=True)
class About:
    """index.json: who was asked for, what decides the vectors, how many there are (n, dimension), hashes of files.

    `device` is where they were computed. `checksum` is over all the rest.
    """

    format: Literal[1]
    harness: str
    asked: Asked
    encoder: str
    decides: Decides
    device: str
    n: Count
    dimension: Count
    files: Mapping[str, str]
    checksum: str = ""

    def sealed(self) -> dict[str, Any]:
        """As JSON, with its checksum."""
        told = {name: value for name, value in asdict(self).items() if name != "checksum"}
        return {**told, "checksum": fingerprint(told)}


def write(folder: Path, documents: Documents, vectors: Any, **about: Any) -> None:
    """Write all of it at once. HarnessError where something is there already, or the system refuses."""
    if is_there(folder):
        raise HarnessError(f"{folder}: there already. Name another folder with -o, or remove it first.")
    lines = [json.dumps(pair, ensure_ascii=False) for pair in zip(documents.ids, documents.texts, strict=True)]
    content = "".join(f"{line}\n" for line in lines).encode()
    with disk.writing(folder, vectors.nbytes + len(content)), whole_folder(folder) as made:
        np.save(made / VECTORS, vectors, allow_pickle=False)
        (made / DOCUMENTS).write_bytes(content)
        files = {name: file_hash(made / name) for name in (VECTORS, DOCUMENTS)}
        n, dimension = vectors.shape
        told = About(FORMAT, metadata.version("encoder-harness"), n=n, dimension=dimension, files=files, **about)
        (made / ABOUT).write_text(json.dumps(told.sealed(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[About, Documents, Any]:
    """What index.json says, the documents, and their vectors (n, d), which stay on the disk until they are asked for.

    MissingFileError, HarnessError: which file is not there, cut short or damaged.
    """
    if not is_there(folder):
        raise MissingFileError(f"{folder}: no such folder. `harness index build ENCODER TEXTS -o {folder}` makes one.")
    for name in (ABOUT, VECTORS, DOCUMENTS):
        if not (folder / name).is_file():
            raise MissingFileError(f"{folder / name}: not there, so {folder} is no whole index. {_AGAIN}")
    about = _about(folder / ABOUT)
    for name, expected in about.files.items():
        if file_hash(folder / name) != expected:
            raise HarnessError(f"{folder / name}: cut short or damaged (its bytes are not those written). {_AGAIN}")
    vectors = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
    pairs = [json.loads(line) for line in (folder / DOCUMENTS).read_text(encoding="utf-8").split("\n") if line]
    return about, Documents(tuple(one for one, _ in pairs), tuple(text for _, text in pairs)), vectors


def _about(file: Path) -> About:
    try:
        told = read_json(file)
        about: About = read(About, told)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{file}: cut short or damaged ({error}). {_AGAIN}") from None
    if about.sealed()["checksum"] != about.checksum:
        raise HarnessError(f"{file}: damaged or changed by hand (its checksum is another). {_AGAIN}")
    return about


_AGAIN = "Build the index again, or copy it whole."
