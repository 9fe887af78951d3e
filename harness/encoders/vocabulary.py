"""Vocabularies with fewer tokens, which read the texts they were pruned for as before. Needs torch: import it late.

What stays of each kind of model, beside the tokens that are used, keeps the reading of these texts: WordPiece takes the
longest piece that is there, and those that it took are; of byte pairs all merges on the way to a token that stays are
kept, in order; the best path of a unigram model is the best of fewer paths, and the lowest score, by which it weighs
the unknown, stays.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from harness.core.errors import EncoderError
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.library import about
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import load_model

_CHUNK = 1000


def prune(base: EncoderFolder, out: Path, texts: Sequence[str], min_count: int) -> None:
    """Write the encoder with a smaller table and its tokenizer into `out`. EncoderError where it cannot be pruned."""
    tokenizer = Tokenizer(base).library
    with about(base.name):
        if not tokenizer.is_fast:
            raise EncoderError("its tokenizer has no fast form (tokenizer.json), so its vocabulary cannot be pruned.")
        written = json.loads(tokenizer.backend_tokenizer.to_str())
        if written["model"].get("type") not in _KEPT:
            known = ", ".join(_KEPT)
            raise EncoderError(f"its tokenizer is a {written['model'].get('type')} model; expected one of {known}.")
    counts = Counter[int]()
    for start in range(0, len(texts), _CHUNK):
        for ids in tokenizer(list(texts[start : start + _CHUNK]), verbose=False)["input_ids"]:
            counts.update(ids)
    used = {number for number, n in counts.items() if n >= min_count}
    model = load_model(base)
    kept = _kept(tokenizer, written["model"], used, model.config.pad_token_id)
    new = {old: number for number, old in enumerate(kept)}
    _prune_table(model, kept, new)
    model.save_pretrained(out)
    _write(tokenizer, written, new, base.tokenization.max_length, out)


def _kept(tokenizer: Any, model: Mapping[str, Any], used: set[int], pad_id: int | None) -> list[int]:
    """The ids that stay, in order. Those up to the pad token's do, as some families count positions from it."""
    vocabulary = tokenizer.get_vocab()
    always = set(tokenizer.all_special_ids) | set(tokenizer.added_tokens_decoder) | set(range((pad_id or 0) + 1))
    more = _KEPT[model["type"]](model, vocabulary, used)
    return sorted((used | always | more) & set(vocabulary.values()))


def _word_pieces(model: Mapping[str, Any], vocabulary: Mapping[str, int], used: set[int]) -> set[int]:
    """All pieces of one character, which any other word falls to."""
    prefix = model["continuing_subword_prefix"]
    return {number for piece, number in vocabulary.items() if len(piece.removeprefix(prefix)) == 1}


def _byte_pairs(model: Mapping[str, Any], vocabulary: Mapping[str, int], used: set[int]) -> set[int]:
    """All characters, and what the tokens that stay are merged from."""
    parts: dict[str, list[str]] = {}
    for one, other in map(_pair, model["merges"]):
        parts.setdefault(one + other, []).extend((one, other))
    named = {number: piece for piece, number in vocabulary.items()}
    open_, found = [named[number] for number in used if number in named], set[str]()
    while open_:
        piece = open_.pop()
        if piece not in found:
            found.add(piece)
            open_ += parts.get(piece, ())
    return {number for piece, number in vocabulary.items() if piece in found or len(piece) == 1}


def _pieces(model: Mapping[str, Any], vocabulary: Mapping[str, int], used: set[int]) -> set[int]:
    """All characters, bytes where it falls back to them, and the piece of the lowest score."""
    scores = model["vocab"]
    lowest = min(range(len(scores)), key=lambda number: scores[number][1])
    is_byte = model.get("byte_fallback", False)
    short = {
        n for n, (piece, _) in enumerate(scores) if len(piece.removeprefix("▁")) <= 1 or (is_byte and _byte(piece))
    }
    return short | {lowest, *([] if model.get("unk_id") is None else [model["unk_id"]])}


def _byte(piece: str) -> bool:
    return len(piece) == 6 and piece.startswith("<0x")


_KEPT = {"WordPiece": _word_pieces, "BPE": _byte_pairs, "Unigram": _pieces}


def _pair(merge: Any) -> tuple[str, str]:
    one, other = merge.split(" ") if isinstance(merge, str) else merge
    return one, other


def _prune_table(model: Any, kept: Sequence[int], new: Mapping[int, int]) -> None:
    """Keep these rows of the table of embeddings, in place, and say so in the configuration."""
    table, config = model.get_input_embeddings(), model.config
    with torch.no_grad():
        table.weight = torch.nn.Parameter(table.weight[list(kept)].clone())
    table.num_embeddings, config.vocab_size = len(kept), len(kept)
    for name, value in list(config.to_dict().items()):
        if name.endswith("_token_id") and isinstance(value, int):
            setattr(config, name, new.get(value))


def _write(tokenizer: Any, written: dict[str, Any], new: Mapping[int, int], max_length: int, out: Path) -> None:
    model = written["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [entry for number, entry in enumerate(model["vocab"]) if number in new]
        model["unk_id"] = new.get(model["unk_id"])
    else:
        model["vocab"] = {piece: new[number] for piece, number in model["vocab"].items() if number in new}
    if model["type"] == "BPE":
        there = model["vocab"]
        merges = [(merge, *_pair(merge)) for merge in model["merges"]]
        model["merges"] = [m for m, a, b in merges if a in there and b in there and a + b in there]
    written["added_tokens"] = [{**one, "id": new[one["id"]]} for one in written["added_tokens"] if one["id"] in new]
    written["post_processor"] = _renumbered(written["post_processor"], tokenizer, new)
    written["padding"] = written["truncation"] = None
    (out / "tokenizer.json").write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")
    special = {name: str(token) for name, token in tokenizer.special_tokens_map.items() if isinstance(token, str)}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": max_length, **special}
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _renumbered(part: Any, tokenizer: Any, new: Mapping[int, int]) -> Any:
    """What puts special tokens around a text, with their new ids: `["</s>", 2]`, or `"ids": [2]`."""
    if isinstance(part, dict):
        return {
            key: [new[number] for number in value] if key == "ids" else _renumbered(value, tokenizer, new)
            for key, value in part.items()
        }
    if isinstance(part, list):
        if len(part) == 2 and isinstance(part[0], str) and isinstance(part[1], int):
            return [part[0], new[part[1]]]
        return [_renumbered(one, tokenizer, new) for one in part]
    return part
