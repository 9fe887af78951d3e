"""What is wrong in a suite, and where: paths of keys and indices to line and column."""

from collections.abc import Iterable, Sequence
from pathlib import Path as FilePath
from typing import Any

from harness.core.errors import Fault
from harness.core.registry import Catalogue, nearest

Path = tuple[str | int, ...]


def entries(raw: Any, key: str) -> list[tuple[int, Any]]:
    """The entries of a list in a suite, with their places; none where there is no such list."""
    found = raw.get(key)
    return list(enumerate(found)) if isinstance(found, list) else []


def name_of(entry: Any) -> Any:
    """What an encoder or task is called: its name, else its checkpoint; or what stands there alone."""
    return entry.get("name", entry.get("checkpoint")) if isinstance(entry, dict) else entry


def names_of(raw: Any, key: str) -> list[str]:
    """The names of the entries of a list that have one."""
    return [name for _, entry in entries(raw, key) if isinstance(name := name_of(entry), str)]


class Faults:
    """Everything that is wrong in a suite, as `file:line:column` of a path; what `--set` put there is named as such.

    `catalogue` is what there is to choose from, `folder` where paths of the suite begin.
    """

    def __init__(
        self, name: str, root: Any, catalogue: Catalogue, overrides: Sequence[str] = (), folder: FilePath = FilePath()
    ) -> None:
        self.found: list[Fault] = []
        self.catalogue, self.folder = catalogue, folder
        self._name, self._root = name, root
        self._overrides = [(tuple(o.split("=", 1)[0].split(".")), o) for o in overrides]

    def add(self, path: Path, message: str, suggestion: str = "", *, key: bool = False) -> None:
        """One more, in the value at this path, or in its last `key`."""
        self.found.append(Fault(self._place(path, key=key), message, suggestion))

    def unknown(
        self, path: Path, message: str, name: Any, allowed: Iterable[str], said: str = "Known", *, key: bool = False
    ) -> None:
        """One more: a name that is none of those allowed, which are told after the word `said`."""
        listed = f"{said}: {', '.join(allowed) or 'none'}."
        self.add(path, message, f"{nearest(str(name), allowed)} {listed}".strip(), key=key)

    def _place(self, path: Path, *, key: bool) -> str:
        """The place of the deepest part of the path that is in the file: its value, or its `key`."""
        line, column, node = 0, 0, self._root
        if override := self._override(path):
            return override
        for depth, part in enumerate(path):
            try:
                line, column = _position(node, part, key=key and depth == len(path) - 1)
                node = node[part]
            except (KeyError, IndexError, TypeError, AttributeError):
                if override := self._override(path[: depth + 1], made=True):
                    return override
                break
        return f"{self._name}:{line + 1}:{column + 1}"

    def _override(self, path: Path, *, made: bool = False) -> str:
        """The `--set` that set this path or what it is in; with `made`, one that made it on its way."""
        for keys, text in reversed(self._overrides):
            n_shared = min(len(keys), len(path)) if made else len(keys)
            if tuple(map(str, path[:n_shared])) == keys[:n_shared]:
                return f"--set {text}"
        return ""


def _position(node: Any, part: str | int, *, key: bool) -> tuple[int, int]:
    if isinstance(part, int):
        line, column = node.lc.item(part)
    else:
        has_own_line = key or node[part] is None or isinstance(node[part], (dict, list))
        line, column = node.lc.key(part) if has_own_line else node.lc.value(part)
    return int(line), int(column)
