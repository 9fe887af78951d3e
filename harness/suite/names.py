"""The names in a suite: is each known, does none stand twice, is what refers to it there."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.core.files import is_there
from harness.core.records import Backend
from harness.core.registry import nearest
from harness.suite import recipes
from harness.suite.faults import Faults, entries, name_of, names_of

#: A task mapping that says no more than this is a built-in task.
BUILTIN_FIELDS = {"name", "max_samples"}

#: Who owns on the hub what was once named there without an owner, by how the names begin.
_HUB_OWNERS = MappingProxyType(
    {
        "bert-": "google-bert",
        "roberta-": "FacebookAI",
        "xlm-roberta-": "FacebookAI",
        "distilbert-": "distilbert",
        "distilroberta-": "distilbert",
        "albert-": "albert",
        "mpnet-": "microsoft",
        "deberta-": "microsoft",
        "t5-": "google-t5",
        "xlnet-": "xlnet",
        "all-": "sentence-transformers",
        "multi-qa-": "sentence-transformers",
        "paraphrase-": "sentence-transformers",
    }
)


def check(raw: Mapping[str, Any], faults: Faults, folder: Path) -> None:
    """Everything that is wrong with names, for entries of the right shape; others are told elsewhere.

    `folder` is where paths of the suite begin.
    """
    for index, entry in entries(raw, "tasks"):
        if isinstance(entry, dict) and set(entry) - BUILTIN_FIELDS:
            _check_metrics(entry, faults, index)
        elif isinstance(name := name_of(entry), str):
            _check_builtin_task(name, faults, index)
    baselines = faults.catalogue.of("baseline")
    for index, name in entries(raw, "baselines"):
        if isinstance(name, str) and name not in baselines:
            faults.unknown(("baselines", index), f"baseline {name!r} is not known.", name, baselines)
    for index, entry in entries(raw, "encoders"):
        checkpoint = entry.get("checkpoint", entry.get("name")) if isinstance(entry, dict) else entry
        if isinstance(name := name_of(entry), str) and name in baselines:
            message = f"the name {name!r} is that of a row without an encoder."
            faults.add(("encoders", index), message, "Give it a `name:` of its own.")
        elif checkpoint not in [name_of(other) for other in raw["encoders"] if other is not entry]:
            _check_encoder(checkpoint, faults, index, folder)
        if isinstance(entry, dict):
            _check_backend(entry, faults, index)
            _check_truncation(entry, faults, index)
    for key in ("encoders", "tasks", "baselines"):
        _check_twice(raw, key, faults)
    recipes.check_circles(raw, faults, folder)
    _check_reference(raw, faults)


def _check_encoder(name: Any, faults: Faults, index: int, folder: Path) -> None:
    """A bare word that is nearly a built-in encoder, or a hub id without its owner; of others only the run can tell."""
    known = faults.catalogue.of("encoder")
    if not isinstance(name, str) or not known or name in known or not name.isprintable() or "/" in name:
        return
    if name.startswith((".", "~")) or is_there(folder / name):
        return
    owner = next((owner for start, owner in _HUB_OWNERS.items() if name.lower().startswith(start)), None)
    owned = f"Did you mean {f'{owner}/{name}'!r}?" if owner else ""
    near = [one for one in known if not known[one].facts.get("is_random") or "rand" in name.lower()]
    if hint := nearest(name, near) if "rand" in name.lower() else owned or nearest(name, near):
        advice = f"{hint} Built in: {', '.join(known)}; else a folder with weights, or a hub id (owner/name)."
        faults.add(("encoders", index), f"encoder {name!r} is not known, and no folder is called so.", advice)


def _check_backend(encoder: Mapping[str, Any], faults: Faults, index: int) -> None:
    """A backend that nobody knows, or a precision that it has not; whether this machine has them only the run tells."""
    name, precision = encoder.get("backend", Backend.runtime), encoder.get("precision")
    known = faults.catalogue.of("backend")
    if not isinstance(name, str):
        return
    if name not in known:
        faults.unknown(("encoders", index, "backend"), f"backend {name!r} is not known.", name, known)
    elif isinstance(precision, str) and precision not in (has := known[name].facts["precisions"]):
        message = f"backend {name} has no precision {precision!r}."
        faults.unknown(("encoders", index, "precision"), message, precision, has, "It has")


def _check_truncation(encoder: Mapping[str, Any], faults: Faults, index: int) -> None:
    """What is said of windows where there are none."""
    given = encoder.get("truncation")
    for key in ("aggregate", "stride"):
        if isinstance(given, dict) and given.get("read") in ("head", "tail", "head+tail") and key in given:
            message = f"{key} is for windows, and {given['read']} is read."
            faults.add(("encoders", index, "truncation", key), message, "Leave it out, or write `read: windows`.")


def _check_builtin_task(name: str, faults: Faults, index: int) -> None:
    known = faults.catalogue.of("task")
    base, _, domain = name.partition("/")
    if base not in known:
        advice = f"{nearest(base, known)} Built in: {', '.join(known)}; your own needs `data:`.".strip()
        faults.add(("tasks", index), f"task {name!r} is not known.", advice)
    elif domain and domain not in (domains := known[base].facts["domains"]):
        faults.unknown(("tasks", index), f"{base} has no domain {domain!r}.", domain, domains, "It has")


def _check_metrics(task: Mapping[str, Any], faults: Faults, index: int) -> None:
    """Metrics that are not known, or are not for this kind of task."""
    kinds = faults.catalogue.of("task-kind")
    kind = task.get("kind") or next((name for name, known in kinds.items() if known.facts.get("default")), "")
    if not isinstance(kind, str) or kind not in kinds:
        return
    target = getattr(kinds[kind].function, "target", "")
    fitting = [name for name, metric in faults.catalogue.of("metric").items() if target in metric.facts["targets"]]
    for place, name in entries(task, "metrics"):
        if isinstance(name, str) and name not in fitting:
            path = ("tasks", index, "metrics", place)
            faults.unknown(path, f"metric {name!r} is not known here.", name, fitting, f"For {kind}")


def _check_twice(raw: Mapping[str, Any], key: str, faults: Faults) -> None:
    seen = set()
    for index, entry in entries(raw, key):
        name = name_of(entry)
        if not isinstance(name, str):
            continue
        if name in seen:
            advice = "" if key == "baselines" else "Give one a `name:` of its own."
            faults.add((key, index), f"the name {name!r} stands twice.", advice)
        seen.add(name)


def _check_reference(raw: Mapping[str, Any], faults: Faults) -> None:
    latency = raw.get("latency")
    named = latency.get("reference") if isinstance(latency, dict) else None
    names = dict.fromkeys(names_of(raw, "encoders"))
    if isinstance(named, str) and named not in names:
        message, there = f"reference {named!r} is not in this suite.", filter(str.isprintable, names)
        faults.unknown(("latency", "reference"), message, named, [*there], "The encoders are")
