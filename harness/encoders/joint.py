"""Reading pairs of texts and lists of words, as transformers' own tokenizers do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.errors import DataError, EncoderError
from harness.core.inputs import Pair, Words, as_text
from harness.core.records import Tokenization
from harness.encoders.tokens import Tokens


def read_pairs(
    tokenizer: Any, pairs: Sequence[Pair], tokenization: Tokenization, n_prompt: int, name: str
) -> Iterator[Tokens]:
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
    for read in _read(tokenizer, columns, tokenization.max_length):
        yield Tokens(read.ids, read.n_full, n_prompt, read.special, read.types)


def read_words(tokenizer: Any, lists: Sequence[Words], tokenization: Tokenization, name: str) -> Iterator[Tokens]:
    """Each word by itself, so that it is known which token is of which; the prefix is of none.

    DataError where no word of a list becomes a token.
    """
    before = [tokenization.prefix.strip()] if tokenization.prefix.strip() else []
    spaced = tokenizer.is_fast and "ByteLevel" in str(tokenizer.backend_tokenizer.pre_tokenizer)
    columns = [[_spaced(word) if spaced else word for word in (*before, *one.words)] for one in lists]
    reading = _read(tokenizer, [columns], tokenization.max_length, is_split_into_words=True)
    for place, (one, read) in enumerate(zip(lists, reading, strict=True)):
        numbers = read.words if read.words is not None else _words_slowly(tokenizer, columns[place], read)
        words = tuple(-1 if number is None else max(-1, number - len(before)) for number in numbers)
        if max(words, default=-1) < 0:
            raise DataError(
                f"encoder {name!r}: the list of {len(one.words)} words {as_text(one)[:60]!r} becomes no token within "
                f"max_length {tokenization.max_length}; expected one word at least that its tokenizer can read. Leave "
                "the list out, or correct its words."
            )
        n_prompt = next(i for i, word in enumerate(words) if word >= 0) if before else 0
        yield Tokens(read.ids, read.n_full, n_prompt, read.special, read.types, words, len(one.words))


def _spaced(word: str) -> str:
    """As the word stands within a text: byte-level vocabularies tell it from one that begins the text."""
    return " " + word if word and not word[0].isspace() else word


@dataclass(frozen=True)
class _Read:
    """One input: ids, how many there were before truncation, places of special ones, segments, words."""

    ids: tuple[int, ...]
    n_full: int
    special: tuple[int, ...]
    types: tuple[int, ...] | None
    words: list[int | None] | None


def _read(tokenizer: Any, columns: list[list[Any]], max_length: int, **how: Any) -> list[_Read]:
    """What `tokenizer(*columns)` gives; rows that are too long are read once more, truncated."""
    how |= {"return_special_tokens_mask": True, "verbose": False}
    whole = _rows(tokenizer, tokenizer(*columns, **how))
    long = [place for place, row in enumerate(whole) if row.n_full > max_length]
    if long:
        some = [[column[place] for place in long] for column in columns]
        cut = _rows(tokenizer, tokenizer(*some, truncation=True, max_length=max_length, **how))
        for place, row in zip(long, cut, strict=True):
            whole[place] = _Read(row.ids, whole[place].n_full, row.special, row.types, row.words)
    return whole


def _rows(tokenizer: Any, read: Any) -> list[_Read]:
    n_rows, types = len(read["input_ids"]), read.get("token_type_ids")
    return [
        _Read(
            ids=tuple(read["input_ids"][row]),
            n_full=len(read["input_ids"][row]),
            special=tuple(place for place, is_special in enumerate(read["special_tokens_mask"][row]) if is_special),
            types=tuple(types[row]) if types else None,
            words=read.word_ids(row) if tokenizer.is_fast else None,
        )
        for row in range(n_rows)
    ]


def _words_slowly(tokenizer: Any, words: Sequence[str], read: _Read) -> list[int | None]:
    """The same of a tokenizer without a fast (Rust) form, which does not tell: by the pieces of each word."""
    pieces = [number for number, word in enumerate(words) for _ in tokenizer.tokenize(word)]
    special, of_pieces = set(read.special), iter(pieces)
    return [None if place in special else next(of_pieces, None) for place in range(len(read.ids))]
