"""In which language the texts of a task are, guessed.

py3langid guesses: its model (4.5 MB, BSD) is part of a pure Python wheel, since 0.4 an array file that is read without
pickle; it needs numpy alone, says the same of a text every time, and its confidence tells short or odd texts from clear
ones. Looked at beside it: lingua (surer on five words, but 100 to 170 MB, 1 GB of memory and seconds to load), eld
(as good, 49 MB on disk), fastText's lid.176 (not under a permissive licence, with a downloader), langdetect (no wheel,
draws at random), whatlang and gcld3 (no wheels for newer Pythons), simplemma and langid (models in pickles).
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any

from harness.core.languages import NAMES

#: Texts that are looked at, and characters of each.
N_TEXTS, N_CHARACTERS = 300, 500
#: A text counts from this confidence on; names, codes and single words seldom reach it.
_CONFIDENCE = 0.5
#: Texts that must count, at least: so many, and this share of those looked at.
_N_CLEAR, _CLEAR = 5, 0.1
#: The share of the texts that count which is a clear majority.
_MAJORITY = 2 / 3
#: What the model calls texts that are in no language.
_NO_LANGUAGE = "zxx"
#: Written forms that have a code of their own and share another.
_SAME = {"nn": "no"}


def guess(texts: Iterable[str]) -> str | None:
    """The code of the language that most of these texts are in; None where there is none, or too little to tell by.

    Each text has one vote, so that a few long ones decide nothing.
    """
    some = [text[:N_CHARACTERS] for text in texts]
    if len(some) < _N_CLEAR:
        return None
    told = (_identifier().classify(text) for text in some)
    votes = Counter(_SAME.get(code, code) for code, sure in told if sure >= _CONFIDENCE and code != _NO_LANGUAGE)
    if votes.total() < max(_N_CLEAR, _CLEAR * len(some)):
        return None
    language, n = votes.most_common(1)[0]
    return language if n >= _MAJORITY * votes.total() else None


@cache
def _identifier() -> Any:
    """The model, for languages that have a code of two letters; a second to load."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([label for label in identifier.labels if label in NAMES or label == _NO_LANGUAGE])
    return identifier
