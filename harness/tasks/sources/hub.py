"""Data sets of the Hugging Face hub, held to a commit, and kept in the cache so that the next run is offline.

Only data files are read (Parquet, CSV, JSON …); the code of a data set is never run.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.assets import cache_root
from harness.core.errors import DataError
from harness.core.files import whole_file
from harness.core.registry import nearest
from harness.tasks.sources.hub_copy import OfflineError, ask, copy_of
from harness.tasks.sources.jsonl import read_jsonl
from harness.tasks.sources.mapping import reading_of
from harness.tasks.sources.row import Reading
from harness.tasks.sources.table import Form, Table, check_columns
from harness.tasks.task import Columns, HubSource

#: Splits that serve as the test side, the likeliest first.
TEST_SPLITS = ("test", "validation", "dev", "valid")
_COMMIT = re.compile("[0-9a-f]{40}")


def content_hash(source: HubSource) -> str:
    """`hub:owner/name@commit`, and `#config` where one is named.

    MissingFileError where the hub cannot be reached and no earlier run noted the commit of this revision.
    """
    commit = _commit(source.repo, source.revision, cache_root())
    return f"hub:{source.repo}@{commit}" + (f"#{source.config}" if source.config else "")


def read(source: HubSource, columns: Columns, expected: str) -> Reading:
    """The rows at the commit that the content hash names, from the cache where it has them."""
    about, table_of = copied(source, expected)
    chosen, notes = _sides(source, columns.label, about)
    for split in chosen.values():
        place, odd = f"hub:{source.repo}, split {split!r}", about[split].get("left_out", {})
        if unusable := [name for name in columns.named if name in odd]:
            raise DataError(f"{place}: column {unusable[0]!r} holds {odd[unusable[0]]}.", plain=unusable)
        check_columns(columns.named, about[split]["columns"], place)
    tables = ((side, table_of(split, columns.named)) for side, split in chosen.items())
    return reading_of(f"hub:{source.repo}", tables, columns, notes)


def copied(source: HubSource, expected: str) -> tuple[dict[str, Any], Callable[[str, tuple[str, ...]], Table]]:
    """What the copy at this content hash says of its splits, by name; and what reads columns of one."""
    commit = expected.partition("@")[2].partition("#")[0]
    folder = copy_of(source, commit, cache_root() / "hub")

    def table_of(split: str, columns: tuple[str, ...]) -> Table:
        raw = (folder / f"{split}.jsonl").read_bytes()
        return replace(read_jsonl(raw, Form(), columns, f"hub:{source.repo}, split {split!r}"), unit="row")

    return json.loads((folder / "about.json").read_text(encoding="utf-8")), table_of


@lru_cache
def _commit(repo: str, revision: str | None, root: Path) -> str:
    """The commit that a revision stands for now; without a network the one it last stood for."""
    if revision and _COMMIT.fullmatch(revision):
        return revision
    noted = root / "hub" / "revisions" / quote(f"{repo}@{revision or 'main'}", safe="@")
    try:
        commit = ask(repo, revision)
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
