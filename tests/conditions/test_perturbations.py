"""What every perturbation promises."""

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
import regex
from annotated_types import Interval
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.conditions import perturb, perturbations
from harness.conditions.edits import Perturbed
from harness.core import resources
from harness.core.records import Perturbation
from harness.core.registry import Catalogue, Component, collect

pytestmark = pytest.mark.assets

MODULES = [
    importlib.import_module(m.name)
    for m in pkgutil.iter_modules(perturbations.__path__, "harness.conditions.perturbations.")
]
THERE = Catalogue(collect(MODULES))
#: All but what a user's file says, which has no severity: `test_replace.py`.
COMPONENTS = {name: c for name, c in THERE.of("perturbation").items() if c.facts["severity"]}
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
    "Said Jane Doe in Paris family \U0001f468\u200d\U0001f469\u200d\U0001f467 thumbs \U0001f44d\U0001f3fd flags "
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
    identity: Any = bounds.ge if component.facts["identity"] is None else component.facts["identity"]
    far: Any = bounds.le if identity == bounds.ge else bounds.ge
    return [kind(identity + (far - identity) * step / 5) for step in range(6)]


def variants(component: Component) -> list[dict[str, Any]]:
    """The parameters at every choice of the component's lists."""
    found: list[dict[str, Any]] = [{}]
    for name, parameter in component.parameters.items():
        if get_origin(parameter.annotation) is Literal:
            found = [{**given, name: choice} for given in found for choice in get_args(parameter.annotation)]
    return found


CASES = [(c, v) for c in COMPONENTS.values() for v in variants(c)]
every_variant = pytest.mark.parametrize(
    ("component", "given_parameters"), [pytest.param(c, v, id=" ".join([c.name, *v.values()])) for c, v in CASES]
)
every_scale = pytest.mark.parametrize(
    ("component", "given_parameters"),
    [pytest.param(c, v, id=" ".join([c.name, *v.values()])) for c, v in CASES if c.facts["identity"] is not None],
)


def at(component: Component, parameters: dict[str, Any], level: Any, seed: int = 0) -> Perturbation:
    given = {**parameters, component.facts["severity"]: level, "resources": resources.contents(component, THERE)}
    return Perturbation(component.name, component.version, given, seed)


def apply(texts: list[str], perturbation: Perturbation) -> list[Perturbed]:
    return perturb(texts, (perturbation,), THERE)


def test_there_are_perturbations_to_hold_to_the_promises() -> None:
    assert {"keyboard", "truncate", "human-misspellings", "distractors"} <= set(COMPONENTS)


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
    made = [at(c, v, levels(c)[3], 7) for c, v in CASES]
    keys = [(p.name, p.version, dict(p.parameters)) for p in made]
    code = (
        "import json, sys, hashlib, importlib\n"
        "from harness.conditions import perturb\n"
        "from harness.core.records import Perturbation\n"
        "from harness.core.registry import Catalogue, collect\n"
        "names, texts, keys = json.load(sys.stdin)\n"
        "there = Catalogue(collect(map(importlib.import_module, names)))\n"
        "out = [perturb(texts, (Perturbation(n, v, p, 7),), there) for n, v, p in keys]\n"
        "print(hashlib.sha256(repr([[(r.text, r.edits) for r in o] for o in out]).encode()).hexdigest())"
    )
    here = [apply(texts, one) for one in made]
    expected = hashlib.sha256(repr([[(r.text, r.edits) for r in o] for o in here]).encode()).hexdigest()
    job = json.dumps([[m.__name__ for m in MODULES], texts, keys])
    seed = "0" if os.environ.get("PYTHONHASHSEED") == "4711" else "4711"  # another than that of this process
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"}
    ran = subprocess.run([sys.executable, "-c", code], input=job, env=env, text=True, capture_output=True, check=True)
    assert ran.stdout.strip() == expected


@every_scale
@settings(deadline=None, max_examples=20)
@given(text=st.text(), seed=st.integers(0, 100))
def test_the_identity_changes_nothing(
    component: Component, given_parameters: dict[str, Any], text: str, seed: int
) -> None:
    result = apply([text], at(component, given_parameters, component.facts["identity"], seed))
    assert result == [Perturbed(text)]


@every_variant
@settings(deadline=None, max_examples=40)
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


@every_scale
def test_more_severity_changes_more(component: Component, given_parameters: dict[str, Any]) -> None:
    """The number of characters that edits take away or put there grows with every level, over many texts."""
    texts = [f"He said Jane is naïve, good; {text}" for text in sentences(200, 30)]
    changed = []
    for level in levels(component):
        results = apply(texts, at(component, given_parameters, level))
        changed.append(sum(edit.end - edit.start + len(edit.replacement) for r in results for edit in r.edits))
    assert changed[0] == 0
    assert all(less < more for less, more in itertools.pairwise(changed))


@every_scale
def test_what_a_severity_changes_a_higher_one_changes_too(
    component: Component, given_parameters: dict[str, Any]
) -> None:
    if "finds" not in component.facts:
        pytest.skip("it changes no words")
    texts = [f"He said Jane is naïve, good; {text}" for text in sentences(50, 30)]
    mild, harsh = (apply(texts, at(component, given_parameters, levels(component)[n])) for n in (2, 4))
    assert all(set(less.edits) <= set(more.edits) for less, more in zip(mild, harsh, strict=True))
    assert mild != harsh


@every_variant
def test_what_belongs_together_is_not_taken_apart(component: Component, given_parameters: dict[str, Any]) -> None:
    """Emoji, scripts without spaces, addresses are kept or dropped whole; no letter loses its marks or gets one."""
    marked = ["cafe\u0301s", "\u0928\u092e\u0938\u094d\u0924\u0947"]
    # of nlpaug's signs some are those of addresses
    signs = "\u200d\U0001f3fd\U0001f1e9今" + "@/" * (not component.name.startswith("nlpaug:"))
    precious = [w for w in SPECIAL.split() if any(c in w for c in signs)]
    for level in levels(component):
        for seed in range(10):
            (result,) = apply([SPECIAL], at(component, given_parameters, level, seed))
            there = result.text.split()
            assert [w for w in there if any(c in w for c in signs)] == [w for w in precious if w in there]
            for text in apply(marked, at(component, given_parameters, level, seed)):
                assert not regex.match(r"\p{M}", text.text)
                assert not regex.search(r"[\s\p{P}]\p{M}", text.text)


@every_variant
def test_a_text_of_one_megabyte_takes_seconds(component: Component, given_parameters: dict[str, Any]) -> None:
    """Also where there is no space, or nothing but what looks like an address; of words, two fifths are read."""
    perturbation = at(component, given_parameters, levels(component)[4])
    hard = ["a" * 1_000_000, "@a.bc" * 200_000, " " * 1_000_000]
    for texts, seconds in ((sentences(1, 60_000), 8), (hard, 12)):
        start = time.perf_counter()
        apply(texts, perturbation)
        assert time.perf_counter() - start < seconds


@every_variant
def test_a_text_without_words_stays_as_it_is(component: Component, given_parameters: dict[str, Any]) -> None:
    for level in levels(component):
        assert [p.text for p in apply(["", " \n "], at(component, given_parameters, level))] == ["", " \n "]


@every_variant
def test_a_perturbation_that_draws_nothing_says_so(component: Component, given_parameters: dict[str, Any]) -> None:
    """Repeats collapse over what is not in `uses`, so this must be true."""
    texts = [f"He said Jane and Joe met Ann, Tom, Kim in 1999. naïve résumé café; {text}" for text in sentences(50, 40)]
    one, two = (apply(texts, at(component, given_parameters, levels(component)[3], seed)) for seed in (0, 1))
    assert (one != two) == ("perturb" in component.facts["uses"])
