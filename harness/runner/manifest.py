"""What run.json says: the suite as run, the plan with its keys, encoders, tasks, the machine."""

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from harness import tasks
from harness.catalogue import catalogue
from harness.core.address import PARTS, Address
from harness.core.errors import HarnessError, NotApplicableError
from harness.core.fingerprint import plain
from harness.core.records import Checkpoint, read_as, reading_key
from harness.encoders import EncoderFolder
from harness.results import Run, environment
from harness.runner import lengths
from harness.runner.prepare import Prepared
from harness.runner.turns import time_jobs
from harness.suite.cells import EncoderFacts, PlannedCell, TaskFacts
from harness.tasks.text import counted


def manifest(prepared: Prepared) -> dict[str, Any]:
    """All of run.json that is known before the run: made once, so that no later change of a file can spoil it."""
    keys = {c.address: c.key for c in prepared.plan.cells}
    return {
        "suite": {**prepared.suite.plain(), "reference": prepared.resolved.materials.reference},
        "harness": metadata.version("encoder-harness"),
        "environment": environment(prepared.device, prepared.n_threads),
        "encoders": _encoders(prepared),
        "tasks": _tasks(prepared),
        "bundles": _bundles(prepared),
        "plan": [_entry(c, keys) for c in prepared.plan.cells],
        "not_applicable": list(prepared.plan.not_applicable),
        "dropped": list(prepared.plan.dropped),
        "timings": [key for job in time_jobs(prepared, set()) for key in job.keys.values()],
    }


def _entry(planned: PlannedCell, keys: Mapping[Address, str | None]) -> dict[str, Any]:
    entry = {
        "key": planned.key,
        "address": address_of(planned),
        "repeat": planned.address.repeat.known,
        "kind": planned.kind,
        "against": keys.get(planned.against) if planned.against else None,
        "bundles": list(planned.bundles),
        "build": planned.cell.head.checkpoint.key if planned.cell and planned.cell.head.is_built else None,
        "parts": planned.cell.parts() if planned.cell else None,
        **(plain(planned.condition) if planned.condition else {}),
    }
    if planned.missing is not None:
        entry |= {"status": "failed", "reason": planned.missing.reason, "message": planned.missing.message}
    elif planned.skipped:
        entry |= {"status": "skipped", "reason": NotApplicableError.reason, "message": planned.skipped}
    return entry


def _encoders(prepared: Prepared) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    by_checkpoint = {folder.checkpoint: name for name, folder in reversed(list(prepared.resolved.encoders.items()))}
    specs = {spec.name: spec for spec in prepared.suite.encoders}
    for name, folder in prepared.resolved.encoders.items():
        told = lengths.percentiles(specs[name])
        rows[name] = {"n_parameters": None, "batch_halvings": 0, **_encoder_row(folder, prepared.resolved.facts(name))}
        rows[name] |= _lengths(folder, prepared)
        rows[name] |= {"length_asked": told} if told else {}
        taught = [by_checkpoint.get(one.checkpoint) for one in (folder.made.teachers if folder.made else {}).values()]
        if taught[:1] not in ([], [None]):
            rows[name]["teacher"] = taught[0]
        if base := _adapted_from(folder, by_checkpoint):
            rows[name]["adapted_from"] = base
    for name in prepared.suite.baselines:
        summary = catalogue().get("baseline", name).summary
        rows[name] = {"weights": "no encoder", "n_parameters": None, "summary": summary}
    return rows


def _adapted_from(folder: EncoderFolder, names: Mapping[Checkpoint, str]) -> str | None:
    """The nearest encoder of the suite that this one is, trained further; None of one that learnt from a teacher."""
    steps = catalogue().of("step")
    while (made := folder.made) and not made.teachers and steps[made.step.component].facts["trains"]:
        folder = made.base
        if folder.checkpoint in names:
            return names[folder.checkpoint]
    return None


def _tasks(prepared: Prepared) -> dict[str, Any]:
    rows = {}
    for name, info in prepared.resolved.infos.items():
        facts = prepared.resolved.materials.tasks[name]
        assert isinstance(facts, TaskFacts)
        task, samples = prepared.resolved.tasks[name], prepared.suite.samples(name)
        kind, seed = tasks.kind_of(info.kind), prepared.suite.seed
        loaded = {
            f"n_{side}": tasks.load(task, facts.split(side, sample=samples[side], sample_seed=seed, role=kind.scored))
            for side in (("train", "test") if kind.trains else ("test",))
        }
        clusters = len(set(loaded["n_test"].clusters))
        whole = {"n_train": info.n_train, "n_test": info.n_scored}
        for role in kind.searched:
            drawn = facts.split("test", sample=samples["test"], sample_seed=seed, role=role)
            loaded["n_documents"] = tasks.load(task, drawn)
            whole["n_documents"] = len(tasks.load(task, facts.split("test", role=role)))
        by = prepared.resolved.measured_by
        notes = [*info.notes, *_unsampled(prepared, name), *([by] if by else [])]
        rows[name] = {
            "n_train": None,
            "median_tokens": facts.n_tokens,
            **plain(info),
            **{count: len(examples.learnt) for count, examples in loaded.items()},
            **{f"{count}_all": whole[count] for count in loaded},
            "n_clusters": clusters,
            "notes": notes,
            "note": " ".join(notes),
        }
    return rows


def _unsampled(prepared: Prepared, name: str) -> list[str]:
    """A note where the sample of train texts has none of a class that is tested, though train has some."""
    facts, samples = prepared.resolved.materials.tasks[name], prepared.suite.samples(name)
    assert isinstance(facts, TaskFacts)
    if facts.kind.target not in ("class", "labels") or samples["train"] is None:
        return []
    is_several = facts.kind.target == "labels"

    def labels(side: str, sample: int | None) -> list[str]:
        split = facts.split(side, sample=sample, sample_seed=prepared.suite.seed, role=facts.kind.scored)
        found: Sequence[Any] = tasks.load(prepared.resolved.tasks[name], split).labels or ()
        return [label for own in found for label in own] if is_several else list(found)

    unsampled = set(labels("train", None)).difference(labels("train", samples["train"]))
    tested = [label for label in labels("test", samples["test"]) if label in unsampled]
    if not tested:
        return []
    if is_several:
        what = f"{counted(len(set(tested)), 'label')} of test texts that the sample of train texts has none of"
        return [f"{what} (max_samples.train), which no row can say"]
    what = f"{counted(len(tested), 'test text')} of {counted(len(set(tested)), 'class', 'classes')}"
    return [f"{what} that the sample of train texts has none of (max_samples.train), wrong for every row"]


def _bundles(prepared: Prepared) -> dict[str, Any]:
    rows, bundles = {}, catalogue().of("bundle")
    for bundle in (bundles[c.component] for c in prepared.suite.conditions if c.component in bundles):
        members = {c.address.condition for c in prepared.plan.cells if bundle.name in c.bundles}
        rows[bundle.name] = {"version": bundle.version, "summary": bundle.summary, "members": sorted(members)}
    return rows


def _encoder_row(folder: EncoderFolder, facts: EncoderFacts) -> dict[str, Any]:
    return {
        "weights": folder.weights,
        "family": folder.family,
        "disk_mb": folder.disk_mb,
        "tokenization": reading_key(folder.readings),
        **({"truncation": str(how)} if (how := folder.tokenization.truncation) != "head" else {}),
        **({"prefix": prefix} if (prefix := _prefix(folder)) else {}),
        "checkpoint": folder.checkpoint.key,
        "backend": facts.backend.runtime,
        "precision": facts.backend.precision,
        "remark": facts.remark,
        "source": folder.checkpoint.source,
        "revision": folder.revision,
        "licence": folder.licence,
    }


def _lengths(folder: EncoderFolder, prepared: Prepared) -> dict[str, Any]:
    """How many tokens are read of a text of this suite's tasks, by side where the sides differ."""
    used = {role: None for info in prepared.resolved.infos.values() for role in tasks.kind_of(info.kind).roles}
    found = {role: read_as(folder.readings, role).max_length for role in used or ("text",)}
    if len(set(found.values())) > 1:
        return {"max_length": folder.tokenization.max_length, "lengths": found}
    return {"max_length": next(iter(found.values()))}


def _prefix(folder: EncoderFolder) -> str | dict[str, str]:
    """What is put before its texts, by side where the sides differ."""
    said = {role: reading.prefix for role, reading in folder.readings.items()}
    return said if len(set(said.values())) > 1 else said["text"]


def old_run(path: Path) -> Run | None:
    """The run that is in a folder; None where there is none, or its run.json is spoilt."""
    try:
        return Run(path)
    except HarnessError:
        return None


def address_of(planned: PlannedCell) -> dict[str, str]:
    """The address as it stands in files."""
    return dict(zip(PARTS, planned.address.names, strict=True))


def computed(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What the facts of an encoder belong to: its checkpoint on its backend."""
    return tuple(str(row.get(part)) for part in ("checkpoint", "backend", "precision"))


def known_facts(old: Run | None) -> dict[tuple[str, ...], dict[str, Any]]:
    """What earlier runs into this folder learnt of each encoder; also one that was killed before it said so."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    if old is None:
        return found
    for name, row in old.about.encoders.items():
        told = [line.facts for line in old.results.values() if line.address.encoder == name and line.facts.n_parameters]
        last: Any = told[-1] if told else row
        known: dict[str, Any] = {"n_parameters": last.n_parameters, "disk_mb": last.disk_mb or row.disk_mb}
        known |= {"tokenizer": row.tokenizer} if row.tokenizer else {}
        found[computed(vars(row))] = {**known, "batch_halvings": row.batch_halvings}
    return found
