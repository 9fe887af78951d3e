"""The suites that are shipped: each is planned, has a make target, and those without the hub run as small versions."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness import api
from harness.tasks import builtin

ROOT = Path(__file__).parents[2]
SHIPPED = api.shipped()
#: Those that name data of the hub.
HUB = ("hub", "mteb", "senteval")
COMMIT = re.compile("[0-9a-f]{40}")
#: What is named by a branch, since no commit of it is published elsewhere.
BRANCHES = {"hub:SetFit/SentEval-CR"}


def specs(name: str) -> list[Mapping[str, object]]:
    return [task.spec for task in api.suite(name).tasks if task.spec]


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_shipped_suite_is_sound_under_its_name(name: str) -> None:
    suite = api.suite(name)
    assert suite.name == name
    assert bool(specs(name)) == (name in HUB)
    assert name in HUB or {task.name.partition("/")[0] for task in suite.tasks} <= set(builtin())


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - {"hub"}))
def test_a_shipped_suite_has_a_make_target(name: str) -> None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"\n{name}: $(VENV)/.ready ## " in made
    assert f"\n\t$(BIN)/harness run {name}\n" in made


@pytest.mark.parametrize("name", HUB)
def test_data_of_the_hub_is_held_to_a_commit(name: str) -> None:
    for spec in specs(name):
        is_branch = spec["data"] in BRANCHES
        assert bool(COMMIT.fullmatch(str(spec["revision"]))) != is_branch, spec["name"]
