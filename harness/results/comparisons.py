"""comparisons.jsonl: what was computed of several cells together, so that it is computed once."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from harness.results.folder import read_lines

#: Raised when the same cells may give other numbers than they gave before.
VERSION = 1


class Comparisons:
    """What is known of the comparisons of a run folder; without a path nothing is read or kept.

    A line says of what it is (`of`: what was compared, the keys of the cells and of their outcomes, metric and version,
    seed), the value, and a checksum of both: one that was damaged, or cut short, is computed anew.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @cached_property
    def _known(self) -> dict[str, Any]:
        lines = read_lines(self._path) if self._path is not None else []
        whole = [line for line in lines if line.get("checksum") == _checksum(line.get("of"), line.get("value"))]
        return {_key(line["of"]): _read(line["value"]) for line in whole}

    def of(self, of: Mapping[str, Any], compute: Callable[[], tuple[Any, bool]]) -> Any:
        """The stored value, else the one that `compute` gives: JSON whose numbers may be NaN or infinite.

        It says too whether that may be kept; it is not where the outcomes of some cells are lost.
        """
        key = _key({**of, "statistics": VERSION})
        if key not in self._known:
            with _one_thread():
                value, is_whole = compute()
            if not is_whole:
                return value
            self._known[key] = value
            self._keep({**of, "statistics": VERSION}, _written(value))
        return self._known[key]

    def _keep(self, of: Mapping[str, Any], value: Any) -> None:
        """Add a line, on a line of its own; a folder that cannot be written is left as it is."""
        if self._path is None:
            return
        line = json.dumps({"of": of, "value": value, "checksum": _checksum(of, value)}, ensure_ascii=False)
        try:
            with self._path.open("ab+") as file:
                file.seek(max(0, file.tell() - 1))
                torn = file.read(1) not in (b"\n", b"")
                file.write(b"\n" * torn + line.encode() + b"\n")
        except OSError:
            self._path = None


def _key(of: Any) -> str:
    return json.dumps(of, sort_keys=True)


def _checksum(of: Any, value: Any) -> str:
    return hashlib.blake2b(json.dumps([of, value], sort_keys=True).encode(), digest_size=16).hexdigest()


def _written(value: Any) -> Any:
    """As JSON has it: NaN and infinity by name."""
    if isinstance(value, Mapping):
        return {name: _written(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _read(value: Any) -> Any:
    """What `_written` took."""
    if isinstance(value, dict):
        return {name: _read(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_read(one) for one in value]
    return float(value) if isinstance(value, str) else value


def _one_thread() -> Any:
    """Products of matrices by one thread: these are so small that a second one costs more than it does."""
    return _libraries().limit(limits=1, user_api="blas")


@cache
def _libraries() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
