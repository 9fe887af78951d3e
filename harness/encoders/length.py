"""How many tokens an encoder can read: by its table of positions, its tokenizer, and what it was trained on.

Known before anything is loaded: shapes stand in the head of a safetensors file.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.errors import EncoderError
from harness.encoders.settings import is_number, short, sources

#: The shortest reading: two special tokens and one of the text.
_SHORTEST = 3
#: Read by default where neither weights nor tokenizer set an end (T5, XLNet: positions are relative).
_ENDLESS = 512
#: The most that may be asked of such an encoder; a tokenizer without an end states more (10^30).
_MOST = 1_000_000
_TABLE = re.compile(r"(^|\.)(position_embeddings?|embed_positions|positions_embed|wpe)\.weight$")


def room(config: Mapping[str, Any], shapes: Mapping[str, Sequence[int]], family: str) -> int | None:
    """The most tokens that the positions of an encoder allow; None where they are relative and have no end.

    `shapes` are those of its tensors by name.
    A model that numbers positions from padding_idx + 1 (RoBERTa, MPNet …) has that many rows of its table less to
    give; that it does is read in its source, since importing transformers takes seconds and a plan asks it often.
    """
    stated = config.get("max_position_embeddings")
    tables = [s[0] for name, s in shapes.items() if _TABLE.search(name) and len(s) == 2]
    rows = min([*tables, *([int(stated)] if stated else [])], default=None)
    family = re.sub(r"\W", "_", family)
    if not tables or rows is None or "create_position_ids_from_input_ids" not in sources(f"*/modeling_{family}.py"):
        return rows
    pad = config.get("pad_token_id")
    return rows - (pad if isinstance(pad, int) else 1) - 1


def reading_length(asked: int | str | None, stated: Mapping[str, Any], most: int | None) -> int:
    """Tokens read of a text, special ones included: those asked for, else the least of what is known.

    `stated` is what files say, by the place where they do, `most` what the positions allow. EncoderError where that
    cannot be: a number that is none, or too small for a text of one token.
    """
    end = _MOST if most is None else most
    if isinstance(asked, str):
        raise EncoderError(
            f"max_length {asked} cannot be told: there are no texts of a task, or its tokenizer is still to be made. "
            "Give a number."
        )
    if asked is not None:
        if not _SHORTEST <= asked <= end:
            raise EncoderError(f"max_length {asked} is not possible; this encoder reads {_SHORTEST} to {end} tokens.")
        return asked
    known = {place: value for place, value in {**stated, "its table of positions": most}.items() if value is not None}
    for place, value in known.items():
        if not is_number(value, _SHORTEST, 10**40):
            raise EncoderError(
                f"{place} is {short(value)}; expected a whole number, {_SHORTEST} or more. Correct it in the folder, "
                "or say `max_length` for this encoder in the suite."
            )
    return min((int(length) for length in known.values() if length <= _MOST), default=_ENDLESS)
