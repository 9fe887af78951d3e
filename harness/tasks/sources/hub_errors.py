"""The errors of the hub's libraries in a user's words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import shorten

from harness.core.errors import DataError, HarnessError, MissingFileError

#: Names of exception classes, so that it does not matter which HTTP library the hub's libraries use.
_OFFLINE = {"TransportError", "ConnectionError", "TimeoutException", "OfflineModeIsEnabled", "LocalEntryNotFoundError"}
_ABSENT = {"DatasetNotFoundError", "RepositoryNotFoundError", "RevisionNotFoundError", "GatedRepoError"}
_UNREADABLE = {"ValueError", "DatasetsError", "HfHubHTTPError", "DataFilesNotFoundError"}


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
