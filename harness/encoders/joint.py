"""Reading pairs of texts and lists of words, as transformers' own tokenizers do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.core.errors import DataError, EncoderError
from harness.core.inputs import Pair, Words, as_text
from harness.core.records import Tokenization
from harness.encoders.tokens import Tokens


def read_pairs(
    tokenizer: Any, pairs: Sequence[Pair], tokenization: Tokenization, n_prompt: int, name: str
) -> list[Tokens]:
    """Both texts with the family's separators; of the longer one tokens are cut first. The prefix is the first's.

    EncoderError where `max_length` leaves no room beside the special tokens.
    """
    n_special = tokenizer.num_special_tokens_to_add(pair=True)
    if tokenization.max_length <= n_special:
        raise EncoderError(
            f"encoder {name!r}: max_length {tokenization.max_length} leaves no room for a pair of texts, whose special "
            f"tokens alone are {n_special}; expected {n_special + 1} or more."
        )
    columns = [[tokenization.prefix + pair.a for pair in pairs], [pair.b for pair in pairs]]
    return [replace(read, n_prompt=n_prompt) for read in _read(tokenizer, columns, tokenization.max_length)]


def read_words(tokenizer: Any, lists: Sequence[Words], tokenization: Tokenization, name: str) -> list[Tokens]:
    """Each word by itself, so that it is known which token is of which; the prefix is of none.

    DataError where no word of a list becomes a token.
    """
    before = [tokenization.prefix.strip()] if tokenization.prefix.strip() else []
    spaced = tokenizer.is_fast and "ByteLevel" in str(tokenizer.backend_tokenizer.pre_tokenizer)
    columns = [[_spaced(word) if spaced else word for word in (*before, *one.words)] for one in lists]
    reading = _read(tokenizer, [columns], tokenization.max_length, of_words=True)
    found = []
    for one, column, read in zip(lists, columns, reading, strict=True):
        numbers = read.words if read.words is not None else _words_slowly(tokenizer, column, read)
        words = tuple(max(-1, number - len(before)) for number in numbers)
        if max(words, default=-1) < 0:
            raise DataError(
                f"encoder {name!r}: the list of {len(one.words)} words {as_text(one)[:60]!r} becomes no token within "
                f"max_length {tokenization.max_length}; expected one word at least that its tokenizer can read. Leave "
                "the list out, or correct its words."
            )
        n_prompt = next(i for i, word in enumerate(words) if word >= 0) if before else 0
        found.append(replace(read, n_prompt=n_prompt, words=words, n_words=len(one.words)))
    return found


def _spaced(word: str) -> str:
    """As the word stands within a text: byte-level vocabularies tell it from one that begins the text."""
    return " " + word if word and not word[0].isspace() else word


def _read(tokenizer: Any, columns: list[list[Any]], max_length: int, *, of_words: bool = False) -> list[Tokens]:
    """What `tokenizer(*columns)` gives; rows that are too long are read once more, truncated."""
    tells_words = of_words and tokenizer.is_fast
    how = {"is_split_into_words": of_words, "return_special_tokens_mask": True, "verbose": False}
    whole = _rows(tokenizer(*columns, **how), tells_words)
    long = [place for place, row in enumerate(whole) if row.n_full > max_length]
    if long:
        some = [[column[place] for place in long] for column in columns]
        cut = _rows(tokenizer(*some, truncation=True, max_length=max_length, **how), tells_words)
        for place, row in zip(long, cut, strict=True):
            whole[place] = replace(row, n_full=whole[place].n_full)
    return whole


def _rows(read: Any, tells_words: bool) -> list[Tokens]:
    """Each row as it was read, and the words that its tokens belong to where that is told."""
    types, found = read.get("token_type_ids"), []
    for row, ids in enumerate(read["input_ids"]):
        special = tuple(place for place, is_special in enumerate(read["special_tokens_mask"][row]) if is_special)
        words = tuple(-1 if word is None else word for word in read.word_ids(row)) if tells_words else None
        segments = tuple(types[row]) if types else None
        found.append(Tokens(tuple(ids), len(ids), special=special, types=segments, words=words))
    return found


def _words_slowly(tokenizer: Any, words: Sequence[str], read: Tokens) -> list[int]:
    """The same of a tokenizer without a fast (Rust) form, which does not tell: by the pieces of each word."""
    pieces = iter([number for number, word in enumerate(words) for _ in tokenizer.tokenize(word)])
    return [-1 if place in read.special else next(pieces, -1) for place in range(len(read.ids))]
