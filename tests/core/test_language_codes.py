"""Codes of languages: what is one, what a wrong one is told, how languages are named in a sentence."""

import pytest

from harness.core.languages import NAMES, fault, said, some


def test_every_language_of_two_letters_has_a_name() -> None:
    """183 codes are in use."""
    assert len(NAMES) == 183
    assert (NAMES["aa"], NAMES["nb"], NAMES["zu"]) == ("Afar", "Norwegian Bokmål", "Zulu")
    assert all(len(code) == 2 and code.isalpha() and code.islower() and name for code, name in NAMES.items())


@pytest.mark.parametrize(
    ("given", "meant"), [("German", "'de' (German)"), ("DE", "'de' (German)"), ("zh_CN", "'zh' (Chinese)")]
)
def test_a_wrong_code_is_told_what_it_may_be_meant_for(given: str, meant: str) -> None:
    assert fault(given) == (
        f"`language` {given!r} is no code of ISO 639-1; expected two letters such as de, en, ru, zh. "
        f"Did you mean {meant}?"
    )


def test_a_code_is_no_fault_and_nonsense_has_no_suggestion() -> None:
    assert fault("de") == ""
    assert fault("xx").endswith("such as de, en, ru, zh.")


def test_a_guess_is_told_from_what_was_said() -> None:
    assert said("ru", False) == "Russian"
    assert said("ru", True) == "Russian (guessed; `language:` in the task sets it)"
    assert said(None, True).startswith("not known")


def test_many_languages_are_named_in_part() -> None:
    assert some(["en"]) == "English"
    assert some(["en", "nl", "es", "pt"]) == "English, Dutch, Spanish and Portuguese"
    assert some(["en", "nl", "es", "pt", "sv"]) == "English, Dutch, Spanish and 2 other languages"
