"""Data sets of the Hugging Face hub, held to a commit, and kept in the cache so that the next run is offline.

Only data files are read (Parquet, CSV, JSON …); the code of a data set is never run.
"""

import json
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from textwrap import shorten
from typing import Any
from urllib.parse import quote

from harness.assets import cache_root
from harness.core import disk
from harness.core.errors import DataError, HarnessError, MissingFileError
from harness.core.files import whole_file, whole_folder
from harness.core.fingerprint import fingerprint, is_whole, seal
from harness.core.hub import no_room, refusal_of, why_not
from harness.core.registry import nearest
from harness.tasks.sources.jsonl import read_jsonl
from harness.tasks.sources.mapping import reading_of
from harness.tasks.sources.nested import DEPTH, LISTS
from harness.tasks.sources.row import Reading
from harness.tasks.sources.table import Form, Table, check_columns
from harness.tasks.task import Columns, HubSource

#: Splits that serve as the test side, the likeliest first.
TEST_SPLITS = ("test", "validation", "dev", "valid")
_COMMIT = re.compile("[0-9a-f]{40}")
#: Types of columns that hold neither texts nor names, and what they hold.
_LISTS = ("List", "LargeList", "Sequence", "list")
_ODD = {
    **dict.fromkeys(_LISTS, LISTS), "dict": "objects", "binary": "bytes",
    "Image": "pictures", "Audio": "sounds", "Video": "films", "Pdf": "documents",
}  # fmt: skip
#: Names of exception classes, so that it does not matter which HTTP library the hub's libraries use.
_OFFLINE = {"TransportError", "ConnectionError", "TimeoutException", "OfflineModeIsEnabled", "LocalEntryNotFoundError"}
_ABSENT = {
    "DatasetNotFoundError",
    "RepositoryNotFoundError",
    "RevisionNotFoundError",
    "GatedRepoError",
    "HFValidationError",
}
#: RuntimeError is that of hf-xet, which fetches large files.
_UNREADABLE = {"ValueError", "DatasetsError", "HfHubHTTPError", "DataFilesNotFoundError", "RuntimeError"}


def content_hash(source: HubSource) -> str:
    """`hub:owner/name@commit`, and `#config` where one is named.

    MissingFileError where the hub cannot be reached and no earlier run noted the commit of this revision.
    """
    commit = _commit(source.repo, source.revision, cache_root())
    return f"hub:{source.repo}@{commit}" + (f"#{source.config}" if source.config else "")


def read(source: HubSource, columns: Columns, expected: str) -> Reading:
    """The rows at the commit that the content hash names, from the cache where it has them."""
    about, table_of = copied(source, expected, with_lists=bool(columns.lists))
    chosen, notes = _sides(source, columns.label or columns.tags or next(iter(columns.lists), None), about)
    for split in chosen.values():
        place, odd = f"hub:{source.repo}, split {split!r}", about[split].get("left_out", {})
        lists = [name for name in about[split].get("lists", []) if name in columns.lists]
        if unusable := [name for name in columns.named if name in odd and name not in lists]:
            raise DataError(f"{place}: column {unusable[0]!r} holds {odd[unusable[0]]}.", plain=unusable)
        check_columns(columns.named, [*about[split]["columns"], *lists], place)
    tables = ((side, table_of(split, columns.named)) for side, split in chosen.items())
    return reading_of(f"hub:{source.repo}", tables, columns, notes)


def copied(
    source: HubSource, expected: str, *, with_lists: bool = False
) -> tuple[dict[str, Any], Callable[[str, tuple[str, ...]], Table]]:
    """What the copy at this content hash says of its splits, by name; and what reads columns of one.

    The copy, a file a split and `about.json`, is made where it is not there, as a whole or not at all. DataError for a
    data set that cannot be read, MissingFileError for one that cannot be had. One of an earlier version, which left
    lists out, is made anew `with_lists`.
    """
    commit = expected.partition("@")[2].partition("#")[0]
    folder = place_of(source, commit)
    if not is_whole(folder) or (with_lists and _is_old(folder)):
        splits = _load(source, commit)
        shutil.rmtree(folder, ignore_errors=True)
        with disk.writing(folder, place="set HARNESS_CACHE to another place"), whole_folder(folder) as made:
            about = {name: _write(split, made / f"{name}.jsonl") for name, split in splits.items()}
            (made / "about.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
            seal(made)

    def table_of(split: str, columns: tuple[str, ...]) -> Table:
        raw = (folder / f"{split}.jsonl").read_bytes()
        return replace(read_jsonl(raw, Form(), columns, f"hub:{source.repo}, split {split!r}"), unit="row")

    return json.loads((folder / "about.json").read_text(encoding="utf-8")), table_of


def _is_old(folder: Path) -> bool:
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    return any("lists" not in split for split in about.values())


def place_of(source: HubSource, commit: str) -> Path:
    """Where the copy of a data set at a commit lies, or will lie."""
    parts = [source.repo, commit, source.config]
    return cache_root() / "hub" / f"{source.repo.replace('/', '--')}-{fingerprint(parts)[:12]}"


@lru_cache
def _commit(repo: str, revision: str | None, root: Path) -> str:
    """The commit that a revision stands for now; without a network the one it last stood for."""
    if revision and _COMMIT.fullmatch(revision):
        return revision
    noted = root / "hub" / "revisions" / quote(f"{repo}@{revision or 'main'}", safe="@")
    try:
        commit = _ask(repo, revision)
    except OfflineError:
        if (known := _known(noted, repo, revision)) is None:
            raise
        message = "hub:%s cannot be reached; going on with the commit last seen, %s"
        logging.getLogger("harness.tasks").warning(message, repo, known[:8])
        return known
    noted.parent.mkdir(parents=True, exist_ok=True)
    whole_file(noted, commit)
    return commit


def _known(noted: Path, repo: str, revision: str | None) -> str | None:
    """The commit noted by an earlier run, or in the hub library's own cache."""
    from huggingface_hub.constants import HF_HUB_CACHE

    ref = Path(HF_HUB_CACHE) / f"datasets--{repo.replace('/', '--')}" / "refs" / (revision or "main")
    seen = [file.read_text(encoding="utf-8").strip() for file in (noted, ref) if file.is_file()]
    return next((commit for commit in seen if _COMMIT.fullmatch(commit)), None)


def _sides(source: HubSource, label: str | None, about: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Which split serves as which side: those named; train and test (or validation); or one for all."""
    place, taken = f"hub:{source.repo}", (source.train_split, source.test_split, source.validation_split)
    for given in taken:
        if given is not None and given not in about:
            there = f"The splits are {', '.join(about)}. {nearest(given, about)}".strip()
            raise DataError(f"{place}: no split {given!r}. {there}", plain=about)
    hidden = [name for name, split in about.items() if label in split["withheld"]]
    usable = [name for name in about if name not in hidden]
    test = source.test_split or _first(TEST_SPLITS, usable, taken)
    train = source.train_split or _first(("train", *usable), usable, (test, source.validation_split))
    notes = [f"split {name!r} has no labels and is not used" for name in hidden]
    if train is not None and test is not None:
        validation = {"validation": source.validation_split} if source.validation_split else {}
        return {"train": train, "test": test, **validation}, [*notes, f"trained on split {train!r}, tested on {test!r}"]
    if (given := source.validation_split) is not None:
        raise DataError(
            f"{place}: `validation_split` {given!r} leaves one split to train and test on. The "
            f"splits that have labels are {', '.join(usable)}. Name a `test_split`, or leave `validation_split` out.",
            plain=about,
        )
    if (only := train or test) is None:
        raise DataError(f"{place}: no split has values in {label!r}. Name another `label`.")
    return {"all": only}, [*notes, f"one split ({only!r}), split by rule"]


def _first(names: tuple[str, ...], usable: list[str], taken: tuple[str | None, ...]) -> str | None:
    return next((name for name in names if name in usable and name not in taken), None)


def _ask(repo: str, revision: str | None) -> str:
    """The commit that the hub gives for a revision (None: the main branch). Fails at once without a network."""
    from huggingface_hub import HfApi

    with _told(repo, revision):
        return str(HfApi().dataset_info(repo, revision=revision, timeout=10).sha)


def _load(source: HubSource, commit: str) -> Mapping[str, Any]:
    """All splits at this commit, by the data sets library."""
    from datasets import config, load_dataset

    try:
        _ask(source.repo, commit)
    except OfflineError:
        # the library tries for half a minute, which is worth it only where its own cache has the data
        if not any(Path(config.HF_DATASETS_CACHE).glob(f"*/*/*/{commit}")):
            raise
    # a folder of that name where the user stands would be read instead
    name = f"hf://datasets/{source.repo}" if Path(source.repo).exists() else source.repo
    with _told(source.repo, commit):
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
    inner = {c: getattr(feature, "feature", None) for c, feature in split.features.items() if _kind(feature) in _LISTS}
    lists = [c for c, feature in inner.items() if feature is not None and _kind(feature) not in _ODD]
    features = {c: inner.get(c, split.features[c]) for c in (*plain, *lists)}
    names: dict[str, list[str]] = {c: f.names for c, f in features.items() if f and _kind(f) == "ClassLabel"}
    present: set[str] = set()
    with file.open("w", encoding="utf-8") as out:
        for batch in split.select_columns(list(features)).iter(batch_size=1000):
            for column, labels in names.items():  # -1 stands for a label that is not given
                batch[column] = [_named(value, labels) for value in batch[column]]
            present |= {c for c in features if any(v not in (None, -1, []) for v in batch[c])}
            for values in zip(*(batch[c] for c in features), strict=True):
                out.write(json.dumps(dict(zip(features, values, strict=True)), default=str) + "\n")
    odd = {c: _ODD[_kind(f)] for c, f in split.features.items() if c not in plain}
    return {"columns": plain, "lists": lists, "withheld": [c for c in features if c not in present], "left_out": odd}


def _named(value: Any, labels: Sequence[str]) -> Any:
    """The number of a class, or a list of them, by name; None for a class that is not given."""
    if isinstance(value, list):
        return [_named(one, labels) for one in value]
    return labels[value] if value is not None and value >= 0 else None


def _kind(feature: Any) -> str:
    name = type(feature).__name__
    return str(feature.dtype).removeprefix("large_") if name == "Value" else name


class OfflineError(MissingFileError):
    """The hub cannot be reached."""


@contextmanager
def _told(repo: str, revision: str | None) -> Iterator[None]:
    """Turn errors that a user can do something about into DataError and MissingFileError; let others pass."""
    try:
        yield
    except Exception as error:  # what is not recognised is raised again as it is
        if (known := _explained(error, repo, revision)) is None:
            raise
        raise known from error


def _explained(error: Exception, repo: str, revision: str | None) -> HarnessError | None:
    place, names = f"hub:{repo}", {cls.__name__ for cls in type(error).__mro__}
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
        return MissingFileError(f"{place}: {why_not(error, 'data set', repo, revision)}")
    if number := refusal_of(error):
        return MissingFileError(f"{place}: {no_room(number)}")
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
