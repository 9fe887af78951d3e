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
from harness.encoders.library import about
from harness.encoders.loading import load_fast, load_tokenizer, read_with
from harness.encoders.reading import read_inputs
from harness.encoders.tokens import Tokens

#: Special tokens that, where a text is read with them, must be those that the weights were trained with.
_SPECIAL = ("bos", "eos", "cls", "sep")
_CHUNK = 1000


class Tokenizer:
    """The tokenizer of one encoder folder."""

    def __init__(self, folder: EncoderFolder) -> None:
        self._name = folder.name
        with about(folder.name):
            config = read_json(Path(folder.path) / "config.json")
            self._tokenizer: Any = load_tokenizer(Path(folder.path), folder.family)
            self._tokenizer.truncation_side = "right"  # some folders ask for left; the beginning is what is read
            if folder.lower_case:
                _lower_case(self._tokenizer)
            check_ids(self._tokenizer, config)
        self.pad_id = _pad_id(self._tokenizer, config)
        #: The id of what the vocabulary has no piece for; None where there is always one.
        self.unknown_id: int | None = self._tokenizer.unk_token_id

    def __call__(self, inputs: Sequence[Input], tokenization: Tokenization) -> Iterator[Tokens]:
        """Tokens of each input, in order; each text is read once.

        EncoderError where the tokenizer fails.
        """
        for start in range(0, len(inputs), _CHUNK):
            chunk, found = inputs[start : start + _CHUNK], dict[Input, Tokens]()
            for kind in (str, Pair, Words):
                some = [one for one in chunk if isinstance(one, kind)]
                if some:
                    read = partial(read_inputs, self._tokenizer, some, tokenization)
                    with about(self._name):
                        found.update(zip(some, read_with(list(map(as_text, some)), read), strict=True))
            yield from (found[one] for one in chunk)

    @property
    def library(self) -> Any:
        """The transformers tokenizer, for those who look at what it is made of."""
        return self._tokenizer

    @property
    def kind(self) -> str:
        """`WordPiece, 30,522 tokens, not cased`: the model behind it, its size, whether capitals matter to it."""
        name = f"{type(self._tokenizer).__name__} without a fast form"
        if self._tokenizer.is_fast:
            backend = self._tokenizer.backend_tokenizer
            name = type(backend.model).__name__
            name += " without a fast model" if name == "Model" else ""
            name = f"byte-level {name}" if "ByteLevel" in str(backend.pre_tokenizer) else name
        large, small = (self._tokenizer(text)["input_ids"] for text in ("The Food was GOOD", "the food was good"))
        return f"{name}, {len(self._tokenizer):,} tokens, {'not cased' if large == small else 'cased'}"

    def pieces(self, tokens: Tokens) -> list[str]:
        """What its vocabulary calls these tokens, as `##ing`; a number for what is not in it."""
        named = self._tokenizer.convert_ids_to_tokens(list(tokens.ids))
        return [str(number) if name is None else str(name) for number, name in zip(tokens.ids, named, strict=True)]


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


def check_ids(tokenizer: Any, config: dict[str, Any]) -> None:
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
            f"the tokenizer does not belong to these weights: {'; '.join(faults)}. Use the tokenizer that was saved "
            "with the weights."
        )


def count_tokens(folder: EncoderFolder, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, special ones included, uncut. Without transformers where `tokenizer.json` is there.

    EncoderError where the tokenizer cannot be loaded, or fails on these texts.
    """
    file = Path(folder.path) / "tokenizer.json"
    if folder.lower_case or not file.is_file():
        return [t.n_full for t in Tokenizer(folder)(texts, Tokenization(max_length=512))]
    with about(folder.name):
        tokenizer = load_fast(file, file.stat().st_mtime_ns)
        return [len(encoding.ids) for encoding in read_with(texts, partial(tokenizer.encode_batch, list(texts)))]
