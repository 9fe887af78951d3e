"""What every perturbation promises, and what each one does."""

import hashlib
import importlib
import itertools
import json
import os
import pkgutil
import random
import subprocess
import sys
import time
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import Interval
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.conditions import RATES, perturb, perturbations
from harness.conditions.edits import Perturbed
from harness.conditions.perturbations.keyboard import eligible_words, keyboard
from harness.conditions.perturbations.truncate import truncate
from harness.core.records import Perturbation
from harness.core.registry import Catalogue, Component, collect
from tests.fakes.components import component_of

MODULES = [
    importlib.import_module(m.name)
    for m in pkgutil.iter_modules(perturbations.__path__, "harness.conditions.perturbations.")
]
COMPONENTS = {c.name: c for c in collect(MODULES)}
WORDS = [
    "where",
    "while",
    "their",
    "People",
    "government",
    "children",
    "money,",
    "today.",
    "(which)",
    "the",
    "it",
]
#: Things that no perturbation may take apart, with ordinary words around them.
SPECIAL = (
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467 thumbs \U0001f44d\U0001f3fd flags "
    "\U0001f1e9\U0001f1ea cafe\u0301s naïveté résumés שלום עולם مرحبا بالعالم 今天天气很好 "
    "visit https://example.com/Where?what=they mail someone@example.org and ask @somebody_else "
    "about the year 2003 where 3,500 people agreed"
)


def sentences(n: int, n_words: int, seed: int = 0) -> list[str]:
    """Texts that all differ: equal texts get equal typos."""
    rng = random.Random(seed)
    return [" ".join([*rng.choices(WORDS, k=n_words), str(i)]) for i in range(n)]


def levels(component: Component) -> list[Any]:
    """Values of the severity, from the identity to the far end of its bounds."""
    parameter = component.parameters[component.facts["severity"]]
    kind, bounds = get_args(parameter.annotation)
    assert isinstance(bounds, Interval)
    identity = component.facts["identity"]
    far = bounds.le if identity == bounds.ge else bounds.ge
    return [kind(identity + (far - identity) * step / 5) for step in range(6)]


def variants(component: Component) -> list[dict[str, Any]]:
    """The parameters at every choice of the component's lists."""
    found: list[dict[str, Any]] = [{}]
    for name, parameter in component.parameters.items():
        if get_origin(parameter.annotation) is Literal:
            found = [{**given, name: choice} for given in found for choice in get_args(parameter.annotation)]
    return found


CASES = [pytest.param(c, v, id=" ".join([c.name, *v.values()])) for c in COMPONENTS.values() for v in variants(c)]
every_variant = pytest.mark.parametrize(("component", "given_parameters"), CASES)


def at(component: Component, parameters: dict[str, Any], level: Any, seed: int = 0) -> Perturbation:
    return Perturbation(component.name, component.version, {**parameters, component.facts["severity"]: level}, seed)


def apply(texts: list[str], perturbation: Perturbation) -> list[Perturbed]:
    return perturb(texts, (perturbation,), Catalogue(COMPONENTS.values()))


def test_there_are_perturbations_to_hold_to_the_promises() -> None:
    assert {"keyboard", "truncate"} <= set(COMPONENTS)


@every_variant
def test_same_key_same_text_in_any_order_and_shard(component: Component, given_parameters: dict[str, Any]) -> None:
    perturbation = at(component, given_parameters, levels(component)[3])
    texts = sentences(40, 20)
    together = apply(texts, perturbation)
    assert apply(texts[::-1], perturbation) == together[::-1]
    assert [apply([text], perturbation)[0] for text in texts] == together


@pytest.mark.processes
def test_same_key_same_text_in_another_process_and_hash_seed() -> None:
    texts = sentences(20, 15)
    keys: list[tuple[str, dict[str, Any]]] = [
        (c.name, {**v, c.facts["severity"]: levels(c)[3]}) for c in COMPONENTS.values() for v in variants(c)
    ]
    code = (
        "import json, sys, hashlib, importlib\n"
        "from harness.conditions import RATES, perturb\n"
        "from harness.core.records import Perturbation\n"
        "from harness.core.registry import Catalogue, collect\n"
        "names, texts, keys = json.load(sys.stdin)\n"
        "there = Catalogue(collect(map(importlib.import_module, names)))\n"
        "out = [perturb(texts, (Perturbation(n, 1, p, 7),), there) for n, p in keys]\n"
        "print(hashlib.sha256(repr([[(r.text, r.edits) for r in o] for o in out]).encode()).hexdigest())"
    )
    here = [apply(texts, Perturbation(name, 1, parameters, 7)) for name, parameters in keys]
    expected = hashlib.sha256(repr([[(r.text, r.edits) for r in o] for o in here]).encode()).hexdigest()
    job = json.dumps([[m.__name__ for m in MODULES], texts, keys])
    for seed in ("0", "4711"):
        env = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONUTF8": "1",
        }
        ran = subprocess.run(
            [sys.executable, "-c", code], input=job, env=env, text=True, capture_output=True, check=True
        )
        assert ran.stdout.strip() == expected


@every_variant
@settings(deadline=None, max_examples=50)
@given(text=st.text(), seed=st.integers(0, 100))
def test_the_identity_changes_nothing(
    component: Component, given_parameters: dict[str, Any], text: str, seed: int
) -> None:
    result = apply([text], at(component, given_parameters, component.facts["identity"], seed))
    assert result == [Perturbed(text)]


@every_variant
@settings(deadline=None, max_examples=100)
@given(
    text=st.one_of(st.text(), st.lists(st.sampled_from(SPECIAL.split() + WORDS + ["\n", "\t", "a" * 50])).map(" ".join))
)
def test_any_unicode_survives_and_every_edit_changes_something(
    component: Component, given_parameters: dict[str, Any], text: str
) -> None:
    for level in levels(component):
        (result,) = apply([text], at(component, given_parameters, level))
        result.text.encode()
        assert all(text[edit.start : edit.end] != edit.replacement for edit in result.edits)


@every_variant
def test_more_severity_changes_more(component: Component, given_parameters: dict[str, Any]) -> None:
    """The number of characters that edits replace grows with every level, over many texts."""
    texts = sentences(200, 30)
    changed = []
    for level in levels(component):
        results = apply(texts, at(component, given_parameters, level))
        changed.append(sum(edit.end - edit.start for r in results for edit in r.edits))
    assert changed[0] == 0
    assert all(less < more for less, more in itertools.pairwise(changed))


@every_variant
def test_what_belongs_together_is_not_taken_apart(component: Component, given_parameters: dict[str, Any]) -> None:
    """Emoji, words with combining marks, other scripts, addresses, numbers are kept or dropped whole."""
    precious = [w for w in SPECIAL.split() if not (w.isascii() and w.isalpha())]
    for level in levels(component):
        for seed in range(10):
            (result,) = apply([SPECIAL], at(component, given_parameters, level, seed))
            kept = [w for w in result.text.split() if not (w.isascii() and w.isalpha())]
            assert set(kept) <= set(precious)


@every_variant
def test_a_text_of_one_megabyte_takes_seconds(component: Component, given_parameters: dict[str, Any]) -> None:
    """Also where there is no space, or nothing but what looks like an address."""
    hard = [sentences(1, 150_000)[0], "a" * 1_000_000, "@a.bc" * 200_000, " " * 1_000_000]
    start = time.perf_counter()
    apply(hard, at(component, given_parameters, levels(component)[4]))
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("n_words", [3, 40, 400])
def test_keyboard_reaches_its_rate_at_any_length(severity: int, n_words: int) -> None:
    texts = sentences(40_000 // n_words, n_words)
    n_eligible = sum(len(eligible_words(text)) for text in texts)
    results = apply(texts, Perturbation("keyboard", 1, {"severity": severity}, 0))
    achieved = sum(len(r.edits) for r in results) / n_eligible
    assert achieved == pytest.approx(RATES[severity], rel=0.1)


def test_keyboard_puts_a_neighbouring_key_and_keeps_case_and_first_letter() -> None:
    texts = ["SHOUTING government Parliament", *sentences(200, 20)]
    seen = set()
    for text, result in zip(texts, apply(texts, Perturbation("keyboard", 1, {"severity": 5}, 0)), strict=True):
        words = eligible_words(text)
        for edit in result.edits:
            old_key, new_key = text[edit.start : edit.end], edit.replacement
            assert (len(old_key), len(new_key)) == (1, 1)
            assert old_key.isupper() == new_key.isupper()
            assert any(first < edit.start < last for first, last in words)
            seen.add((old_key.lower(), new_key.lower()))
    assert ("e", "r") in seen
    assert not seen & {("e", "e"), ("e", "q"), ("e", "p"), ("n", "v")}


def test_keyboard_gives_a_word_one_typo_at_most() -> None:
    (text,) = sentences(1, 300)
    (result,) = apply([text], Perturbation("keyboard", 1, {"severity": 5}, 0))
    words = [next(w for w in eligible_words(text) if w[0] < edit.start < w[1]) for edit in result.edits]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("text", "eligible"),
    [
        ("Four word cat", ["Four", "word"]),
        ("couldn't state-of-the-art", ["couldn", "state"]),
        ("cafe\u0301s naïves straße", []),
        ("abcd1 snake_case 2000th x86words", []),
        ("at http://some.where/page, done", ["done"]),
        ("at ftp://localhost/page, done", ["done"]),
        ("ask some.body@where.org @somebody: example.com/what", []),
        ("(yes?) \u201cquoted\u201d word... then", ["quoted", "word", "then"]),
        ("soft\u00adhyphen zero\u200dwidth", []),
        ("tail@", []),
        ("привет hello", ["hello"]),
    ],
)
def test_keyboard_knows_which_words_are_eligible(text: str, eligible: list[str]) -> None:
    assert [text[start:end] for start, end in eligible_words(text)] == eligible


def test_keyboard_draws_other_typos_for_another_seed() -> None:
    texts = sentences(10, 40)
    one, two = (apply(texts, Perturbation("keyboard", 1, {"severity": 3}, seed)) for seed in (0, 1))
    assert one != two


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
    (result,) = apply([text], Perturbation("truncate", 1, {"keep": keep, "side": side}, 0))
    assert result.text == (expected if side not in ("first", "first+last") or keep == 1 else " " + expected)


@every_variant
def test_a_text_without_words_stays_as_it_is(component: Component, given_parameters: dict[str, Any]) -> None:
    for level in levels(component):
        assert apply(["", " \n ", "…"], at(component, given_parameters, level)) == [
            Perturbed(""),
            Perturbed(" \n "),
            Perturbed("…"),
        ]


def test_facts_tell_where_a_perturbation_attaches_and_what_it_draws() -> None:
    facts = {c.name: (c.facts["changes"], c.facts["uses"]) for c in (component_of(keyboard), component_of(truncate))}
    assert facts == {"keyboard": ("typed", ("perturb",)), "truncate": ("stored", ())}


@every_variant
def test_a_perturbation_that_draws_nothing_says_so(component: Component, given_parameters: dict[str, Any]) -> None:
    """Repeats collapse over what is not in `uses`, so this must be true."""
    texts = sentences(50, 40)
    one, two = (apply(texts, at(component, given_parameters, levels(component)[3], seed)) for seed in (0, 1))
    assert (one != two) == ("perturb" in component.facts["uses"])
