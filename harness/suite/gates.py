"""The gate's part of a suite: does every name in it stand in the suite, does every threshold say one thing."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.suite.faults import Faults, Path, entries, names_of
from harness.suite.model import Choice
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


def check(raw: Mapping[str, Any], axes: Mapping[str, Iterable[Choice]], faults: Faults) -> None:
    """Everything that is wrong under `gate:`, beyond its shape."""
    gate = raw.get("gate")
    if not isinstance(gate, dict):
        return
    known = known_names(raw, axes, faults)
    check_names(gate.get("primary"), known, faults, ("gate", "primary"))
    for index, threshold in entries(gate, "thresholds"):
        path: Path = ("gate", "thresholds", index)
        check_names(threshold, known, faults, path)
        if not isinstance(threshold, dict):
            continue
        if set(threshold) - set(_ROW) not in FORMS:
            said = ", ".join(f"{key}: {value}" for key, value in threshold.items())
            faults.add(path, f"{{{said}}} is no threshold.", _ADVICE)
        elif "drop" in threshold and threshold["max"] == 1 and threshold["max"] is not True:
            said = f"gate.thresholds.{index}.max is {threshold['max']}: a drop of everything, which always holds."
            faults.add((*path, "max"), said, "Write 0.01 for one point, 2 for two.")


def known_names(raw: Mapping[str, Any], axes: Mapping[str, Iterable[Choice]], faults: Faults) -> dict[str, list[str]]:
    """The names that each key may have. No pooler is named where each encoder has its own."""
    named = {axis: [choice.name for choice in choices] for axis, choices in axes.items()}
    given = raw if "baselines" in raw else {"baselines": SuiteModel.model_fields["baselines"].default}
    return {
        "encoder": [*names_of(raw, "encoders"), *names_of(given, "baselines")],
        "pooler": named["poolers"] or list(faults.catalogue.of("pooler")),
        "mode": named["modes"],
        "task": names_of(raw, "tasks"),
        "metric": list(faults.catalogue.of("metric")),
        "drop": named["conditions"],
    }


def check_names(given: Any, known: Mapping[str, list[str]], faults: Faults, path: Path) -> None:
    """Whether what a row is named by stands in the suite."""
    for key, name in given.items() if isinstance(given, dict) else ():
        if key in known and isinstance(name, str) and name not in known[key]:
            faults.unknown((*path, key), f"{key} {name!r} is not in this suite.", name, known[key], "There")
