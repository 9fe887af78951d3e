"""Reading texts, pairs of texts and lists of words, as transformers' own tokenizers do."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from harness.core.errors import EncoderError
from harness.core.inputs import Pair, Words
from harness.core.records import Tokenization
from harness.encoders.tokens import Tokens
from harness.encoders.truncation import in_windows, shortened

_HOW = MappingProxyType({"return_special_tokens_mask": True, "verbose": False})


def read_inputs(tokenizer: Any, some: Sequence[Any], tokenization: Tokenization) -> list[Tokens]:
    """Tokens of inputs that are all of one kind.

    Pairs have the family's separators; of the longer text tokens are cut first, and the prefix is the first's.
    A list of words that is too long is read in windows of words, whatever would be read of a text. EncoderError where
    `max_length` leaves no room beside the special tokens, and for pairs that are not to be read from their head.
    """
    prefix, max_length, truncation = tokenization.prefix, tokenization.max_length, tokenization.truncation
    if isinstance(some[0], Words):
        return _read_words(tokenizer, some, tokenization)
    if truncation != "head" and not isinstance(some[0], str):
        raise EncoderError(
            f"truncation {truncation} is for single texts, and here pairs are read as one input; expected head."
        )
    if isinstance(some[0], Pair):
        n_special = tokenizer.num_special_tokens_to_add(pair=True)
        if max_length <= n_special:
            raise EncoderError(
                f"max_length {max_length} leaves no room for a pair of texts, whose special tokens alone are "
                f"{n_special}; expected {n_special + 1} or more."
            )
        columns = [[prefix + pair.a for pair in some], [pair.b for pair in some]]
    else:
        columns = [[prefix + text for text in some]]
    prompt = _prompt(tokenizer, prefix, max_length) if prefix else ()
    if truncation == "head":
        return _read(tokenizer, columns, max_length, n_prompt=len(prompt))
    whole = _rows(tokenizer(*columns, **_HOW), len(prompt), tells_words=False)
    return [shortened(one, tokenization, prompt) if len(one.ids) > max_length else one for one in whole]


def _prompt(tokenizer: Any, prefix: str, max_length: int) -> tuple[int, ...]:
    """The tokens of the prefix, read alone, without the special token at the end."""
    ids = _read(tokenizer, [[prefix]], max_length)[0].ids
    return ids[: len(ids) - (bool(ids) and ids[-1] in tokenizer.all_special_ids)]


def _read_words(tokenizer: Any, lists: Sequence[Words], tokenization: Tokenization) -> list[Tokens]:
    """Each word by itself, so that it is known which token is of which; the prefix is of none.

    A word may become no token.
    """
    before = [tokenization.prefix.strip()] if tokenization.prefix.strip() else []
    spaced = tokenizer.is_fast and "ByteLevel" in str(tokenizer.backend_tokenizer.pre_tokenizer)
    column = [[_spaced(word) if spaced else word for word in (*before, *one.words)] or [""] for one in lists]
    reading = _rows(tokenizer(column, **_HOW, is_split_into_words=True), 0, tells_words=tokenizer.is_fast)
    found = []
    for one, words_read, read in zip(lists, column, reading, strict=True):
        numbers = read.words if read.words is not None else _words_slowly(tokenizer, words_read, read)
        words = tuple(max(-1, number - len(before)) for number in numbers)
        n_prompt = next((i for i, word in enumerate(words) if word >= 0), 0) if before else 0
        whole = replace(read, n_prompt=n_prompt, words=words, n_words=len(one.words))
        found.append(in_windows(whole, tokenization) if len(whole.ids) > tokenization.max_length else whole)
    return found


def _spaced(word: str) -> str:
    """As the word stands within a text: byte-level vocabularies tell it from one that begins the text."""
    return " " + word if word and not word[0].isspace() else word


def _words_slowly(tokenizer: Any, words: Sequence[str], read: Tokens) -> list[int]:
    """The same of a tokenizer without a fast (Rust) form, which does not tell: by the pieces of each word."""
    pieces = iter([number for number, word in enumerate(words) for _ in tokenizer.tokenize(word)])
    return [-1 if place in read.special else next(pieces, -1) for place in range(len(read.ids))]


def _read(tokenizer: Any, columns: list[list[Any]], max_length: int, *, n_prompt: int = 0) -> list[Tokens]:
    """What `tokenizer(*columns)` gives, cut to `max_length`, with the length before that.

    Single texts are cut here where the tokenizer is fast (Rust), as it would cut them; others are read once more.
    """
    cut_at = max_length if tokenizer.is_fast and len(columns) == 1 else None
    found = _rows(tokenizer(*columns, **_HOW), n_prompt, tells_words=False, cut_at=cut_at)
    long = [place for place, row in enumerate(found) if len(row.ids) > max_length]
    if long:
        some = [[column[place] for place in long] for column in columns]
        cut = _rows(tokenizer(*some, truncation=True, max_length=max_length, **_HOW), n_prompt, tells_words=False)
        for place, row in zip(long, cut, strict=True):
            found[place] = replace(row, n_full=found[place].n_full)
    return found


def _rows(read: Any, n_prompt: int, tells_words: bool, cut_at: int | None = None) -> list[Tokens]:
    """Each row as it was read, and the words that its tokens belong to where that is told.

    Where it has more than `cut_at` tokens, the last ones before the special tokens at its end are left out.
    """
    found = []
    for row, ids in enumerate(read["input_ids"]):
        n_full, special = len(ids), read["special_tokens_mask"][row]
        types = read["token_type_ids"][row] if "token_type_ids" in read else []
        words = [-1 if word is None else word for word in read.word_ids(row)] if tells_words else []
        if cut_at is not None and sum(special) < cut_at < n_full:
            n_after = special[::-1].index(0)
            for column in (ids, special, types, words):
                del column[cut_at - n_after : n_full - n_after]
        places = tuple(place for place, is_special in enumerate(special) if is_special)
        segments = tuple(types) if any(types) else None
        found.append(Tokens(tuple(ids), n_full, n_prompt, places, segments, tuple(words) if tells_words else None))
    return found
