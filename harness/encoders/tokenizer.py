"""Reading texts: token ids, how long the text really was, and the checks that a tokenizer fits its encoder."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from harness.core.errors import EncoderError
from harness.core.inputs import Input, Pair, Words, as_text
from harness.core.records import Tokenization
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.files import read_json
from harness.encoders.joint import read_pairs, read_words
from harness.encoders.loading import load_fast, load_tokenizer, read_with
from harness.encoders.tokens import Tokens

#: Special tokens that, where a text is read with them, must be those that the weights were trained with.
_SPECIAL = ("bos", "eos", "cls", "sep")
_CHUNK = 1000


class Tokenizer:
    """The tokenizer of one encoder folder."""

    def __init__(self, path: str, name: str, *, family: str = "", lower_case: bool = False) -> None:
        config = read_json(Path(path) / "config.json", name)
        self._name = name
        self._tokenizer: Any = load_tokenizer(path, name, family)
        self._tokenizer.truncation_side = "right"  # some folders ask for left; the beginning is what is read
        if lower_case:
            _lower_case(self._tokenizer)
        check_ids(self._tokenizer, config, name)
        self.pad_id = _pad_id(self._tokenizer, config)
        self._types = _types(self._tokenizer)
        self._n_before, self._n_after = _around(self._tokenizer)
        self._n_prompt: dict[Tokenization, int] = {}

    @classmethod
    def of(cls, folder: EncoderFolder) -> "Tokenizer":
        """That of a resolved encoder."""
        return cls(folder.path, folder.name, family=folder.family, lower_case=folder.lower_case)

    def __call__(self, inputs: Sequence[Input], tokenization: Tokenization) -> Iterator[Tokens]:
        """Tokens of each input, in order; each text is read once.

        DataError for a list of words that becomes no token; EncoderError where the tokenizer fails.
        """
        for start in range(0, len(inputs), _CHUNK):
            chunk, found = inputs[start : start + _CHUNK], dict[Input, Tokens]()
            for kind in (str, Pair, Words):
                some = [one for one in chunk if isinstance(one, kind)]
                if some:
                    read = partial(self._read, some, tokenization)
                    found.update(zip(some, read_with(list(map(as_text, some)), self._name, read), strict=True))
            yield from (found[one] for one in chunk)

    def _read(self, some: Sequence[Any], tokenization: Tokenization) -> list[Tokens]:
        """Tokens of inputs that are all of one kind."""
        n_prompt = self._prompt(tokenization) if tokenization.prefix else 0
        if isinstance(some[0], Pair):
            return read_pairs(self._tokenizer, some, tokenization, n_prompt, self._name)
        if isinstance(some[0], Words):
            return read_words(self._tokenizer, some, tokenization, self._name)
        n_special, read = self._tokenizer.num_special_tokens_to_add(), list[Tokens]()
        for parts in self._rows([tokenization.prefix + text for text in some], tokenization.max_length):
            ids = tuple(parts[0])
            special = (*range(self._n_before), *range(len(ids) - self._n_after, len(ids)))
            types = tuple(self._types.get(i, 0) for i in ids) if self._types else None
            n_full = sum(len(p) - n_special for p in parts) + n_special
            read.append(Tokens(ids, n_full, n_prompt, special, types))
        return read

    def _prompt(self, tokenization: Tokenization) -> int:
        """How many tokens the prefix has, read alone, without the special token at the end."""
        if tokenization not in self._n_prompt:
            ids = self._rows([tokenization.prefix], tokenization.max_length)[0][0]
            at_end = bool(ids) and ids[-1] in self._tokenizer.all_special_ids
            self._n_prompt[tokenization] = len(ids) - at_end
        return self._n_prompt[tokenization]

    def _rows(self, texts: list[str], max_length: int) -> list[list[list[int]]]:
        """For each text its ids in pieces of `max_length`; the first piece is what the encoder reads."""
        if not self._tokenizer.is_fast:
            return [self._row_slowly(text, max_length) for text in texts]
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

    def _row_slowly(self, text: str, max_length: int) -> list[list[int]]:
        """The same by a tokenizer without a fast (Rust) form: what is cut off is in one piece."""
        whole = list(self._tokenizer(text, verbose=False)["input_ids"])
        if len(whole) <= max_length:
            return [whole]
        read = list(self._tokenizer(text, truncation=True, max_length=max_length)["input_ids"])
        n_special = self._tokenizer.num_special_tokens_to_add()
        return [read, [0] * (len(whole) - len(read) + n_special)]


def _lower_case(tokenizer: Any) -> None:
    """Lower-case texts first, as sentence-transformers does where a folder asks for it and its tokenizer does not."""
    from tokenizers import normalizers

    if not tokenizer.is_fast:
        tokenizer.do_lower_case = True
        return
    found = tokenizer.backend_tokenizer.normalizer
    is_many = isinstance(found, normalizers.Sequence)
    steps: list[Any] = [*cast(Any, found)] if is_many else [] if found is None else [found]
    if not any(isinstance(step, normalizers.Lowercase) for step in steps):
        tokenizer.backend_tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *steps])


def _pad_id(tokenizer: Any, config: Mapping[str, Any]) -> int:
    """An id for what is masked: it decides nothing, as long as the table has it."""
    own, size = tokenizer.pad_token_id, config.get("vocab_size")
    return int(own) if isinstance(own, int) and (not isinstance(size, int) or own < size) else 0


def _types(tokenizer: Any) -> dict[int, int]:
    """The ids that stand for another segment than 0 wherever they are: XLNet's and Funnel's <cls>."""
    read = tokenizer("a")
    types = read.get("token_type_ids") or [0] * len(read["input_ids"])
    return {i: t for i, t in zip(read["input_ids"], types, strict=True) if t}


def _around(tokenizer: Any) -> tuple[int, int]:
    """How many special tokens are put before a text, and how many after it."""
    mask = tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]
    n_before = mask.index(0) if 0 in mask else sum(mask[:1])
    return n_before, sum(mask) - n_before


def check_ids(tokenizer: Any, config: dict[str, Any], name: str) -> None:
    """Refuse a tokenizer with ids beyond the embedding table, or that reads a text with other special ids.

    Those that no text is read with (a pad token is masked) decide nothing.
    """
    vocabulary = tokenizer.get_vocab()
    highest = max(vocabulary.values(), default=0)
    size = int(config.get("vocab_size", highest + 1))
    faults = []
    if highest >= size:
        token = next(t for t, i in vocabulary.items() if i == highest)
        faults.append(f"the token {token!r} has id {highest}, the embedding table ends at {size - 1}")
    around, known = set(tokenizer("")["input_ids"]), set()
    for special in _SPECIAL:
        said, has = config.get(f"{special}_token_id"), getattr(tokenizer, f"{special}_token_id", None)
        if isinstance(said, int) and said < size:  # a default of the family's own vocabulary says nothing of this one
            known |= set() if isinstance(has, int) else {said}
            if has in around and said != has:
                faults.append(f"its {special} token has id {has}, config.json says {said}")
    if not faults and around and len(known) > 1 and not around & known:
        ids = ", ".join(map(str, sorted(around)))
        faults.append(f"it puts {ids} around a text, and config.json names {', '.join(map(str, sorted(known)))}")
    if faults:
        raise EncoderError(
            f"encoder {name!r}: the tokenizer does not belong to these weights: {'; '.join(faults)}. "
            "Use the tokenizer that was saved with the weights."
        )


def count_tokens(
    path: str, texts: Sequence[str], name: str, *, family: str = "", lower_case: bool = False
) -> list[int]:
    """Tokens of each text, special ones included, uncut. Without transformers where `tokenizer.json` is there.

    EncoderError where the tokenizer cannot be loaded, or fails on these texts.
    """
    file = Path(path) / "tokenizer.json"
    if lower_case or not file.is_file():
        read = Tokenizer(path, name, family=family, lower_case=lower_case)
        return [t.n_full for t in read(texts, Tokenization(max_length=512))]
    tokenizer = load_fast(str(file), file.stat().st_mtime_ns, name)
    encodings = read_with(texts, name, partial(tokenizer.encode_batch, list(texts)))
    return [len(encoding.ids) for encoding in encodings]
