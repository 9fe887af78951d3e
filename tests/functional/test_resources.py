"""Resources of a user's own: conditions ask for them by name, and what is in them decides keys."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.core import resources
from harness.core.errors import DataError, PluginError
from harness.results import Run
from tests.fakes.desk import Desk, failed
from tests.fakes.forked import harness

PLUGIN = '''
from dataclasses import replace

import numpy as np

from harness.conditions import Edit, perturbation, reading, resource, shift, slice_


@resource("slang", file="slang.txt")
def slang(path):
    """Words, with what people say for them."""
    return dict(line.split() for line in path.read_text(encoding="utf-8").splitlines())


@perturbation(
    "slangy", severity="share", identity=0.0, changes="typed", uses=(), resources=("slang",),
    legend="slang for {share} of the words that have some",
)
def slangy(text, rng, *, share: float = 1.0, slang):
    """Slang."""
    found = [(word, text.find(word)) for word in slang]
    return [Edit(at, at + len(word), slang[word]) for word, at in found if at >= 0] if share else []


@slice_("has-slang", matched_on=("label",), resources=("slang",), legend="texts with words that have slang")
def has_slang(test, *, slang):
    """Texts with a word that has slang."""
    return np.array([any(word in text for word in slang) for text in test.text])


@reading("slang-read", resources=("slang",))
def slang_read(tokenization, *, slang):
    """As many tokens as there are words of slang, and ten."""
    return replace(tokenization, max_length=10 + len(slang))


@shift("slang-shift", resources=("slang",))
def slang_shift(sizes, own, *, slang):
    """From the first shop to the second."""
    first, second, *_ = sorted(sizes)
    return [((first,), second)] if slang else []
'''
SUITE = """
name: mine
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv, domain: shop}]
conditions: [slangy, {slangy: {share: 0.5, apply: both}}, has-slang, slang-read, slang-shift]
baselines: []
latency: false
device: cpu
"""


def keys(run: Path) -> dict[str, str]:
    return {cell.address.condition: str(cell.key) for cell in Run(run).cells}


@pytest.mark.processes
def test_a_plugin_brings_a_word_list_and_conditions_that_read_it(desk: Desk) -> None:
    """From end to end; another list is another condition, and leaves other cells as they are."""
    (desk.path / "mine.py").write_text(PLUGIN, encoding="utf-8")
    (desk.path / "slang.txt").write_text("lovely ace\nrude harsh\nstale iffy\n", encoding="utf-8")
    desk.suite(SUITE)
    said = harness(desk, "run", "suite.yaml", "-o", "run", "--plugin", "mine.py")
    assert said.code == 0, said.out + said.err
    run, before = Run(desk.path / "run"), keys(desk.path / "run")
    assert failed(run) == {}
    facts = {cell.address.condition: cell.facts for cell in run.cells}
    assert 0.3 < facts["slangy@1"].texts_changed < 1
    assert facts["slangy@1"].edits_per_text > 0.3
    assert {"slangy[both]@0.5", "has-slang", "has-slang:control", "slang-read"} <= before.keys()
    page = (desk.path / "run/report.md").read_text(encoding="utf-8")
    assert "slang for 1 of the words that have some" in page
    assert "in training and test texts: slang for 0.5 of the words that have some" in page
    assert "texts with words that have slang" in page
    with (desk.path / "run/results.csv").open(encoding="utf-8") as file:
        assert {"slangy", "has-slang"} <= {line["component"] for line in csv.DictReader(file)}
    (desk.path / "slang.txt").write_text("lovely ace\nrude harsh\nfresh wicked\n", encoding="utf-8")
    said = harness(desk, "plan", "suite.yaml", "-o", "run", "--plugin", "mine.py")
    assert "reruns: reviews / one / mean / probe / slangy@1: its perturbations changed" in said.out
    said = harness(desk, "run", "suite.yaml", "-o", "run", "--plugin", "mine.py")
    assert said.code == 0, said.out + said.err
    after = keys(desk.path / "run")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"slangy@1", "slangy[both]@0.5", "has-slang", "has-slang:control"}
    listed = harness(desk, "list", "resources", "--plugin", "mine.py")
    assert "slang              Words, with what people say for them." in listed.out


@pytest.mark.processes
def test_a_list_that_is_not_there_is_told_before_anything_runs(desk: Desk) -> None:
    (desk.path / "mine.py").write_text(PLUGIN, encoding="utf-8")
    desk.suite(SUITE)
    said = harness(desk, "run", "suite.yaml", "-o", "run", "--plugin", "mine.py")
    assert said.code == 2
    assert f"the resource 'slang' is the file {desk.path / 'slang.txt'}, which is not there." in said.err
    assert "Traceback" not in said.err


ASKING = """
from harness.conditions import perturbation, resource

{more}

@perturbation("p", severity="n", identity=0, changes="typed", resources=("{name}",))
def p(text, rng, *, n: int = 1, slang=None):
    "Nothing."
    return []
"""


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("slang", "", "the perturbation 'p' asks for the resource 'slang', which nobody gives."),
        ("n_tokens", "", "p asks for the resource 'n_tokens' and has no keyword-only argument for it"),
        ("slang", "@resource('slang')\ndef slang(path): 'x'", "the resource slang needs a `file` or an `asset`"),
    ],
)
def test_what_cannot_be_given_is_told_when_the_plugin_is_read(
    name: str, more: str, said: str, brought: Callable[[str], None]
) -> None:
    brought(ASKING.format(name=name, more=more))
    with pytest.raises(PluginError) as told:
        catalogue()
    assert said in str(told.value)


def test_an_option_of_all_perturbations_is_no_argument_of_one(brought: Callable[[str], None]) -> None:
    brought(ASKING.format(name="slang", more="").replace("n: int = 1", "n: int = 1, apply: str = 'x'"))
    with pytest.raises(PluginError, match="p has an argument 'apply', which stands for something else in suites"):
        catalogue()


def test_a_list_that_changes_during_a_run_spoils_no_result(tmp_path: Path, brought: Callable[[str], None]) -> None:
    brought(PLUGIN)
    (tmp_path / "slang.txt").write_text("a b\n", encoding="utf-8")
    user = catalogue().get("perturbation", "slangy")
    planned = resources.contents(user, catalogue())
    assert resources.values(user, catalogue(), planned) == {"slang": {"a": "b"}}
    (tmp_path / "slang.txt").write_text("a c\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"the resource 'slang' .* changed since the run was planned"):
        resources.values(user, catalogue(), planned)
    assert resources.values(user, catalogue(), resources.contents(user, catalogue())) == {"slang": {"a": "c"}}


def test_a_packaged_file_may_be_a_resource(brought: Callable[[str], None]) -> None:
    """Its hash is that of the asset."""
    from harness import assets

    brought(
        "from harness.conditions import resource\n"
        "@resource('wrong-words', asset='misspellings')\ndef wrong(path):\n    'Misspellings.'\n    return path.name\n"
    )
    user = catalogue().get("resource", "wrong-words")
    asset = assets.assets()["misspellings"]
    assert user(user.facts["path"]()) == asset.source.file
