"""Which files hold the weights of a folder, whether all of them are there, and whether config.json is theirs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError, MissingFileError
from harness.encoders.files import INDEX, header_of, is_there, read_json, refuse_impostors

_WHOLE = ("I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64")
_ONE, _PICKLED = "model.safetensors", "pytorch_model.bin"


def weight_files(folder: Path, name: str) -> list[str]:
    """The names of the files that hold the weights: one, the pieces of an index, or one `.bin`; none where none is.

    MissingFileError where pieces are missing, EncoderError where the index cannot be followed.
    """
    if is_there(folder / _ONE):
        return [_ONE]
    if is_there(folder / INDEX):
        refuse_impostors(folder, iter([INDEX]), name)
        return _pieces(folder, name)
    return [_PICKLED] if is_there(folder / _PICKLED) else []


def _pieces(folder: Path, name: str) -> list[str]:
    file = folder / INDEX
    try:
        index = json.loads(file.read_text(encoding="utf-8"))
        pieces = sorted({str(piece) for piece in index["weight_map"].values()})
        dict(index["metadata"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise EncoderError(
            f"encoder {name!r}: {file} is no index of weights: it lacks the tables `metadata` and `weight_map`. "
            "Download it again."
        ) from None
    outside = [piece for piece in pieces if "/" in piece or "\\" in piece or piece in ("", ".", "..")]
    if outside or not pieces:
        said = f"points outside of its folder ({outside[0][:80]!r})" if outside else "names no files"
        raise EncoderError(f"encoder {name!r}: {file} {said}; expected names of files beside it.")
    missing = [piece for piece in pieces if not is_there(folder / piece)]
    if missing:
        raise MissingFileError(
            f"encoder {name!r}: {len(missing)} of the {len(pieces)} files that {file} names are not there "
            f"({', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}). Download or copy them too."
        )
    return pieces


def entries_of(folder: Path, files: list[str], name: str) -> dict[str, Any]:
    """{dtype, shape, data_offsets} of every tensor in these safetensors files.

    EncoderError where the index is of other files.
    """
    found: dict[str, Any] = {}
    held: dict[str, set[str]] = {}
    for file in files:
        entries, _ = header_of(folder / file)
        held[file] = set(entries)
        found.update(entries)
    if files != [_ONE]:
        named: Mapping[str, Any] = read_json(folder / INDEX, name)["weight_map"]
        lost = [tensor for tensor, file in named.items() if tensor not in held[str(file)]]
        if lost:
            raise EncoderError(
                f"encoder {name!r}: {INDEX} says that {lost[0]} is in {named[lost[0]]}, which does not hold it "
                f"({len(lost)} such weights): the files are of different models or savings. Download all of them again."
            )
    return found


def refuse_whole_numbers(entries: Mapping[str, Any], name: str) -> None:
    """EncoderError for weights that are stored as whole numbers: without what scales them they are others."""
    whole = [
        tensor for tensor in sorted(entries) if tensor.endswith("weight") and entries[tensor].get("dtype") in _WHOLE
    ]
    if whole:
        raise EncoderError(
            f"encoder {name!r}: its weights are quantized ({whole[0]} is stored as {entries[whole[0]]['dtype']}); the "
            "harness reads plain weights. Name the model that it was quantized from."
        )


def refuse_other_config(config: Mapping[str, Any], shapes: Mapping[str, list[int]], name: str) -> None:
    """EncoderError where the tables of words and positions have other sizes in the weights than config.json says.

    Seen before anything is loaded: what is missing would be made up, and a table may be said to be of any size.
    """
    for table, key in (("word_embeddings", "vocab_size"), ("position_embeddings", "max_position_embeddings")):
        tensor = next((t for t in sorted(shapes) if t.split(".")[-2:] == [table, "weight"]), None)
        said = config.get(key)
        if tensor is None or said is None or len(shapes[tensor]) != 2:
            continue
        if said != shapes[tensor][0]:
            raise EncoderError(
                f"encoder {name!r}: config.json says {key} {said}, the weights have {shapes[tensor][0]} ({tensor}). "
                "They are not of one model: take config.json and weights from the same place."
            )
    _refuse_larger(config, shapes, name)


def _refuse_larger(config: Mapping[str, Any], shapes: Mapping[str, list[int]], name: str) -> None:
    """A layer has matrices of its width by its width and more: the weights hold at least so many numbers."""
    held = 0
    for shape in shapes.values():
        size = 1
        for n in shape:
            size *= n
        held += size
    width = next((int(config[key]) for key in ("hidden_size", "dim", "d_model") if config.get(key)), 0)
    if width * width > held:
        raise EncoderError(
            f"encoder {name!r}: config.json says it is {width} wide; {held:,} numbers of weights are too few for that. "
            "They are not of one model: take config.json and weights from the same place."
        )
