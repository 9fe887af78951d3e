"""Reading texts: token ids, how long the text really was, and the checks that a tokenizer fits its encoder."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.errors import EncoderError
from harness.core.records import Tokenization

_SPECIAL = ("pad", "bos", "eos", "cls", "sep", "mask", "unk")
_CHUNK = 1000


@dataclass(frozen=True)
class Tokens:
    """A text as an encoder reads it: `ids` after truncation, `n_full` tokens before it, special ones included."""

    ids: tuple[int, ...]
    n_full: int

    @property
    def digest(self) -> int:
        """63 bits that tell whether two texts are read as the same ids."""
        data = np.asarray(self.ids, dtype=np.int32).tobytes()
        return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") >> 1


class Tokenizer:
    """The tokenizer of one encoder folder."""

    def __init__(self, path: str, name: str) -> None:
        from transformers import AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        except Exception as error:  # a damaged tokenizer.json raises whatever its reader trips over
            raise EncoderError(f"encoder {name!r}: its tokenizer cannot be loaded from {path}: {error}") from None
        self._tokenizer.truncation_side = "right"  # some folders ask for left; `head` keeps the beginning
        check_ids(self._tokenizer, json.loads((Path(path) / "config.json").read_text(encoding="utf-8")), name)
        self.pad_id = int(self._tokenizer.pad_token_id or 0)

    def __call__(self, texts: Sequence[str], tokenization: Tokenization) -> Iterator[Tokens]:
        """Tokens of each text, in order; each text is read once."""
        n_special = self._tokenizer.num_special_tokens_to_add()
        for start in range(0, len(texts), _CHUNK):
            chunk = [tokenization.prefix + text for text in texts[start : start + _CHUNK]]
            rows = self._rows(chunk, tokenization.max_length)
            for parts in rows:
                yield Tokens(tuple(parts[0]), sum(len(p) - n_special for p in parts) + n_special)

    def _rows(self, texts: list[str], max_length: int) -> list[list[list[int]]]:
        """For each text its ids in pieces of `max_length`; the first piece is what the encoder reads."""
        read = self._tokenizer(
            texts,
            truncation=True,
            max_length=max_length,
            return_overflowing_tokens=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        pieces: list[list[list[int]]] = [[] for _ in texts]
        for ids, sample in zip(read["input_ids"], read["overflow_to_sample_mapping"], strict=True):
            pieces[sample].append(ids)
        return pieces


def check_ids(tokenizer: Any, config: dict[str, Any], name: str) -> None:
    """Refuse a tokenizer with ids beyond the embedding table, or with other special ids than the config's."""
    vocabulary = tokenizer.get_vocab()
    highest = max(vocabulary.values(), default=0)
    size = int(config.get("vocab_size", highest + 1))
    faults = []
    if highest >= size:
        token = next(t for t, i in vocabulary.items() if i == highest)
        faults.append(f"the token {token!r} has id {highest}, the embedding table ends at {size - 1}")
    for special in _SPECIAL:
        said, has = config.get(f"{special}_token_id"), getattr(tokenizer, f"{special}_token_id", None)
        if isinstance(said, int) and isinstance(has, int) and said != has:
            faults.append(f"its {special} token has id {has}, config.json says {said}")
    if not tokenizer.is_fast:
        faults.append("it has no fast (Rust) form, which the harness needs to count what is cut")
    if faults:
        raise EncoderError(
            f"encoder {name!r}: the tokenizer does not belong to these weights: {'; '.join(faults)}. "
            "Use the tokenizer that was saved with the weights."
        )


def count_tokens(path: str, texts: Sequence[str], name: str) -> list[int]:
    """Tokens of each text, special ones included, uncut. Without transformers where `tokenizer.json` is there."""
    file = Path(path) / "tokenizer.json"
    if not file.is_file():
        return [t.n_full for t in Tokenizer(path, name)(texts, Tokenization(max_length=512))]
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
