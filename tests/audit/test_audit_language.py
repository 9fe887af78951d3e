"""`init` on texts of other languages: what is said, what is written, what is left out of the suite."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import audit
from harness.catalogue import catalogue
from harness.suite import Suite
from harness.suite import load as load_suite
from harness.tasks import faults
from tests.fakes.sentences import rows

pytestmark = pytest.mark.usefixtures("small_assets")
Make = Callable[..., audit.Source]
FOREIGN = "these are Russian"


def written(source: audit.Source) -> tuple[Suite, str, str]:
    """The suite, its text, and the audit."""
    files = audit.targets(source.folder / "out", "mine", force=True)
    found = audit.audit(source, audit.guess(source, {}), "mine", files["suite"].parent)
    audit.write(found, audit.sections(found), "mine", files)
    text, told = (files[what].read_text(encoding="utf-8") for what in ("suite", "audit"))
    return load_suite(Path(files["suite"]), catalogue(), (), faults), text, told


def csv_of(language: str) -> str:
    return "text,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows(language, 120))


def test_a_language_that_is_not_english_is_written_and_its_bundles_are_left_out(source_of: Make) -> None:
    suite, text, told = written(source_of(csv_of("ru")))
    assert (suite.tasks[0].spec or {})["language"] == "ru"
    assert suite.conditions == ()
    assert "    language: ru    # Russian, guessed from the texts;" in text
    for bundle in ("misspellings", "rare-terms"):
        (line,) = [line for line in text.splitlines() if line.startswith(f"  # - {bundle} ")]
        assert line.endswith(FOREIGN)
    assert "language: Russian – guessed from the test texts, and said in the suite" in told
    assert "not looked up: the dictionary is of English, these texts are Russian" in told
    assert "under rare-terms" not in text + told


def test_what_is_typed_on_other_keys_keeps_what_is_for_any_language(source_of: Make) -> None:
    """Spanish is typed on QWERTY: it keeps its typing errors and loses English word counts."""
    spanish, german = (written(source_of(csv_of(code), f"{code}.csv"))[0] for code in ("es", "de"))
    assert [c.name for c in spanish.conditions] == ["misspellings"]
    assert german.conditions == ()


def test_english_is_said_in_the_audit_and_left_to_be_guessed(source_of: Make) -> None:
    suite, text, told = written(source_of(csv_of("en")))
    assert "language" not in (suite.tasks[0].spec or {})
    assert "misspellings" in [c.name for c in suite.conditions]
    assert "language: English – guessed from the test texts" in told
    assert "known misspellings" in told
    assert "    language:" not in text


def test_texts_of_no_language_that_is_known_are_judged_by_their_words(source_of: Make) -> None:
    numbers = "text,label\n" + "".join(f"{i} {i * 7919 % 9973} of it,{'ab'[i % 2]}\n" for i in range(120))
    suite, text, told = written(source_of(numbers))
    assert "language" not in (suite.tasks[0].spec or {})
    assert "  # - misspellings    # no words of Latin letters to misspell" in text
    assert "language: not known – the test texts are few, short or of several languages" in told
    assert "no words of Latin letters to look up" in told
