"""The names in a suite: is each known, does none stand twice, is what refers to it there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.core.errors import Fault
from harness.core.files import is_there
from harness.core.records import Backend
from harness.core.registry import Catalogue, nearest
from harness.suite import recipes
from harness.suite.position import Places, entries, name_of, names_of

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
        "t5-": "google-t5",
        "xlnet-": "xlnet",
        "all-": "sentence-transformers",
        "multi-qa-": "sentence-transformers",
        "paraphrase-": "sentence-transformers",
    }
)


def faults(raw: Mapping[str, Any], catalogue: Catalogue, places: Places, folder: Path) -> Iterator[Fault]:
    """Everything that is wrong with names, for entries of the right shape; others are told elsewhere.

    `folder` is where paths of the suite begin.
    """
    for index, entry in entries(raw, "tasks"):
        own = isinstance(entry, dict) and bool(set(entry) - BUILTIN_FIELDS)
        if own:
            yield from _metrics(entry, catalogue, places, index)
        elif isinstance(name := name_of(entry), str):
            yield from _builtin_task(name, catalogue, places, index)
    baselines = catalogue.of("baseline")
    for index, name in entries(raw, "baselines"):
        if isinstance(name, str) and name not in baselines:
            suggestion = f"{nearest(name, baselines)} Known: {', '.join(baselines)}.".strip()
            yield places.fault(("baselines", index), f"baseline {name!r} is not known.", suggestion)
    for index, entry in entries(raw, "encoders"):
        if isinstance(name := name_of(entry), str) and name in baselines:
            message = f"the name {name!r} is that of a row without an encoder."
            yield places.fault(("encoders", index), message, "Give it a `name:` of its own.")
        elif isinstance(checkpoint := _checkpoint(entry), str):
            beside = [name_of(other) for other in raw["encoders"] if other is not entry]
            if checkpoint not in beside:
                yield from _encoder(checkpoint, catalogue, places, index, folder)
        if isinstance(entry, dict):
            yield from _backend(entry, catalogue, places, index)
    for key in ("encoders", "tasks", "baselines"):
        yield from _twice(raw, key, places)
    yield from recipes.in_circles(raw.get("encoders"), catalogue, places, folder)
    yield from _reference(raw, places)


def _checkpoint(entry: Any) -> Any:
    return entry.get("checkpoint", entry.get("name")) if isinstance(entry, dict) else entry


def _encoder(name: str, catalogue: Catalogue, places: Places, index: int, folder: Path) -> Iterator[Fault]:
    """A bare word that is nearly a built-in encoder, or a hub id without its owner; of others only the run can tell."""
    known = catalogue.of("encoder")
    if (
        not known
        or name in known
        or not name.isprintable()
        or "/" in name
        or name.startswith((".", "~"))
        or is_there(folder / name)
    ):
        return
    owner = next((owner for start, owner in _HUB_OWNERS.items() if name.lower().startswith(start)), None)
    hint = nearest(name, known) or (f"Did you mean {f'{owner}/{name}'!r}?" if owner else "")
    if not hint:
        return
    advice = f"{hint} Built in: {', '.join(known)}; else a folder with weights, or a hub id (owner/name).".strip()
    yield places.fault(("encoders", index), f"encoder {name!r} is not known, and no folder is called so.", advice)


def _backend(encoder: Mapping[str, Any], catalogue: Catalogue, places: Places, index: int) -> Iterator[Fault]:
    """A backend that nobody knows, or a precision that it has not; whether this machine has them only the run tells."""
    name, known = encoder.get("backend", Backend.runtime), catalogue.of("backend")
    precision = encoder.get("precision")
    if isinstance(name, str) and name not in known:
        suggestion = f"{nearest(name, known)} Known: {', '.join(known)}.".strip()
        yield places.fault(("encoders", index, "backend"), f"backend {name!r} is not known.", suggestion)
    elif isinstance(name, str) and isinstance(precision, str):
        has = known[name].facts["precisions"]
        if precision not in has:
            suggestion = f"{nearest(precision, has)} It has: {', '.join(has)}.".strip()
            message = f"backend {name} has no precision {precision!r}."
            yield places.fault(("encoders", index, "precision"), message, suggestion)


def _builtin_task(name: str, catalogue: Catalogue, places: Places, index: int) -> Iterator[Fault]:
    known = catalogue.of("task")
    base, _, domain = name.partition("/")
    if base not in known:
        suggestion = f"{nearest(base, known)} Built in: {', '.join(known)}; your own needs `data:`.".strip()
        yield places.fault(("tasks", index), f"task {name!r} is not known.", suggestion)
        return
    domains = known[base].facts["domains"]
    if domain and domain not in domains:
        listed = f"It has: {', '.join(domains)}." if domains else "It has no domains."
        suggestion = f"{nearest(domain, domains)} {listed}".strip()
        yield places.fault(("tasks", index), f"{base} has no domain {domain!r}.", suggestion)


def _metrics(task: Mapping[str, Any], catalogue: Catalogue, places: Places, index: int) -> Iterator[Fault]:
    """Metrics that are not known, or are not for this kind of task."""
    kinds = catalogue.of("task-kind")
    said = task.get("kind")
    kind = (
        said
        if isinstance(said, str) and said
        else next((name for name, known in kinds.items() if known.facts.get("default")), "")
    )
    target = getattr(kinds[kind].function, "target", "") if kind in kinds else ""
    fitting = [name for name, metric in catalogue.of("metric").items() if target in metric.facts["targets"]]
    for place, name in entries(task, "metrics"):
        if isinstance(name, str) and fitting and name not in fitting:
            suggestion = f"{nearest(name, fitting)} For {kind}: {', '.join(fitting)}.".strip()
            yield places.fault(("tasks", index, "metrics", place), f"metric {name!r} is not known here.", suggestion)


def _twice(raw: Mapping[str, Any], key: str, places: Places) -> Iterator[Fault]:
    seen = set()
    for index, entry in entries(raw, key):
        name = name_of(entry)
        if not isinstance(name, str):
            continue
        if name in seen:
            suggestion = "" if key == "baselines" else "Give one a `name:` of its own."
            yield places.fault((key, index), f"the name {name!r} stands twice.", suggestion)
        seen.add(name)


def _reference(raw: Mapping[str, Any], places: Places) -> Iterator[Fault]:
    latency = raw.get("latency")
    named = latency.get("reference") if isinstance(latency, dict) else None
    names = names_of(raw, "encoders")
    if isinstance(named, str) and named not in names:
        there = [name for name in dict.fromkeys(names) if name.isprintable()]
        suggestion = f"{nearest(named, names)} The encoders are: {', '.join(there) or 'none'}.".strip()
        yield places.fault(("latency", "reference"), f"reference {named!r} is not in this suite.", suggestion)
