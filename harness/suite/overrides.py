"""`--set max_samples.test=200`: values from the command line, put into a suite before it is checked."""

from typing import Any

from harness.core.errors import Fault
from harness.suite import document


def apply(raw: Any, override: str) -> list[Fault]:
    """Put a YAML value at a dotted path, and say what is wrong where that cannot be done."""
    path, equals, text = override.partition("=")
    keys = path.split(".")
    if not equals or not all(keys):
        return [_fault(override, "expected KEY=VALUE.", "For example --set max_samples.test=200.")]
    value, wrong = document.read(text, "")
    if wrong:
        return [_fault(override, f"{text!r} is {wrong[0].message}", wrong[0].suggestion)]
    node = raw
    for place, key in enumerate(keys):
        if isinstance(node, list):
            if not (key.isdecimal() and int(key) < len(node)):
                there = f"it has {len(node)}, counted from 0" if node else "it is empty"
                return [_fault(override, f"{'.'.join(keys[:place])} is a list without an entry {key!r}; {there}.")]
        elif not isinstance(node, dict):
            return [_fault(override, f"{'.'.join(keys[:place])} is {node!r}; nothing can be set in it.")]
        step: Any = int(key) if isinstance(node, list) else key
        if place == len(keys) - 1:
            node[step] = value
        elif isinstance(node, dict) and node.get(step) is None:
            node[step] = {}
        node = node[step]
    return []


def _fault(override: str, message: str, suggestion: str = "") -> Fault:
    return Fault(f"--set {override}", message, suggestion)
