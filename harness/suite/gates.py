"""The gate's part of a suite: does every name in it stand in the suite, does every threshold say one thing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.core.errors import Fault
from harness.core.registry import Catalogue, nearest
from harness.suite.model import Choice
from harness.suite.position import Path, Places, entries, names_of
from harness.suite.schema import SuiteModel

#: What a threshold may be made of: one of these sets of keys, beside the keys that name a row.
FORMS = (
    {"metric", "min"},
    {"metric", "max"},
    {"drop", "max"},
    {"value", "within", "source"},
    {"metric", "value", "within", "source"},
)
_ADVICE = (
    "Write {metric: accuracy, min: 0.9}, {metric: …, max: …}, {drop: misspellings, max: 0.05} or "
    "{value: 78.99, within: 0.1, source: …}."
)
_ROW = ("encoder", "pooler", "mode", "task")


def faults(
    raw: Mapping[str, Any], axes: Mapping[str, Iterable[Choice]], catalogue: Catalogue, places: Places
) -> Iterator[Fault]:
    """Everything that is wrong under `gate:`, beyond its shape."""
    gate = raw.get("gate")
    if not isinstance(gate, dict):
        return
    known = _known(raw, axes, catalogue)
    primary = gate.get("primary")
    if isinstance(primary, dict):
        yield from _names(primary, known, places, ("gate", "primary"))
    for index, threshold in entries(gate, "thresholds"):
        if isinstance(threshold, dict):
            path: Path = ("gate", "thresholds", index)
            yield from _names(threshold, known, places, path)
            if set(threshold) - set(_ROW) not in FORMS:
                yield places.fault(path, f"{_said(threshold)} is no threshold.", _ADVICE)
            elif "drop" in threshold and threshold["max"] == 1 and threshold["max"] is not True:
                said = f"gate.thresholds.{index}.max is {threshold['max']}: a drop of everything, which always holds."
                yield places.fault((*path, "max"), said, "Write 0.01 for one point, 2 for two.")


def _said(threshold: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in threshold.items()) + "}"


def _known(raw: Mapping[str, Any], axes: Mapping[str, Iterable[Choice]], catalogue: Catalogue) -> dict[str, list[str]]:
    """The names that each key may have. No pooler is named where each encoder has its own."""
    poolers = [choice.name for choice in axes["poolers"]] or list(catalogue.of("pooler"))
    return {
        "encoder": [*names_of(raw, "encoders"), *_baselines(raw, catalogue)],
        "pooler": poolers,
        "mode": [choice.name for choice in axes["modes"]],
        "task": names_of(raw, "tasks"),
        "metric": list(catalogue.of("metric")),
        "drop": [choice.name for choice in axes["conditions"]],
    }


def _baselines(raw: Mapping[str, Any], catalogue: Catalogue) -> list[str]:
    return names_of(raw, "baselines") if "baselines" in raw else SuiteModel.model_fields["baselines"].default


def _names(given: Mapping[str, Any], known: Mapping[str, list[str]], places: Places, path: Path) -> Iterator[Fault]:
    for key, allowed in known.items():
        name = given.get(key)
        if isinstance(name, str) and name not in allowed:
            suggestion = f"{nearest(name, allowed)} There: {', '.join(allowed) or 'none'}.".strip()
            yield places.fault((*path, key), f"{key} {name!r} is not in this suite.", suggestion)
