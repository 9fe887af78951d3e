"""What each perturbation does."""

from typing import Any

import pytest

from harness.catalogue import catalogue
from harness.conditions import RATES
from harness.conditions.declare import SHARES
from harness.conditions.edits import Perturbed, perturb
from harness.conditions.perturbations import keyboard
from harness.conditions.words import free, graphemes, letters
from harness.core import resources
from harness.core.records import Perturbation
from tests.conditions.test_perturbations import sentences

pytestmark = pytest.mark.assets

NEWS = (
    "The minister said in Paris that money was a very big problem for people, and Mr Brown would think again. "
    "He began to look at 3,500 new jobs; “it’s good,” he said – an amazing story with a naïve ending."
)


def apply(name: str, texts: list[str], seed: int = 0, **given: Any) -> list[Perturbed]:
    component = catalogue().get("perturbation", name)
    given["resources"] = resources.contents(component, catalogue())
    return perturb(texts, (Perturbation(name, component.version, given, seed),), catalogue())


def changed(name: str, text: str, **given: Any) -> str:
    (result,) = apply(name, [text], **given)
    return result.text


def given_by(resource: str) -> Any:
    """What a condition gets that asks for a resource."""
    found = catalogue().get("resource", resource)
    return found(found.facts["path"]())


OF_WORDS = {n: c.facts["rates"] for n, c in catalogue().of("perturbation").items() if "finds" in c.facts}


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", OF_WORDS)
def test_rates_are_reached_at_any_length(name: str, severity: int) -> None:
    for n_texts, n_times in ((600, 1), (40, 15)):
        texts = [" ".join([f"Note {i}."] + [NEWS] * n_times) for i in range(n_texts)]
        results = apply(name, texts, severity=severity)
        achieved = sum(len(r.edits) for r in results) / sum(r.n_eligible for r in results)
        assert achieved == pytest.approx(OF_WORDS[name][severity], rel=0.1)


def test_keyboard_puts_a_neighbouring_key_and_keeps_case_and_first_letter() -> None:
    seen = set()
    for result in apply("keyboard", ["SHOUTING government Parliament", *sentences(200, 20)], severity=5):
        for edit in result.edits:
            assert edit.end - edit.start == len(edit.replacement)
    for word in ["SHOUTING", "government", "Parliament"]:
        for seed in range(300):
            (result,) = apply("keyboard", [word], seed, severity=5)
            pairs = [(a, b) for a, b in zip(word, result.text, strict=True) if a != b]
            assert len(pairs) == len(result.edits)
            assert all(a.isupper() == b.isupper() for a, b in pairs)
            assert result.text[0] == word[0]
            seen |= {(a.lower(), b.lower()) for a, b in pairs}
    assert ("e", "r") in seen
    assert not seen & {("e", "q"), ("e", "p"), ("n", "v")}


def test_keyboards_of_other_layouts_have_other_neighbours() -> None:
    near = keyboard.NEIGHBOURS
    assert set(near["qwertz"]["t"]) == set("rzfg")
    assert set(near["azerty"]["a"]) == set("zq")
    assert "ü" in near["qwertz"]["p"]
    assert "Ü" in near["qwertz"]["P"]


@pytest.mark.parametrize(
    ("text", "eligible"),
    [
        ("Four word cat", ["Four", "word"]),
        ("couldn't state-of-the-art", ["couldn", "state"]),
        ("cafe\u0301s naïves straße", ["cafe\u0301s", "naïves", "straße"]),
        ("e\u0301te\u0301 cafe\u0301", ["cafe\u0301"]),
        ("abcd1 snake_case 2000th x86words", []),
        ("at http://some.where/page, done", ["done"]),
        ("at ftp://localhost/page, done", ["done"]),
        ("ask some.body@where.org @somebody: example.com/what", []),
        ("(yes?) \u201cquoted\u201d word... then", ["quoted", "word", "then"]),
        ("soft\u00adhyphen zero\u200dwidth", []),
        ("tail@", []),
        ("привет hello 今天天气很好", ["привет", "hello"]),
    ],
)
def test_words_are_whole_and_outside_of_addresses(text: str, eligible: list[str]) -> None:
    pieces = letters(4)(text)
    assert "".join(pieces) == text
    assert [pieces[i] for i in free(text, pieces)] == eligible


def test_what_a_suite_protects_is_left_alone() -> None:
    text = "orders ORDER-abcdef and ticket HELP/window stay as they are written here"
    results = apply("uppercase", [text], severity=5, protect=(r"ORDER-\w+", r"HELP/\w+"))
    assert results[0].text == "ORDERS ORDER-abcdef AND TICKET HELP/window STAY AS THEY ARE WRITTEN HERE"


@pytest.mark.parametrize(
    ("name", "given", "before", "after"),
    [
        ("lowercase", {}, "It IS Paris, see https://A.com/B", "it is paris, see https://A.com/B"),
        ("uppercase", {}, "it is naïve, ask @jane", "IT IS NAÏVE, ASK @jane"),
        ("no-punctuation", {}, "“Don’t!” he paid $3,500.50 (twice).", "Dont he paid $3,500.50 twice"),
        ("no-punctuation", {}, "sport,good well-known it's 7:30 a.m.", "sport good well known its 7:30 a m"),
        ("diacritics", {}, "Élan vital, cafe\u0301s à Zürich, नमस्ते", "Elan vital, cafes a Zurich, नमस्ते"),
        ("rare-synonyms", {"severity": 5}, "The BEGINNING was good. Money!", "The INCEPTION was commendable. Lucre!"),
    ],
)
def test_whole_texts_in_another_form(name: str, given: dict[str, Any], before: str, after: str) -> None:
    assert changed(name, before, **given) == after


@pytest.mark.parametrize(
    ("name", "difference"), [("char-swap", 0), ("char-delete", -1), ("char-insert", 1), ("char-substitute", 0)]
)
@pytest.mark.parametrize("word", ["government", "BEENE", "Straße", "привет", "cafe\u0301s"])
def test_slips_inside_a_word_keep_its_ends(name: str, difference: int, word: str) -> None:
    seen = {changed(name, word, seed=seed, severity=5) for seed in range(60)} - {word}
    assert seen
    for one in seen:
        assert one[0] == word[0]
        assert one[-1] == word[-1]
        assert len(graphemes(one)) - len(graphemes(word)) == difference
        assert one.isupper() == word.isupper()


def test_segmentation_joins_or_splits() -> None:
    seen = {changed("segmentation", "over there", seed=seed, severity=5) for seed in range(200)}
    assert "overthere" in seen
    assert "ov er there" in seen
    assert all(one.replace(" ", "") == "overthere" for one in seen)


def test_misspellings_are_those_of_people_and_keep_case() -> None:
    known = given_by("misspellings")
    none, real = known["which"]
    assert "wich" in none
    assert not set(none) & set(real)
    seen = {changed("human-misspellings", "Which", seed=seed, severity=5) for seed in range(400)} - {"Which"}
    assert {one.lower() for one in seen} <= set(none)
    assert all(one[0].isupper() for one in seen)


def test_misspellings_that_are_words_are_told_apart() -> None:
    text = "form from then than their there"
    plain = {w for s in range(200) for w in changed("human-misspellings", text, seed=s, severity=5).split()}
    real = {
        w for s in range(200) for w in changed("human-misspellings", text, seed=s, severity=5, real_words=True).split()
    }
    assert not plain & {"thee", "tha", "te"}
    assert real > plain


def test_a_name_is_invented_once_and_keeps_its_length() -> None:
    text = "He met Brown in Paris and Brown paid 1,250 to Brown's heir on page 0.5 of 1999."
    (result,) = apply("unknown-names", [text], severity=5)
    new = {text[e.start : e.end]: e.replacement for e in result.edits}
    assert set(new) == {"Brown", "Paris", "1,250", "0.5", "1999"}
    assert all(len(old) == len(name) and old != name for old, name in new.items())
    assert [c for c in new["1,250"] if not c.isdigit()] == [","]
    assert result.text.count(new["Brown"]) == 2


def test_distractors_stand_around_the_text_and_grow_from_the_same_beginning() -> None:
    few, many = (changed("distractors", "My own text.", words=n) for n in (20, 60))
    assert few.endswith(" My own text.")
    assert many.startswith(few.removesuffix("My own text."))
    assert 60 <= len(many.split()) - 3 < 80
    assert changed("distractors", "My own text.", words=30, side="after").startswith("My own text. ")
    before, _, after = changed("distractors", "My own text.", words=40, side="around").partition(" My own text. ")
    assert before
    assert after


@pytest.mark.parametrize(("position", "share"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_evidence_stands_at_its_position(position: float, share: float) -> None:
    text = "“First things first!” What follows is cut. And this."
    now = changed("evidence-position", text, position=position)
    first = "“First things first!”"
    assert now.count(first) == 1
    assert "What follows" not in now
    words_before = len(now[: now.index(first)].split())
    assert words_before / (len(now.split()) - 3) == pytest.approx(share, abs=0.05)


def test_rare_synonyms_are_rarer() -> None:
    from wordfreq import zipf_frequency

    table = given_by("rarer")
    drops = [zipf_frequency(common, "en") - zipf_frequency(rare, "en") for common, rare in table.items()]
    assert min(drops) > 0.9
    assert sum(drops) / len(drops) > 1.8


def test_shares_and_rates_are_told_by_severity() -> None:
    assert SHARES[5] == 1
    assert RATES[1] == 0.03


@pytest.mark.parametrize(
    ("side", "keep", "expected"),
    [
        ("first", 0.5, "one  two\nthree"),
        ("last", 0.5, "four\tfive six "),
        ("middle", 0.5, "two\nthree four"),
        ("first+last", 0.5, "one  two six "),
        ("first+last", 0.1, "one"),
        ("first", 0.0, "one"),
        ("last", 0.01, "six "),
        ("middle", 0.2, "three"),
        ("first", 1.0, " one  two\nthree four\tfive six "),
    ],
)
def test_truncate_keeps_the_named_words(side: str, keep: float, expected: str) -> None:
    text = " one  two\nthree four\tfive six "
    now = changed("truncate", text, keep=keep, side=side)
    assert now == (expected if side not in ("first", "first+last") or keep == 1 else " " + expected)


def test_facts_tell_where_a_perturbation_attaches_and_what_it_draws() -> None:
    known = catalogue().of("perturbation")
    facts = {name: (known[name].facts["changes"], known[name].facts["uses"]) for name in ("keyboard", "truncate")}
    assert facts == {"keyboard": ("typed", ("perturb",)), "truncate": ("stored", ())}
