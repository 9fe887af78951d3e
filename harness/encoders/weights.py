"""Which files hold the weights of a folder, whether all of them are there, and whether config.json is theirs."""

import math
from collections.abc import Mapping
from os.path import lexists
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError, MissingFileError
from harness.encoders.files import INDEX, header_of, read_json
from harness.encoders.settings import QUANTIZED

_WHOLE = ("I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64")
_ONE, _PICKLED = "model.safetensors", "pytorch_model.bin"
_ONE_MODEL = "They are not of one model: take config.json and weights from the same place."


def weight_files(folder: Path) -> list[str]:
    """The names of the files that hold the weights: one, the pieces of an index, or one `.bin`; none where none is.

    MissingFileError where pieces are missing, EncoderError where the index cannot be followed.
    """
    if lexists(folder / INDEX) and not lexists(folder / _ONE):
        return sorted(set(_index(folder).values()))
    return next(([file] for file in (_ONE, _PICKLED) if lexists(folder / file)), [])


def _index(folder: Path) -> dict[str, str]:
    """The file of each tensor, as the index of a folder has it."""
    file = folder / INDEX
    index = read_json(file, object)
    try:
        named = {tensor: str(piece) for tensor, piece in index["weight_map"].items()}
        dict(index["metadata"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise EncoderError(
            f"{file} is no index of weights: it lacks the tables `metadata` and `weight_map`. Download it again."
        ) from None
    pieces = sorted(set(named.values()))
    outside = [piece for piece in pieces if "/" in piece or "\\" in piece or piece in ("", ".", "..")]
    if outside or not pieces:
        said = f"points outside of its folder ({outside[0][:80]!r})" if outside else "names no files"
        raise EncoderError(f"{file} {said}; expected names of files beside it.")
    missing = [piece for piece in pieces if not lexists(folder / piece)]
    if missing:
        raise MissingFileError(
            f"{len(missing)} of the {len(pieces)} files that {file} names are not there "
            f"({', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}). Download or copy them too."
        )
    return named


def shapes_of(folder: Path, config: Mapping[str, Any]) -> dict[str, list[int]]:
    """The shape of each tensor of a folder's safetensors, by name.

    EncoderError where they are not all of one saving, or not those of its config.json.
    """
    files = weight_files(folder)
    held = {file: header_of(folder / file)[0] for file in files}
    named = _index(folder) if files != [_ONE] else {}
    lost = [tensor for tensor, file in named.items() if tensor not in held[file]]
    if lost:
        raise EncoderError(
            f"{INDEX} says that {lost[0]} is in {named[lost[0]]}, which does not hold it ({len(lost)} such weights): "
            "the files are of different models or savings. Download all of them again."
        )
    entries = {tensor: entry for file in files for tensor, entry in held[file].items()}
    whole = [tensor for tensor, entry in entries.items() if tensor.endswith("weight") and entry.get("dtype") in _WHOLE]
    if whole:  # without what scales them they are others
        raise EncoderError(QUANTIZED.format(f"{whole[0]} is stored as {entries[whole[0]]['dtype']}"))
    shapes = {tensor: entry["shape"] for tensor, entry in entries.items()}
    _refuse_other_config(config, shapes)
    return shapes


def _refuse_other_config(config: Mapping[str, Any], shapes: Mapping[str, list[int]]) -> None:
    """EncoderError where the tables of words and positions have other sizes in the weights than config.json says.

    Seen before anything is loaded: what is missing would be made up, and a table may be said to be of any size.
    """
    for table, key in (("word_embeddings", "vocab_size"), ("position_embeddings", "max_position_embeddings")):
        tensor = next((t for t in sorted(shapes) if t.split(".")[-2:] == [table, "weight"]), None)
        said = config.get(key)
        if tensor and said is not None and len(shapes[tensor]) == 2 and said != shapes[tensor][0]:
            raise EncoderError(
                f"config.json says {key} {said}, the weights have {shapes[tensor][0]} ({tensor}). {_ONE_MODEL}"
            )
    # a layer has matrices of its width by its width and more: the weights hold at least so many numbers
    held = sum(map(math.prod, shapes.values()))
    width = next((int(config[key]) for key in ("hidden_size", "dim", "d_model") if config.get(key)), 0)
    if width * width > held:
        raise EncoderError(
            f"config.json says it is {width} wide; {held:,} numbers of weights are too few for that. {_ONE_MODEL}"
        )
