"""The README says what is true: its suite parses, its names exist, its table of bundles is the code's."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import suite, tasks
from harness.catalogue import catalogue
from harness.cli import (  # noqa: F401 - all commands
    app,
    baseline,
    doctor,
    export,
    fetch,
    gate,
    index,
    init,
    list_,
    plan,
    report,
    run,
    schema,
)
from harness.suite.conditions import KINDS
from harness.suite.naming import address
from harness.suite.schema import SuiteModel

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^#+ .*$", README, flags=re.MULTILINE)
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_the_suites_of_the_readme_are_suites() -> None:
    """A whole one, and the keys for fine-tuning, which are put into a small one."""
    whole, tuned = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    tuned = f"name: tuned\nencoders: [minilm]\ntasks: [bbc-topics]\n{tuned}"
    parsed, with_modes = (suite.parse(text, "README.yaml", catalogue(), (), tasks.faults) for text in (whole, tuned))
    assert [e.name for e in parsed.encoders] == ["minilm", "google-bert/bert-base-uncased", "./my-encoder"]
    assert [mode.component for mode in with_modes.modes] == ["probe", "finetune", "lp-ft", *["finetune"] * 6]


def test_the_bundles_of_the_readme_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` v(\d+).*\|", README, flags=re.MULTILINE))
    assert rows == {name: str(bundle.version) for name, bundle in catalogue().of("bundle").items()}
    for name, bundle in catalogue().of("bundle").items():
        row = next(line for line in README.splitlines() if line.startswith(f"| `{name}` v"))
        for component, parameters, _ in bundle.facts["members"]:
            found = catalogue().find(component, KINDS)
            assert found is not None
            assert f"`{address(found, parameters)}`" in row


@pytest.mark.parametrize(
    "kind", ["pooler", "mode", "objective", "baseline", "task", "perturbation", "reading", "shift", "slice", "metric"]
)
def test_every_component_stands_in_the_readme_or_beside_it(kind: str) -> None:
    docs = README + (ROOT / "docs" / "conditions.md").read_text(encoding="utf-8")
    missing = [name for name in catalogue().of(kind) if f"`{name}" not in docs and name not in README]
    assert missing == []


def test_every_key_of_a_suite_stands_in_the_readme() -> None:
    missing = [key for key in SuiteModel.model_fields if f"`{key}`" not in README and f"{key}:" not in README]
    assert missing == []


@pytest.mark.processes
def test_every_command_stands_in_the_readme() -> None:
    help_ = subprocess.run([sys.executable, "-m", "harness", "--help"], capture_output=True, text=True, check=True)
    commands = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    commands |= {group.name for group in app.registered_groups}
    assert [c for c in commands if c not in help_.stdout] == []
    assert [c for c in commands if f"`harness {c}" not in README] == []


def test_every_room_stands_in_the_architecture() -> None:
    rooms = [p.name for p in (ROOT / "harness").iterdir() if (p / "__init__.py").exists()]
    assert [room for room in rooms if f"`{room}/`" not in ARCHITECTURE] == []


def test_every_kind_of_component_stands_in_the_architecture_and_in_a_test_from_outside() -> None:
    """What "How to add" promises of a kind is tried by a run with one that nobody knows."""
    named = {"slice": "slice_", "format": "source_format", "task-kind": "task_kind"}
    decorators = {named.get(kind, kind) for kind in catalogue().kinds()} - {"task", "encoder"}  # rows of tables
    table = ARCHITECTURE.partition("## How to add")[2].partition("\n## ")[0]
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests/functional").glob("test_*.py"))
    assert [name for name in decorators if f"`@{name}" not in table] == []
    assert [name for name in decorators if f"@{name}(" not in tests] == []


def test_what_the_readme_links_to_is_there() -> None:
    links = [target for target in re.findall(r"\]\(([^)]+)\)", README) if not target.startswith("http")]
    headings = {"#" + re.sub(r"[^a-z -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in HEADINGS}
    assert [
        target for target in links if target not in headings and not (ROOT / target.partition("#")[0]).exists()
    ] == []
