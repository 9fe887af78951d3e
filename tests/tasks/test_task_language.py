"""The language of a task: said, guessed from its test texts, or not known. It decides no item and no key."""

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import SuiteError
from harness.tasks import builtin, describe, faults, language, make_split, resolve
from tests.fakes.sentences import SENTENCES, rows
from tests.tasks.conftest import Make, csv_of


@pytest.mark.parametrize("code", SENTENCES)
def test_a_handful_of_sentences_is_enough(code: str) -> None:
    assert language.guess(SENTENCES[code]) == code


def test_texts_of_two_languages_are_of_none() -> None:
    assert language.guess([*SENTENCES["en"], *SENTENCES["de"]]) is None


def test_a_clear_majority_is_a_language() -> None:
    assert language.guess([*SENTENCES["en"], *SENTENCES["fr"], *SENTENCES["en"], *SENTENCES["en"]]) == "en"


@pytest.mark.parametrize(
    "texts",
    [
        [],
        SENTENCES["de"][:4],
        [f"{i * 7919 % 9973}-{i:x}" for i in range(100)],
        [f"Galaxy S{i}" for i in range(100)],
        ["x", "", "12", "ok", "!"] * 20,
        [*SENTENCES["de"], *(str(i) for i in range(200))],
    ],
)
def test_too_little_text_is_of_no_language(texts: list[str]) -> None:
    """Few texts, codes, names, single letters; a few sentences among many numbers."""
    assert language.guess(texts) is None


def test_a_few_long_texts_do_not_outvote_many_short_ones() -> None:
    assert language.guess([" ".join(SENTENCES["de"] * 40), *SENTENCES["ru"], *SENTENCES["ru"]]) == "ru"


def test_a_guess_is_the_same_whenever_it_is_made() -> None:
    language._identifier.cache_clear()
    first = [language._identifier().classify(text) for text in SENTENCES["es"]]
    language._identifier.cache_clear()
    assert [language._identifier().classify(text) for text in SENTENCES["es"]] == first


def test_the_model_is_read_without_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a pickle was read")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    language._identifier.cache_clear()
    assert language.guess(SENTENCES["ru"]) == "ru"


def test_a_task_of_ones_own_is_guessed_unless_its_language_is_said(task_of: Make) -> None:
    guessed, said = (describe(task_of(csv_of(rows("ru")), **given)) for given in ({}, {"language": "bg"}))
    assert (guessed.language, guessed.language_guessed) == ("ru", True)
    assert (said.language, said.language_guessed) == ("bg", False)


def test_a_search_is_judged_by_queries_and_documents(task_of: Make) -> None:
    """Queries of one language to documents of another are of none."""
    german, english = [text for text, _ in rows("de")], [text for text, _ in rows("en")]
    pairs = {"de": zip(german, reversed(german), strict=True), "both": zip(german, english, strict=True)}
    tasks = {
        name: task_of(csv_of(list(p), "query,document"), f"{name}.csv", kind="retrieval") for name, p in pairs.items()
    }
    assert {name: describe(task).language for name, task in tasks.items()} == {"de": "de", "both": None}


def test_the_language_changes_no_split(task_of: Make) -> None:
    plain, said = (task_of(csv_of(rows("ru")), **given) for given in ({}, {"language": "ru"}))
    for side in ("train", "test"):
        assert make_split(plain, describe(plain), side).key == make_split(said, describe(said), side).key


def test_built_in_tasks_say_their_language() -> None:
    """Each domain too; nothing is guessed of them."""
    assert {task.language for task in builtin().values()} == {"en"}
    assert resolve("vader-sentiment/movies", Path()).language == "en"


@pytest.mark.assets
def test_built_in_tasks_are_never_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Any) -> None:
        raise AssertionError("guessed")

    module = sys.modules["harness.tasks.describe"]
    monkeypatch.setattr(module, "guess", refuse)
    module._describe.cache_clear()
    info = describe(resolve("vader-sentiment/movies", Path()))
    assert (info.language, info.language_guessed) == ("en", False)


def test_a_wrong_code_is_a_fault_of_the_task(task_of: Make) -> None:
    assert faults({"name": "t", "data": "t.csv", "language": "no"}) == []
    (said,) = faults({"name": "t", "data": "t.csv", "language": "german"})
    assert said.endswith("Did you mean 'de' (German)?")
    with pytest.raises(SuiteError, match="no code of ISO 639-1"):
        task_of(csv_of(rows("de")), language="deu")
