"""Bytes to text, with an error that finds the byte and the encoding that would work."""

import codecs

from harness.core.errors import DataError

#: Byte order marks; that of UTF-16 is the beginning of the other.
_MARKS = {
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
#: Codecs that Python calls text encodings, in which nobody writes a file; some take minutes for a large one.
_NOT_OF_FILES = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
#: Bytes that are looked at for zeros, and the share of them that must be: line ends and delimiters alone have so many.
_N_LOOKED_AT, _ZEROS = 1 << 16, 0.01
#: The share of bytes over 127 among letters that no Latin script has; how far the reading that is taken must be ahead
#: of the next in likeness to a language, and how much of it may be out of order.
_FOREIGN, _LEAD, _CHAOS = 0.4, 0.2, 0.1


def codec_of(encoding: str) -> str | None:
    """Python's name of an encoding; None for what is not known, or no encoding of text (`base64`, `zlib`, `idna`)."""
    try:
        name = codecs.lookup(encoding).name
        b"-".decode(encoding)
    except UnicodeError:  # half a character of UTF-16
        pass
    except (LookupError, ValueError):  # a NUL in the name is a ValueError
        return None
    return None if name in _NOT_OF_FILES else name


def encoding_of(data: bytes) -> str:
    """The encoding that bytes seem to have, by their mark, their zeros or their letters; utf-8 where it is not sure."""
    if marked := _marked(data):
        return marked
    return "utf-8" if _reads(data, "utf-8") or _wrong_bytes(data) else _code_page(data) or "utf-8"


def decoded(data: bytes, encoding: str, place: str) -> str:
    """The text, without a byte order mark. DataError names line, byte and another encoding that fits."""
    name, marked = codec_of(encoding), _marked(data)
    if name is None:
        expected = "expected a name such as utf-8, utf-16, cp1252 or latin-1"
        raise DataError(f"{place}: encoding {encoding!r} is not known, or none of texts; {expected}.")
    if marked and not name.startswith(marked[:6]):
        raise DataError(f"{place}: the file is {marked}, not {encoding}: say `encoding: {marked}`.")
    try:
        return data.decode(name).lstrip("\ufeff")
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        found = f"byte 0x{data[start]:02x}" if start < len(data) else "the end"
        line = data.count(b"\n", 0, start) + 1
        said = f"{found} (at {start:,}) is not {encoding}. {_advice(data)}"
        raise DataError(f"{place}, line {line}: {said}") from None


def _marked(data: bytes) -> str | None:
    """UTF-16 or UTF-32, by a byte order mark or by where zero bytes stand; None for others."""
    for name, marks in _MARKS.items():
        if data.startswith(marks) and _reads(data, name):
            return name
    # charset-normalizer takes a short UTF-16 without a mark, whose letters are of few blocks, for a code page
    some = data[:_N_LOOKED_AT]
    if some.count(0) < max(2, _ZEROS * len(some)) or len(data) % 2:
        return None
    for name in ("utf-32-le", "utf-32-be"):
        if _reads(some[: len(some) // 4 * 4], name) and _reads(data, name):
            return name
    even, odd = some[::2].count(0), some[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    # a zero in the middle of other text leaves no line ends where the pairs of bytes are taken together
    is_so = 20 * min(even, odd) <= max(even, odd) and _reads(data, name) and "\n" in data.decode(name)
    return name if is_so else None


def _advice(data: bytes) -> str:
    if n_wrong := _wrong_bytes(data):
        where = f"{n_wrong:,} places" if n_wrong > 1 else "this place"
        return f"All of it but {where} is utf-8: mend the file there, or write it again."
    fits = "utf-8" if _reads(data, "utf-8") else _code_page(data)
    if fits is None:
        return "Its letters are of no Latin script, and its encoding cannot be told for sure: save the file as utf-8."
    others = " Where letters then look wrong it is another, such as cp1250 or mac-roman." if fits == "cp1252" else ""
    return f"It reads as {fits}: say `encoding: {fits}`.{others}"


def _wrong_bytes(data: bytes) -> int:
    """In how many places a file is not UTF-8 that is so elsewhere; 0 where all of it is, or none."""
    n_wrong = data.decode("utf-8", errors="replace").count("\ufffd") - data.count("\ufffd".encode())
    n_right = sum(not char.isascii() for char in data.decode("utf-8", errors="ignore")) if n_wrong else 0
    return n_wrong if n_right > n_wrong else 0


def _code_page(data: bytes) -> str | None:
    """The encoding of a text that is not Unicode: Windows-1252 for Latin letters; of others, if it is sure.

    Of Latin letters it cannot be told on short files (measured: cp1250, cp1252, mac-roman and iso-8859-2 are taken for
    each other in half of them); of other scripts it can where one reading is far ahead of the next.
    """
    some = data[:_N_LOOKED_AT].rpartition(b"\n")[0] or data[:_N_LOOKED_AT]
    n_high, n_latin = sum(byte > 127 for byte in some), sum(chr(byte).isalpha() for byte in some if byte < 128)
    if n_high <= _FOREIGN * (n_high + n_latin):
        return "cp1252" if _reads(data, "cp1252") else "latin-1"
    from charset_normalizer import from_bytes

    found = sorted(from_bytes(some), key=lambda match: -match.coherence)
    lead = found[0].coherence - (found[1].coherence if found[1:] else -1) if found else 0
    is_sure = lead >= _LEAD and found[0].chaos < _CHAOS and _reads(data, found[0].encoding)
    return str(found[0].encoding) if is_sure else None


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeError:
        return False
    return True
