"""What a library said of an encoder it could not read, without advice that cannot be followed here."""

import re
from importlib.metadata import version
from pathlib import Path

from harness.encoders.patience import LibraryError

#: Signs of advice to a programmer, of addresses made of local paths, and of other people's change logs.
_ADVICE = re.compile(
    r"trust_remote_code|https?:|hf\.co|pip3? install|please|you (need|can|should|must|are|may)|make sure|weights_only|"
    r"argument|from_pretrained|pytorch 2|`token|logged in|:$",
    re.IGNORECASE,
)
_LONGEST = 160


def said(error: BaseException, folder: str) -> str:
    """One clause: who said what, as far as it describes and does not advise. Paths to the folder are left out."""
    kind = error.kind if isinstance(error, LibraryError) else type(error).__name__
    text = str(error).replace(folder, Path(folder).name)
    sentences = (part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text))
    first = next((part for part in sentences if part and not _ADVICE.search(part)), "")
    plain = "".join(c if c.isprintable() else " " for c in first)[:_LONGEST].rstrip(". ")
    return f"transformers {version('transformers')} says {kind}" + (f": {plain}" if plain else "")
