"""A hub data set at one commit, copied into the cache as JSON Lines: a file a split, its plain columns."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import DataError
from harness.core.files import whole_folder
from harness.core.fingerprint import fingerprint, is_whole, seal
from harness.tasks.sources.hub_errors import OfflineError, told
from harness.tasks.sources.nested import LISTS
from harness.tasks.task import HubSource

#: How deep structs are looked into.
_DEPTH = 5
#: Types of columns that hold neither texts nor names, and what they hold.
_ODD = {
    "List": LISTS,
    "LargeList": LISTS,
    "Sequence": LISTS,
    "list": LISTS,
    "dict": "objects",
    "Image": "pictures",
    "Audio": "sounds",
    "Video": "films",
    "Pdf": "documents",
    "binary": "bytes",
}


def copy_of(source: HubSource, commit: str, root: Path) -> Path:
    """The folder with the splits and `about.json`; made where it is not there, as a whole or not at all.

    DataError for a data set that cannot be read, MissingFileError for one that cannot be had.
    """
    parts = [source.repo, commit, source.config]
    folder = root / f"{source.repo.replace('/', '--')}-{fingerprint(parts)[:12]}"
    if is_whole(folder):
        return folder
    splits = _load(source, commit)
    with whole_folder(folder) as made:
        about = {name: _write(split, made / f"{name}.jsonl") for name, split in splits.items()}
        (made / "about.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
        seal(made)
    return folder


def ask(repo: str, revision: str | None) -> str:
    """The commit that the hub gives for a revision (None: the main branch). Fails at once without a network."""
    from huggingface_hub import HfApi

    with told(f"hub:{repo}"):
        return str(HfApi().dataset_info(repo, revision=revision, timeout=10).sha)


def _load(source: HubSource, commit: str) -> Mapping[str, Any]:
    """All splits at this commit, by the data sets library."""
    from datasets import config, load_dataset

    try:
        ask(source.repo, commit)
    except OfflineError:
        # the library tries for half a minute, which is worth it only where its own cache has the data
        if not any(Path(config.HF_DATASETS_CACHE).glob(f"*/*/*/{commit}")):
            raise
    # a folder of that name where the user stands would be read instead
    name = f"hf://datasets/{source.repo}" if Path(source.repo).exists() else source.repo
    with told(f"hub:{source.repo}"):
        splits: Mapping[str, Any] = load_dataset(name, source.config, revision=commit)
    for split in splits.values():
        # without a network, the library answers with the latest commit that it has
        origin = f"hf://datasets/{source.repo}@"
        files = [url.removeprefix(origin) for url in split.info.download_checksums or {} if url.startswith(origin)]
        if others := [file for file in files if not file.startswith(commit)]:
            raise DataError(
                f"hub:{source.repo}: expected commit {commit}, was given {others[0].split('/')[0]}. "
                "Connect, and run again."
            )
    return splits


def _write(split: Any, file: Path) -> dict[str, Any]:
    """One JSON object a row, class labels as their names. Gives the columns, and those whose values are withheld."""
    split = split.flatten(max_depth=_DEPTH)
    plain = [c for c, feature in split.features.items() if _kind(feature) not in _ODD]
    names = {c: split.features[c].names for c in plain if _kind(split.features[c]) == "ClassLabel"}
    present: set[str] = set()
    with file.open("w", encoding="utf-8") as out:
        for batch in split.select_columns(plain).iter(batch_size=1000):
            for column, labels in names.items():  # -1 stands for a label that is not given
                batch[column] = [labels[v] if v is not None and v >= 0 else None for v in batch[column]]
            present |= {c for c in plain if any(v is not None and v != -1 for v in batch[c])}
            for values in zip(*(batch[c] for c in plain), strict=True):
                out.write(json.dumps(dict(zip(plain, values, strict=True)), default=str) + "\n")
    odd = {c: _ODD[_kind(f)] for c, f in split.features.items() if c not in plain}
    return {"columns": plain, "withheld": [c for c in plain if c not in present], "left_out": odd}


def _kind(feature: Any) -> str:
    name = type(feature).__name__
    return str(feature.dtype).removeprefix("large_") if name == "Value" else name
