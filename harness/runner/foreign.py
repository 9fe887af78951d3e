"""Texts to train on in a language that the encoder's tokenizer does not know, told before anything is trained."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from harness.catalogue import catalogue
from harness.core.errors import HarnessError
from harness.core.inputs import as_text
from harness.core.records import Tokenization
from harness.encoders import EncoderFolder
from harness.encoders.checkpoints import Made
from harness.encoders.tokenizer import Tokenizer
from harness.tasks import lessons
from harness.wording.numbers import fixed, percent

#: Texts of each kind that are looked at, evenly taken of all, and characters of each.
_N_TEXTS, _N_CHARACTERS = 300, 400
#: A vocabulary does not know a language if this share of tokens is unknown, or if its tokens are shorter than this
#: share of those of general English. Measured with minilm (unknown, share): English tweets 0 and .92, a few sentences
#: of English 0 and .86, French 0 and .63, Spanish 0 and .60, German 0 and .59, Russian and Arabic 0 and .47, Japanese
#: .17 and .70, Chinese .70 and .70.
MOST_UNKNOWN, LEAST_LENGTH = 0.05, 2 / 3


_SO = "little of it can be learnt; take an encoder whose vocabulary was made for that language"
#: No beginning has as many tokens: a character has four bytes at most, and a byte is a token at most.
_WHOLE = Tokenization(max_length=4 * _N_CHARACTERS + 100)


class Read(NamedTuple):
    """What a tokenizer makes of some texts: the share of unknown tokens, and bytes of UTF-8 a token, of words alone."""

    unknown: float
    length: float


def told(folder: EncoderFolder) -> str:
    """A sentence for each step of a recipe whose texts the tokenizer does not know; of other encoders nothing."""
    made = folder.made
    return "; ".join(dict.fromkeys(said for one in (*made.before, made) for said in _of(one))) if made else ""


def _of(made: Made) -> Iterator[str]:
    learns = catalogue().get("step", made.step.component).facts["learns"]
    if not learns or not made.corpora:
        return
    with suppress(HarnessError):  # what cannot be read is told where the step is taken
        tokenizer = Tokenizer(_files(made.base))
        texts, *_ = learns(**{**made.step.parameters, **made.corpora})
        own, general = read(tokenizer, list(map(as_text, texts))), read(tokenizer, lessons.read().pieces)
        if said := judged(own, general):
            names = ", ".join(dict.fromkeys(corpus.name for corpus in made.corpora.values()))
            yield f"{made.step.component}: its tokenizer does not know the language of {names} ({said}), so {_SO}"


def _files(folder: EncoderFolder) -> EncoderFolder:
    """What a recipe begins with, which is there before anything is built."""
    return _files(folder.made.base) if folder.made else folder


def read(tokenizer: Tokenizer, texts: Sequence[str]) -> Read:
    """How a tokenizer reads the beginnings of some of the texts."""
    some = [_words(text[:_N_CHARACTERS]) for text in texts[:: max(1, len(texts) // _N_TEXTS)][:_N_TEXTS]]
    found = list(tokenizer(some, _WHOLE))
    n = max(1, sum(len(tokens.ids) - len(tokens.special) for tokens in found))
    n_unknown = sum(token == tokenizer.unknown_id for tokens in found for token in tokens.ids)
    n_bytes = sum(len("".join(text.split()).encode()) for text in some)
    return Read(n_unknown / n, n_bytes / n)


def _words(text: str) -> str:
    """Letters and their marks alone: figures, smileys and stops are of no language."""
    return "".join(one if unicodedata.category(one)[0] in "LM" else " " for one in text)


def judged(own: Read, general: Read) -> str:
    """Why the language is unknown; empty where it is known."""
    if own.unknown >= MOST_UNKNOWN:
        return f"{percent(own.unknown)} of its tokens are unknown"
    if 0 < own.length < LEAST_LENGTH * general.length:
        return f"a token is {fixed(own.length, 1)} bytes long, of general English {fixed(general.length, 1)}"
    return ""
