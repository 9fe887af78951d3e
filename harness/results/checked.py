"""Lines of a file that say of what they tell and carry a checksum: one that was damaged, or cut short, is not there."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any


def checked(of: str, value: str) -> dict[str, str]:
    """The line: what it is of, the value as the text of its JSON, which is not read before it is asked for."""
    return {"of": of, "value": value, "checksum": _checksum(of, value)}


def sound(lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The last value of each thing that sound lines tell of."""
    told = [(str(line.get("of")), str(line.get("value")), line.get("checksum")) for line in lines]
    return {of: value for of, value, checksum in told if checksum == _checksum(of, value)}


def _checksum(of: str, value: str) -> str:
    return hashlib.blake2b(f"{of}\n{value}".encode(errors="surrogatepass"), digest_size=16).hexdigest()
