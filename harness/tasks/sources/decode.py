"""Bytes to text, with an error that finds the byte and the encoding that would work."""

import codecs

from harness.core.errors import DataError

_OTHERS = ("utf-8", "utf-16", "cp1252", "latin-1")


def decoded(data: bytes, encoding: str, place: str) -> str:
    """The text, without a byte order mark. DataError names line, byte and another encoding that fits."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise DataError(
            f"{place}: encoding {encoding!r} is not known; expected a name such as utf-8, utf-16, cp1252 or latin-1."
        ) from None
    if name == "utf-8" and data.startswith(codecs.BOM_UTF8):
        name = "utf-8-sig"
    try:
        return data.decode(name)
    except UnicodeError as error:
        raise DataError(_message(data, encoding, place, error)) from None


def _message(data: bytes, encoding: str, place: str, error: UnicodeError) -> str:
    start = error.start if isinstance(error, UnicodeDecodeError) else 0
    found = f"byte 0x{data[start]:02x}" if start < len(data) else "the end"
    line = data.count(b"\n", 0, start) + 1
    fits = next((other for other in _OTHERS if other != encoding and _reads(data, other)), None)
    advice = f"It reads as {fits}: say `encoding: {fits}`." if fits else "Save the file as utf-8."
    return f"{place}, line {line}: {found} (at {start:,}) is not {encoding}. {advice}"


def _reads(data: bytes, encoding: str) -> bool:
    if encoding == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    try:
        data.decode(encoding)
    except UnicodeError:
        return False
    return True
