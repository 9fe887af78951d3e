"""A hub data set at one commit, copied into the cache as JSON Lines: a file a split, its plain columns.

The errors of the hub's libraries are told in a user's words.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import Any

from harness.core.errors import DataError, HarnessError, MissingFileError
from harness.core.files import whole_folder
from harness.core.fingerprint import fingerprint, is_whole, seal
from harness.tasks.sources.nested import DEPTH, LISTS
from harness.tasks.task import HubSource

#: Types of columns that hold neither texts nor names, and what they hold.
_ODD = {
    **dict.fromkeys(("List", "LargeList", "Sequence", "list"), LISTS), "dict": "objects", "binary": "bytes",
    "Image": "pictures", "Audio": "sounds", "Video": "films", "Pdf": "documents",
}  # fmt: skip
#: Names of exception classes, so that it does not matter which HTTP library the hub's libraries use.
_OFFLINE = {"TransportError", "ConnectionError", "TimeoutException", "OfflineModeIsEnabled", "LocalEntryNotFoundError"}
_ABSENT = {"DatasetNotFoundError", "RepositoryNotFoundError", "RevisionNotFoundError", "GatedRepoError"}
_UNREADABLE = {"ValueError", "DatasetsError", "HfHubHTTPError", "DataFilesNotFoundError"}


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
    split = split.flatten(max_depth=DEPTH)
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


class OfflineError(MissingFileError):
    """The hub cannot be reached."""


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn errors that a user can do something about into DataError and MissingFileError; let others pass."""
    try:
        yield
    except Exception as error:  # what is not recognised is raised again as it is
        if (known := _explained(error, place)) is None:
            raise
        raise known from error


def _explained(error: Exception, place: str) -> HarnessError | None:
    names = {cls.__name__ for cls in type(error).__mro__}
    said = shorten(str(error), 200, placeholder=" …") or type(error).__name__
    if "scripts are no longer supported" in str(error):
        return DataError(
            f"{place} is a data set script, which is not run. Name its copy as Parquet, `revision: "
            "refs/convert/parquet`, or the id of another copy."
        )
    if configs := _configs(str(error)):
        there = ", ".join(configs[:30]) + (f" and {len(configs) - 30} more" if len(configs) > 30 else "")
        return DataError(
            f"{place} is of several configs, and none of them {'was named' if 'missing' in str(error) else 'is that'}. "
            f"They are: {there}. Say which: `config: {configs[0]}` in a task, `--config {configs[0]}` for init.",
            plain=configs,
        )
    if names & _ABSENT:
        return MissingFileError(
            f"{place} is not on the hub, or not for you ({said}). Check id and revision; for a private or "
            "gated one, log in with `hf auth login`."
        )
    if names & _OFFLINE:
        return OfflineError(
            f"{place}: the hub cannot be reached ({said}), and the cache does not hold it. Run once with a "
            "connection, or save the data as a file and name that in `data`."
        )
    return DataError(f"{place} cannot be loaded: {said}") if names & _UNREADABLE else None


def _configs(said: str) -> list[str]:
    """The configs that the data sets library says there are, where it misses the name of one."""
    found = re.search(r"(?:Config name is missing|BuilderConfig .*? not found)[^\[]*\[([^\]]*)\]", said, re.DOTALL)
    return re.findall(r"['\"]([^'\"]+)['\"]", found[1]) if found else []
