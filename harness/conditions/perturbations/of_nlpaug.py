"""The augmenters of nlpaug (Ma 2019, 1.1.11), a word at a time, to compare with what was published with them.

nlpaug cuts a text into tokens and joins them again: of 2,000 news none comes back as it was at rate 0. It changes at
most ten words of a text, and draws from the generators of the process. Here the engine draws the words, by our rates,
and an augmenter changes one, alone, drawing from the generator of the text (by `random.sample`, whose sequence a later
Python may change). What it does inside a word is nlpaug's, by its defaults but for the cap of ten letters: 30 % of the
letters of a word, capitals, digits and signs among what stands for them.
"""

import warnings
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from random import Random
from typing import Any

from harness.conditions.declare import word_perturbation
from harness.conditions.words import letters

#: A longer run of letters is no word, and nlpaug takes the square of its length.
_LONGEST = 100
#: One token, which nlpaug neither cuts nor joins.
_WHOLE = {"tokenizer": lambda text: [text], "reverse_tokenizer": "".join}
_OF_CHARS = {"aug_word_p": 1, "aug_word_max": None, "aug_char_max": None, **_WHOLE}


def nlpaug(module: str) -> Any:
    """A module of nlpaug, without what Python says of the escapes in its strings whenever it compiles them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        return import_module(f"nlpaug.{module}")


@cache
def _keyboard() -> Any:
    return nlpaug("augmenter.char").KeyboardAug(**_OF_CHARS)


@cache
def _ocr() -> Any:
    return nlpaug("augmenter.char").OcrAug(**_OF_CHARS)


@cache
def _random(action: str) -> Any:
    return nlpaug("augmenter.char").RandomCharAug(action=action, **_OF_CHARS)


@cache
def _spelling() -> Any:
    """With a dictionary of its own, as that of nlpaug is shared, in an order that is not that of a set."""
    augmenter = nlpaug("augmenter.word").SpellingAug(aug_p=1, aug_max=None, **_WHOLE)
    augmenter.model = nlpaug("model.word_dict").Spelling(augmenter.dict_path, augmenter.include_reverse)
    augmenter.model.dict = {word: sorted(set(wrong) - {"", word}) for word, wrong in augmenter.model.dict.items()}
    return augmenter


@cache
def _split() -> Any:
    return nlpaug("augmenter.word").SplitAug(
        aug_p=1, aug_max=None, tokenizer=_WHOLE["tokenizer"], reverse_tokenizer=" ".join
    )


def _augmented(augmenter: Any, word: str, rng: Random) -> str:
    """The word after an augmenter that draws from this generator; drawn again, ten times, while it stays as it is."""
    augmenter.sample = partial(_sample, rng)
    for _ in range(10):
        found = augmenter.augment(word)
        if found and found[0] != word:
            return str(found[0])
    return word


def _sample(rng: Random, among: list[Any] | int, n: int) -> Any:
    """`Augmenter.sample`, which draws from a list or, for `SplitAug`, from 1 up to two below a length."""
    return rng.sample(among, n) if isinstance(among, list) else 1 + int(rng.random() * (among - 2))


def _is_word(word: str) -> bool:
    return word.isascii() and len(word) <= _LONGEST


def _known_to(augmenter: Callable[[], Any]) -> Callable[[str], bool]:
    """Whether a word has a letter that an augmenter knows what to put for."""
    return lambda word: _is_word(word) and any(char in augmenter().model.model for char in word)


@word_perturbation(
    "nlpaug:keyboard",
    fits=_known_to(_keyboard),
    languages=("en",),
    legend="nlpaug's KeyboardAug in {rate} of words",
)
def nlpaug_keyboard(word: str, rng: Random) -> str:
    """nlpaug's KeyboardAug in 3, 6, 12, 24, 48 % of the words: near keys, with shift or not, for 30 % of letters."""
    return _augmented(_keyboard(), word, rng)


@word_perturbation(
    "nlpaug:ocr",
    finds=letters(1),
    fits=_known_to(_ocr),
    changes="stored",
    legend="nlpaug's OcrAug in {rate} of the words that it can change",
)
def nlpaug_ocr(word: str, rng: Random) -> str:
    """nlpaug's OcrAug in 3, 6, 12, 24, 48 % of the words with a letter that it knows: two of them at least, or 30 %."""
    return _augmented(_ocr(), word, rng)


@word_perturbation(
    "nlpaug:spelling",
    finds=letters(1),
    fits=lambda word: _is_word(word) and bool(_spelling().model.dict.get(word)),
    languages=("en",),
    legend="nlpaug's SpellingAug in {rate} of the words that it knows",
)
def nlpaug_spelling(word: str, rng: Random) -> str:
    """nlpaug's SpellingAug in 3, 6, 12, 24, 48 % of the words of its list, which it reads in both directions.

    A quarter of what it puts are other words (`is` for `are`), so it changes what is said.
    """
    return _augmented(_spelling(), word, rng)


@word_perturbation("nlpaug:random-insert", fits=_is_word, legend="nlpaug's RandomCharAug adds to {rate} of words")
def nlpaug_random_insert(word: str, rng: Random) -> str:
    """nlpaug's RandomCharAug (insert) in 3, 6, 12, 24, 48 % of the words: any letter, digit or sign, 30 % more."""
    return _augmented(_random("insert"), word, rng)


@word_perturbation(
    "nlpaug:random-substitute",
    fits=_is_word,
    legend="nlpaug's RandomCharAug replaces in {rate} of words",
)
def nlpaug_random_substitute(word: str, rng: Random) -> str:
    """nlpaug's RandomCharAug (substitute) in 3, 6, 12, 24, 48 % of the words: any letter, digit or sign for 30 %."""
    return _augmented(_random("substitute"), word, rng)


@word_perturbation("nlpaug:random-swap", fits=_is_word, legend="nlpaug's RandomCharAug swaps in {rate} of words")
def nlpaug_random_swap(word: str, rng: Random) -> str:
    """nlpaug's RandomCharAug (swap) in 3, 6, 12, 24, 48 % of the words: 30 % of the letters with their neighbours."""
    return _augmented(_random("swap"), word, rng)


@word_perturbation("nlpaug:random-delete", fits=_is_word, legend="nlpaug's RandomCharAug deletes in {rate} of words")
def nlpaug_random_delete(word: str, rng: Random) -> str:
    """nlpaug's RandomCharAug (delete) in 3, 6, 12, 24, 48 % of the words: 30 % of their letters."""
    return _augmented(_random("delete"), word, rng)


@word_perturbation("nlpaug:split", fits=_is_word, legend="nlpaug's SplitAug splits {rate} of words")
def nlpaug_split(word: str, rng: Random) -> str:
    """nlpaug's SplitAug in 3, 6, 12, 24, 48 % of the words: a space inside."""
    return _augmented(_split(), word, rng)
