"""comparisons.jsonl: what was computed of several cells together, so that it is computed once."""

import json
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from harness.results.checked import checked, sound
from harness.results.folder import read_lines

#: Raised when the same cells may give other numbers than they gave before.
VERSION = 1


class Comparisons:
    """What is known of the comparisons of a run folder; without a path nothing is read or kept.

    A line (`results.checked`) says of what it is: what was compared, the keys of the cells and of their outcomes,
    metric and version, seed. One that was damaged, or cut short, is computed anew.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @cached_property
    def _known(self) -> dict[str, str]:
        return {} if self._path is None else sound(read_lines(self._path))

    def of(self, of: Mapping[str, Any], compute: Callable[[], tuple[Any, bool]]) -> Any:
        """The stored value, else the one that `compute` gives: lists and mappings of numbers, which may be NaN.

        It says too whether that may be kept; it is not where the outcomes of some cells are lost.
        """
        key = json.dumps({**of, "statistics": VERSION}, sort_keys=True)
        if key not in self._known:
            # by one thread: these products of matrices are so small that a second one costs more than it does
            with _libraries().limit(limits=1, user_api="blas"):
                value, is_whole = compute()
            if not is_whole:
                return value
            self._known[key] = json.dumps(value)
            self._keep(key)
        return json.loads(self._known[key])

    def _keep(self, of: str) -> None:
        """Add a line, on a line of its own; a folder that cannot be written is left as it is."""
        if self._path is None:
            return
        line = json.dumps(checked(of, self._known[of]))
        try:
            with self._path.open("ab+") as file:
                file.seek(max(0, file.tell() - 1))
                torn = file.read(1) not in (b"\n", b"")
                file.write(b"\n" * torn + line.encode() + b"\n")
        except OSError:
            self._path = None


@cache
def _libraries() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
