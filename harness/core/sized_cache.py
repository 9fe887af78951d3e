"""A cache of results that forgets by their size, for data of any number of rows."""

import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")
_SAMPLE = 64
#: Bytes of what stands around the text of one item: the objects that name it.
_AROUND = 600


class Sized(Generic[Value]):
    """A function whose results are kept by their arguments."""

    def __init__(self, function: Callable[..., Value], most: int, size: Callable[[Any], int]) -> None:
        self._function, self._most, self._size = function, most, size
        self._known: OrderedDict[tuple[Any, ...], tuple[Value, int]] = OrderedDict()
        self._n_bytes = 0  # of all that is kept: to add them up anew would cost each call what was kept so far

    def __call__(self, *arguments: Any) -> Value:
        """The result, kept or new."""
        if arguments not in self._known:
            value = self._function(*arguments)
            self._known[arguments] = value, (n_bytes := self._size(value))
            self._n_bytes += n_bytes
        self._known.move_to_end(arguments)
        while len(self._known) > 1 and self._n_bytes > self._most:
            _, (_, n_bytes) = self._known.popitem(last=False)
            self._n_bytes -= n_bytes
        return self._known[arguments][0]

    def cache_clear(self) -> None:
        """Forget all."""
        self._known.clear()
        self._n_bytes = 0


def sized_cache(most: int, size: Callable[[Any], int]) -> Callable[[Callable[..., Value]], Sized[Value]]:
    """Keep results by their arguments until they take more than `most` bytes, as `size` tells them.

    The longest unused go first; the last one asked for stays, however large.
    """
    return lambda function: Sized(function, most, size)


def bytes_of(texts: Any, around: int = _AROUND) -> int:
    """About how many bytes items with these texts (n,) take, by some of them evenly spaced."""
    some = texts[:: max(1, len(texts) // _SAMPLE)][:_SAMPLE]
    each = sum(sys.getsizeof(text) for text in some) / len(some) if len(some) else 0
    return int(len(texts) * (each + around))
