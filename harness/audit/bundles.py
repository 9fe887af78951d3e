"""Which of the bundles of conditions can apply to the data, and why the others cannot."""

from collections.abc import Mapping

from harness.audit.lengths import Lengths
from harness.audit.spelling import Spelling
from harness.catalogue import catalogue
from harness.conditions import LONG_TEXT_TOKENS, matched_control
from harness.conditions.slices import rare_words
from harness.core.data import Examples
from harness.suite.conditions import KINDS, other_language

#: In the order that a suite has them.
BUNDLES = ("misspellings", "long-texts", "domain-shift", "rare-terms")


def reasons(
    lengths: Lengths, spelling: Spelling, n_domains: int, n_rare: int, language: str | None
) -> Mapping[str, str]:
    """For every bundle why it is left out; '' where it applies. `language` is that of the texts, where known."""
    found = {name: of_other_language(name, language) for name in BUNDLES}
    if not spelling.n_words and not found["misspellings"]:
        found["misspellings"] = "no words of Latin letters to misspell"
    if lengths.median <= LONG_TEXT_TOKENS:
        found["long-texts"] = f"the median text has {lengths.median:.0f} tokens; applies over {LONG_TEXT_TOKENS}"
    if n_domains < 2:
        found["domain-shift"] = "applies where a column, named as domain, says where texts come from"
    if not n_rare and not found["rare-terms"]:
        found["rare-terms"] = "no test text with rare words has another like it to be compared with"
    return found


def of_other_language(bundle: str, language: str | None) -> str:
    """Why no member of a bundle is for texts of this language; '' where one is."""
    components = (catalogue().find(name, KINDS) for name, _ in catalogue().get("bundle", bundle).facts["members"])
    whys = [other_language(component, language) for component in components if component is not None]
    return "; ".join(dict.fromkeys(whys)) if all(whys) else ""


def n_rare_terms(test: Examples, language: str | None) -> int:
    """How many texts or questions the slice has that find another like them; none of a language it is not for."""
    if of_other_language("rare-terms", language):
        return 0
    is_class = test.labels is not None and all(isinstance(label, str) for label in test.labels)
    strata = test.labels if is_class and test.labels else ("",) * len(test)
    inside, _ = matched_control(rare_words(test), strata, [len(text.split()) for text in test.text], test.items)
    return len(inside)
