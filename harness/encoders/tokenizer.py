"""Reading texts: token ids, how long the text really was, and the checks that a tokenizer fits its encoder."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harness.core.errors import EncoderError, HarnessError
from harness.core.records import Tokenization
from harness.encoders import wording
from harness.encoders.patience import LibraryError, within

Result = TypeVar("Result")
#: How long a tokenizer may take to load, and to read some texts, before it is given up: many times what real ones do.
_LOADING_S, _READING_S, _CHARACTERS_A_SECOND = 120, 60, 20_000
_SETTINGS = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
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
        self._name = name
        self._tokenizer: Any = _loaded(path, name)
        self._tokenizer.truncation_side = "right"  # some folders ask for left; `head` keeps the beginning
        check_ids(self._tokenizer, _config(path), name)
        self.pad_id = int(self._tokenizer.pad_token_id or 0)

    def __call__(self, texts: Sequence[str], tokenization: Tokenization) -> Iterator[Tokens]:
        """Tokens of each text, in order; each text is read once."""
        n_special = self._tokenizer.num_special_tokens_to_add()
        for start in range(0, len(texts), _CHUNK):
            chunk = [tokenization.prefix + text for text in texts[start : start + _CHUNK]]
            rows = _reading(chunk, self._name, partial(self._rows, chunk, tokenization.max_length))
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


def _loaded(path: str, name: str) -> Any:
    from transformers import AutoTokenizer

    load = partial(AutoTokenizer.from_pretrained, path, local_files_only=True, trust_remote_code=False)
    try:
        return within(_LOADING_S, f"encoder {name!r}: loading its tokenizer", load)
    except HarnessError:
        raise
    except Exception as error:  # a damaged tokenizer.json raises whatever its reader trips over
        raise _unreadable(path, name, error) from None


def _unreadable(path: str, name: str, error: Exception) -> EncoderError:
    if (fault := _config_fault(path)) is not None:  # a tokenizer is chosen by config.json, which is read first
        said = wording.said(fault, path)
        return EncoderError(f"encoder {name!r}: config.json holds what no such model has ({said}). Mend it there.")
    there = [file for file in _SETTINGS if (Path(path) / file).is_file()]
    where = ", ".join(there) or "The files of the tokenizer"
    return EncoderError(
        f"encoder {name!r}: its tokenizer cannot be loaded ({wording.said(error, path)}). {where} may be damaged or "
        "belong to another kind of model: take the tokenizer that was saved with these weights, with tokenizer.json."
    )


def _config_fault(path: str) -> Exception | None:
    """What transformers raises at config.json alone."""
    from transformers import AutoConfig

    try:
        AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # as above
        return error
    return None


def _config(path: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((Path(path) / "config.json").read_text(encoding="utf-8"))
    return config


def _reading(texts: Sequence[str], name: str, read: Callable[[], Result]) -> Result:
    """What reading these texts gives. What a library says is kept back: it may quote a text."""
    seconds = _READING_S + sum(map(len, texts)) / _CHARACTERS_A_SECOND
    try:
        return within(seconds, f"encoder {name!r}: reading {len(texts)} texts with its tokenizer", read)
    except (HarnessError, MemoryError):
        raise
    except Exception as error:
        kind = error.kind if isinstance(error, LibraryError) else type(error).__name__
        raise EncoderError(
            f"encoder {name!r}: its tokenizer loads, but fails on the texts ({kind}"
            + (": it has no token for what it does not know" if "UNK" in str(error) else "")
            + (": a regular expression in tokenizer.json runs away" if "retry-limit" in str(error) else "")
            + "). Take the tokenizer that was saved with these weights."
        ) from None


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
    """Tokens of each text, special ones included, uncut. Without transformers where `tokenizer.json` is there.

    EncoderError where the tokenizer cannot be loaded, or fails on these texts.
    """
    file = Path(path) / "tokenizer.json"
    if not file.is_file():
        return [t.n_full for t in Tokenizer(path, name)(texts, Tokenization(max_length=512))]
    tokenizer = _fast(str(file), file.stat().st_mtime_ns, name)
    encodings = _reading(texts, name, partial(tokenizer.encode_batch, list(texts)))
    return [len(encoding.ids) for encoding in encodings]


@lru_cache(maxsize=1)
def _fast(file: str, changed: int, name: str) -> Any:
    """The tokenizer of a tokenizer.json, which does not cut or fill up. `changed`: when the file was, in ns."""
    import tokenizers

    try:
        tokenizer = within(
            _LOADING_S, f"encoder {name!r}: loading its tokenizer.json", partial(tokenizers.Tokenizer.from_file, file)
        )
    except HarnessError:
        raise
    except Exception as error:
        raise _unreadable(str(Path(file).parent), name, error) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
