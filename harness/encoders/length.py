"""How many tokens an encoder can read: by its table of positions, its tokenizer, and what it was trained on.

Known before anything is loaded: shapes stand in the head of a safetensors file.
"""

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError

#: The shortest reading: two special tokens and one of the text.
SHORTEST = 3
#: Read by default where neither weights nor tokenizer set an end (T5, XLNet: positions are relative).
_ENDLESS = 512
#: The most that may be asked of such an encoder; a tokenizer without an end states more (10^30).
_MOST = 1_000_000
_TABLE = re.compile(r"(^|\.)(position_embeddings?|embed_positions|positions_embed|wpe)\.weight$")
_HEADER = 100_000_000


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor of a folder's safetensors files, by name; nothing of a file that is damaged."""
    found: dict[str, tuple[int, ...]] = {}
    for file in sorted(path.glob("*.safetensors")):
        try:
            with file.open("rb") as opened:
                size = int.from_bytes(opened.read(8), "little")
                header = json.loads(opened.read(size) if size < _HEADER else b"")
            found |= {k: tuple(map(int, v["shape"])) for k, v in header.items() if k != "__metadata__"}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue  # loading the weights says what is wrong with them
    return found


def room(config: Mapping[str, Any], path: Path, family: str) -> int | None:
    """The most tokens that the positions of an encoder allow; None where they are relative and have no end.

    A model that numbers positions from padding_idx + 1 has that many rows of its table less to give.
    """
    stated = config.get("max_position_embeddings")
    stated = int(stated) if isinstance(stated, (int, float)) and stated > 0 else None
    tables = [s[0] for name, s in shapes(path).items() if _TABLE.search(name) and len(s) == 2]
    rows = min([*tables, *([stated] if stated else [])], default=None)
    if not tables or rows is None or not _numbers_from_padding(family):
        return rows
    pad = config.get("pad_token_id")
    return rows - (pad if isinstance(pad, int) else 1) - 1


@cache
def _numbers_from_padding(family: str) -> bool:
    """Whether the model's source numbers the positions of real tokens from padding_idx + 1 (RoBERTa, MPNet …).

    It is read as text: importing transformers takes seconds, and a plan asks this of every encoder.
    """
    spec = find_spec("transformers")
    name = re.sub(r"\W", "_", family)
    places = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    files = [file for place in places for file in Path(place, "models").glob(f"*/modeling_{name}.py")]
    return any("create_position_ids_from_input_ids" in file.read_text(encoding="utf-8") for file in files)


def reading_length(asked: int | None, trained: Any, stated: Any, most: int | None, name: str) -> int:
    """Tokens read of a text, special ones included: those asked for, else the least of what is known.

    `trained` is what a sentence-transformers folder says, `stated` the tokenizer's `model_max_length`, `most` what the
    positions allow. EncoderError where that cannot be.
    """
    end = _MOST if most is None else most
    if asked is not None:
        if not SHORTEST <= asked <= end:
            raise EncoderError(
                f"encoder {name!r}: max_length {asked} is not possible; this encoder reads {SHORTEST} to {end} tokens."
            )
        return asked
    known = [
        _whole(value, key, name)
        for key, value in (("max_seq_length", trained), ("model_max_length", stated), ("its table of positions", most))
        if value is not None
    ]
    return min((length for length in known if length <= _MOST), default=_ENDLESS)


def _whole(value: Any, key: str, name: str) -> int:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or value < SHORTEST:
        raise EncoderError(
            f"encoder {name!r}: {key} is {value!r}; expected a whole number, {SHORTEST} or more. "
            "Correct it in the folder, or say `max_length` for this encoder in the suite."
        )
    return int(value)
