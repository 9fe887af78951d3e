"""What docs/ci.md says is true of the code."""

import re
from pathlib import Path
from typing import get_args

from harness import suite, tasks
from harness.catalogue import catalogue
from harness.gate.model import Verdict

DOCS = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")


def test_every_verdict_is_explained() -> None:
    rows = set(re.findall(r"^\| `([a-z ]+)` \|", DOCS, flags=re.MULTILINE))
    assert rows == set(get_args(Verdict))


def test_the_thresholds_shown_are_thresholds() -> None:
    text = next(block for block in re.findall(r"```yaml\n(.*?)```", DOCS, flags=re.DOTALL) if "thresholds" in block)
    head = "name: x\nencoders: [minilm]\ntasks: [{name: tickets, data: t.csv, text: a, label: b}]\n"
    parsed = suite.parse(f"{head}conditions: [misspellings]\n{text}", "ci.yaml", catalogue(), (), tasks.faults)
    assert (parsed.gate["margin"], len(parsed.gate["thresholds"])) == (0.02, 4)


def test_the_workflow_is_yaml_that_calls_the_commands() -> None:
    from ruamel.yaml import YAML

    text = next(block for block in re.findall(r"```yaml\n(.*?)```", DOCS, flags=re.DOTALL) if "runs-on" in block)
    steps = YAML(typ="safe").load(text)["jobs"]["gate"]["steps"]
    said = " ".join(step.get("run", "") for step in steps)
    assert "harness run tickets.yaml" in said
    assert '"$HARNESS"' in said
    assert not re.search(r"pip install.* encoder-harness\b", DOCS)  # a name that no index has
    assert "harness gate reports/tickets --baseline tickets.baseline.json" in said
