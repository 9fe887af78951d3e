"""How many tokens an encoder can read: by its table of positions, its tokenizer, and what it was trained on.

Known before anything is loaded: shapes stand in the head of a safetensors file.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError
from harness.encoders.settings import SHORTEST, length_of

#: Read by default where neither weights nor tokenizer set an end (T5, XLNet: positions are relative).
_ENDLESS = 512
#: The most that may be asked of such an encoder; a tokenizer without an end states more (10^30).
_MOST = 1_000_000
_TABLE = re.compile(r"(^|\.)(position_embeddings?|embed_positions|positions_embed|wpe)\.weight$")


def room(config: Mapping[str, Any], shapes: Mapping[str, Sequence[int]], family: str) -> int | None:
    """The most tokens that the positions of an encoder allow; None where they are relative and have no end.

    `shapes` are those of its tensors by name.
    A model that numbers positions from padding_idx + 1 has that many rows of its table less to give.
    """
    stated = config.get("max_position_embeddings")
    stated = int(stated) if isinstance(stated, (int, float)) and stated > 0 else None
    tables = [s[0] for name, s in shapes.items() if _TABLE.search(name) and len(s) == 2]
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
    said = (("max_seq_length", trained), ("model_max_length", stated), ("its table of positions", most))
    known = [length_of(value, key, name) for key, value in said]
    return min((length for length in known if length is not None and length <= _MOST), default=_ENDLESS)
