"""Checks of a tokenizer, by what it does with texts: what it is, what it cuts, what it does not know."""

import unicodedata
from dataclasses import replace

from harness.doctor.finding import Finding
from harness.doctor.loaded import Loaded
from harness.doctor.texts import SAMPLES, SPACED, long_text
from harness.encoders.tokens import Tokens
from harness.wording.numbers import count, percent

#: Share of unknown tokens above which English texts are not read any more.
_UNREAD = 0.2


def fits(loaded: Loaded) -> Finding:
    """Its ids against the embedding table and config.json; what does not fit was refused when it was loaded."""
    library = loaded.encoder.tokenizer.library
    highest = max(library.get_vocab().values(), default=0)
    size = getattr(loaded.encoder.model.config, "vocab_size", None)
    rows = "" if size is None else f", the table has {count(int(size))} rows"
    special = " ".join(dict.fromkeys(map(str, library.all_special_tokens)))
    return Finding("", f"highest id {count(highest)}{rows}; special tokens are those of the weights: {special}", "ok")


def truncation(loaded: Loaded) -> Finding:
    """Whether a text over the maximum length is cut to it, keeps its special tokens and has its length counted."""
    longest = loaded.folder.tokenization.max_length
    text = long_text(longest)
    (read,) = loaded.encoder.tokenizer([text], loaded.folder.tokenization)
    (uncut,) = loaded.encoder.tokenizer([text], replace(loaded.folder.tokenization, max_length=10 * len(text)))
    ends = _ends(read) == _ends(uncut)
    figure = f"{count(len(read.ids))} of {count(read.n_full)} tokens are read, the rest is counted as cut"
    if len(read.ids) == longest and read.n_full == len(uncut.ids) > longest and ends:
        return Finding("", figure, "ok")
    return Finding("", f"{figure}; expected {count(longest)} of {count(len(uncut.ids))}", "failed")


def _ends(read: Tokens) -> tuple[int, ...]:
    """The ids of the special tokens, in order."""
    return tuple(read.ids[place] for place in read.special)


def knows(loaded: Loaded, sample: str) -> Finding:
    """How many tokens of a sample of texts are unknown, and how many texts come back when put together again."""
    tokenizer, texts = loaded.encoder.tokenizer, SAMPLES[sample]
    tokens = [[i for place, i in enumerate(t.ids) if place not in t.special] for t in _read(loaded, texts)]
    n = sum(map(len, tokens))
    unknown = sum(i == tokenizer.unknown_id for ids in tokens for i in ids) / max(1, n)
    back = [tokenizer.library.decode(ids, skip_special_tokens=True) for ids in tokens]
    n_back = sum(_bare(text) == _bare(again) for text, again in zip(texts, back, strict=True))
    figure = f"{percent(unknown)} unknown, {n_back} of {len(texts)} texts come back whole"
    if sample in SPACED:
        figure += f", {n / sum(len(text.split()) for text in texts):.1f} tokens a word"
    if sample == "English" and unknown > _UNREAD:
        return Finding("", f"{figure}: it does not read English", "warning")
    if unknown:
        return Finding("", f"{figure}: texts that differ in these alone are read alike", "warning")
    if n_back < len(texts):
        return Finding("", f"{figure}: the others lose characters, beyond case, accents and spaces", "warning")
    return Finding("", figure, "ok")


def _read(loaded: Loaded, texts: tuple[str, ...]) -> list[Tokens]:
    return list(loaded.encoder.tokenizer(texts, replace(loaded.folder.tokenization, max_length=10_000, prefix="")))


def _bare(text: str) -> str:
    """A text without case, accents, spaces and the marks that join emoji."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not c.isspace() and unicodedata.category(c) not in ("Mn", "Cf", "Sk"))
