"""Where in a YAML file a value stands: paths of keys and indices to line and column."""

from collections.abc import Sequence
from typing import Any

from harness.core.errors import Fault

Path = tuple[str | int, ...]


class Places:
    """Turns paths into `file:line:column`; what `--set` put there is named as such."""

    def __init__(self, name: str, root: Any, overrides: Sequence[str] = ()) -> None:
        self._name, self._root = name, root
        self._overrides = [(tuple(o.split("=", 1)[0].split(".")), o) for o in overrides]

    def __call__(self, path: Path) -> str:
        """The place of the deepest part of the path that is in the file."""
        for keys, text in self._overrides:
            if tuple(map(str, path[: len(keys)])) == keys:
                return f"--set {text}"
        line, column, node = 0, 0, self._root
        for part in path:
            try:
                line, column = _position(node, part)
                node = node[part]
            except (KeyError, IndexError, TypeError, AttributeError):
                break
        return f"{self._name}:{line + 1}:{column + 1}"

    def fault(self, path: Path, message: str, suggestion: str = "") -> Fault:
        """A fault at this path."""
        return Fault(self(path), message, suggestion)


def _position(node: Any, part: str | int) -> tuple[int, int]:
    if isinstance(part, int):
        line, column = node.lc.item(part)
    else:
        line, column = node.lc.value(part) if _is_scalar(node[part]) else node.lc.key(part)
    return int(line), int(column)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list))
