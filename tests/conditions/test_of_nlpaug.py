"""nlpaug's augmenters: what they do inside a word is what nlpaug does; around it nothing is lost."""

import random
from typing import Any

import numpy as np
import pytest

from harness.catalogue import catalogue
from harness.conditions import RATES, perturb
from harness.conditions.perturbations import of_nlpaug
from harness.core.records import Perturbation

NAMES = [name for name in catalogue().of("perturbation") if name.startswith("nlpaug:")]
WORDS = ["government", "Britain's", "people,", "which", "(through)", "Minister;", "receive", "because", "WEBSITE"]
TEXT = "I don't know, U.S. (and Britain's) $3.5bn co-op…\n\n\tThe 'House' has nothing: receive because of friends.  "


def applied(name: str, texts: list[str], severity: int = 5) -> list[Any]:
    component = catalogue().get("perturbation", name)
    return perturb(texts, (Perturbation(name, component.version, {"severity": severity}, 0),), catalogue())


def own(name: str) -> Any:
    """The augmenter as nlpaug has it, for all words of a text."""
    char, word = of_nlpaug.nlpaug("augmenter.char"), of_nlpaug.nlpaug("augmenter.word")
    of_chars = {"aug_word_p": 1, "aug_word_max": None, "aug_char_max": None}
    if name in ("nlpaug:spelling", "nlpaug:split"):
        return {"nlpaug:spelling": word.SpellingAug, "nlpaug:split": word.SplitAug}[name](aug_p=1, aug_max=None)
    if name.startswith("nlpaug:random-"):
        return char.RandomCharAug(action=name.removeprefix("nlpaug:random-"), **of_chars)
    return {"nlpaug:keyboard": char.KeyboardAug, "nlpaug:ocr": char.OcrAug}[name](**of_chars)


def test_they_are_there() -> None:
    actions = [f"random-{action}" for action in ("delete", "insert", "substitute", "swap")]
    assert [f"nlpaug:{name}" for name in ("keyboard", "ocr", *actions, "spelling", "split")] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_word_becomes_what_nlpaug_makes_of_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the same state of the generator; nlpaug's own dictionary has an order that is not always the same."""
    theirs, change = own(name), catalogue().get("perturbation", name).function
    if name == "nlpaug:spelling":
        monkeypatch.setattr(theirs, "model", of_nlpaug._spelling().model)
    n_same = 0
    for number, word in enumerate(["government", "Minister", "WEBSITE", "receive", "because", "friend"] * 20):
        ours = change(word, random.Random(number))
        if name == "nlpaug:split":  # it draws from numpy
            assert ours.replace(" ", "") == word
            assert 1 <= ours.index(" ") <= len(word) - 2
            continue
        random.seed(number)
        (found,) = theirs.augment(word)
        assert found in (ours, word)  # we draw again where nothing changed
        n_same += found == ours
    assert name == "nlpaug:split" or n_same > 80


@pytest.mark.parametrize("name", NAMES)
def test_all_but_the_words_that_change_is_kept(name: str) -> None:
    """Where nlpaug's own tokenizer loses line ends and puts spaces around signs."""
    (result,) = applied(name, [TEXT])
    assert result.edits
    kept, end = [], 0
    for edit in sorted(result.edits):
        kept.append(TEXT[end : edit.start])
        end = edit.end
        assert TEXT[edit.start : edit.end].isalpha()
    pieces = iter([*kept, TEXT[end:]])
    assert result.text.startswith(next(pieces))
    assert result.text.endswith(TEXT[end:])
    assert result.text.count("\n") == TEXT.count("\n")


@pytest.mark.parametrize("name", NAMES)
def test_the_generators_of_the_process_play_no_part(name: str) -> None:
    random.seed(7)
    np.random.seed(7)
    one = applied(name, [TEXT])
    assert (random.random(), np.random.rand()) == (random.Random(7).random(), np.random.RandomState(7).rand())
    assert applied(name, [TEXT]) == one


@pytest.mark.parametrize("name", NAMES)
def test_the_share_of_words_is_the_same_at_any_length(name: str) -> None:
    """nlpaug changes at most ten words, so 2 % of a long text at its default of 30 %."""
    for n_words in (5, 50, 500):
        texts = [" ".join([*random.Random(i).choices(WORDS, k=n_words), str(i)]) for i in range(4000 // n_words)]
        for severity in (3, 5):
            results = applied(name, texts, severity)
            share = sum(len(r.edits) for r in results) / sum(r.n_eligible for r in results)
            assert share == pytest.approx(RATES[severity], rel=0.15)
