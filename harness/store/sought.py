"""Keys that are looked for, sorted once, and the keys of each batch sought in them."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class Sought:
    """Keys (n, 2) that are looked for, and how many are still to be found."""

    def __init__(self, keys: Any) -> None:
        self._order = np.argsort(keys[:, 0])
        self._keys = keys[self._order]
        self._is_open = np.ones(len(keys), np.bool_)
        self.left = len(keys)

    def among(self, head: Any, bad: Sequence[int]) -> tuple[Any, Any]:
        """Which of them are among the rows of a head but for bad ones, for `found`, and those rows."""
        if not self.left:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        at, is_hit = self._places(head["key"])
        own = np.flatnonzero(is_hit)
        if bad:
            own = own[~np.isin(own, bad)]
        return at[own], own

    def rest(self) -> "Sought":
        """Those that are still to be found, sought anew."""
        return Sought(self._keys[self._is_open])

    def wants(self, keys: Any) -> bool:
        """Whether one of these keys (n, 2) is still to be found."""
        return bool(self._places(keys)[1].any())

    def _places(self, keys: Any) -> tuple[Any, Any]:
        """(n,) where each of these keys would stand, and whether it does and is still to be found."""
        at = np.minimum(np.searchsorted(self._keys[:, 0], keys[:, 0]), len(self._keys) - 1)
        return at, (self._keys[at] == keys).all(axis=1) & self._is_open[at]

    def found(self, asked: Any) -> Any:
        """Look no longer for these; their places among the keys."""
        self._is_open[asked] = False
        self.left = int(np.count_nonzero(self._is_open))
        return self._order[asked]

    def settle(self, keys: Any) -> None:
        """Look no longer for these keys (n, 2)."""
        at, is_hit = self._places(keys)
        self.found(at[is_hit])
