"""Tasks that lie in a folder of their own, with a `task.yaml` that says how they are read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.suite import document
from harness.suite.faults import Faults, entries

#: The file in such a folder.
FILE = "task.yaml"


def opened(raw: Mapping[str, Any], folder: Path, faults: Faults) -> dict[str, Any]:
    """The suite with what such a folder says of its task in place of the folder; what the suite says goes before it.

    `folder` is that of the suite. What is wrong with a `task.yaml` goes to `faults`.
    """
    tasks = [_opened(entry, folder, faults, place) for place, entry in entries(raw, "tasks")]
    return {**raw, "tasks": tasks} if tasks else dict(raw)


def _opened(entry: Any, folder: Path, faults: Faults, place: int) -> Any:
    data = entry.get("data") if isinstance(entry, dict) else None
    if not isinstance(data, str) or data.startswith("hub:") or "\0" in data:
        return entry
    file = folder / data / FILE
    try:
        told = read(file) if file.is_file() else None
    except (OSError, ValueError) as error:
        faults.add(("tasks", place, "data"), f"{file}: {error}")
        return entry
    if told is None:
        return entry
    beside = {key: str(Path(data) / value) if (file.parent / value).is_file() else value for key, value in told.items()}
    return beside | {key: value for key, value in entry.items() if key != "data"}


def read(file: Path) -> dict[str, Any]:
    """A `task.yaml`; ValueError for what is no mapping of names to text."""
    found, wrong = document.read(file.read_text(encoding="utf-8"), str(file))
    if wrong or not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("cannot be read; expected fields of a task, as `harness perturb` writes them.")
    return {str(key): str(value) for key, value in found.items()}
