"""A run as a view: the values that a report shows."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.report import notes, source, tasks
from harness.report.model import Failure, Identity, LeftOut, View
from harness.report.source import AnyRun, Source
from harness.wording import numbers


def build(run: AnyRun) -> View:
    """All that the report says of a run, finished or not."""
    read = source.read(run)
    manifest = read.manifest
    statuses = [cell["status"] for cell in read.cells.values()]
    found = tuple(tasks.build(read, name) for name in manifest["tasks"] if read.of(name))
    return View(
        title=str(manifest["suite"].get("name", "run")),
        complete=bool(manifest.get("complete")),
        only=tuple((str(axis), str(glob)) for axis, glob in (manifest.get("only") or {}).items()),
        n_planned=len(manifest["plan"]),
        n_done=statuses.count("done"),
        n_failed=statuses.count("failed"),
        n_skipped=statuses.count("skipped"),
        tasks=found,
        lost_tasks=tuple(tasks.lost(read, name) for name in _lost(read)),
        identity=_identity(read),
        failed=_failed(read),
        left_out=(*_left_out(manifest), *_skipped(read)),
        bundles=_bundles(manifest),
        encoders=notes.encoders(manifest),
        environment=notes.environment(manifest),
        command=str(manifest.get("command", "")),
        notes=notes.reading(manifest["suite"]),
    )


def _identity(read: Source) -> tuple[Identity, ...]:
    """The controls of each encoder's cells taken together: the largest difference, all changed predictions."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for address, cell in read.cells.items():
        control = (cell.get("facts") or {}).get("identity")
        if control:
            found.setdefault(address[1], []).append(control)
    return tuple(
        Identity(
            encoder,
            sum(int(c["n"]) for c in controls),
            max(float(c["max_abs_difference"]) for c in controls),
            sum(int(c["n_predictions_changed"]) for c in controls),
        )
        for encoder, controls in found.items()
    )


def _failed(read: Source) -> tuple[Failure, ...]:
    """The failed cells, those of one row with the same reason together; before them what could not be trained."""
    untrained = {key: line for key, line in read.builds.items() if line["status"] == "failed"}
    failed = _untrained(read, untrained)
    alike: dict[tuple[str, str, str], list[str]] = {}
    for entry, cell in _planned(read):
        *row, condition, repeat = source.address_of(entry)
        if cell is not None and cell["status"] == "failed" and entry.get("build") not in untrained:
            reason = (str(cell.get("reason") or "bug"), str(cell.get("message") or ""))
            name = condition + (f" ({repeat})" if repeat != "–" else "")
            alike.setdefault((" / ".join(row), *reason), []).append(name)
    failed += [Failure(row, tuple(names), reason, said) for (row, reason, said), names in alike.items()]
    for line in read.manifest["timing_failures"]:
        failed.append(Failure(str(line["what"]), ("timing",), str(line["reason"]), str(line["message"])))
    return tuple(failed)


def _skipped(read: Source) -> list[LeftOut]:
    """Conditions that found nothing to work on in the texts of a task, once each."""
    found = {}
    for entry, cell in _planned(read):
        task, *_, condition, _ = source.address_of(entry)
        if cell is not None and cell["status"] == "skipped":
            found[f"{task}: {condition.removesuffix(':control')}"] = str(cell.get("message") or "")
    return [LeftOut(what, why) for what, why in found.items()]


def _untrained(read: Source, builds: Mapping[str, Mapping[str, Any]]) -> list[Failure]:
    """Trainings that failed, those of one row with the same reason together, with the cells that wait for them."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for checkpoint, line in builds.items():
        row = " / ".join(str(line[part]) for part in ("task", "encoder", "pooler", "mode"))
        reason = (str(line.get("reason") or "bug"), str(line.get("message") or ""))
        alike.setdefault((row, *reason), []).append(checkpoint)
    failed = []
    for (row, kind, message), checkpoints in alike.items():
        repeats = ", ".join(builds[key]["repeat"] for key in checkpoints if builds[key]["repeat"] != "–")
        waiting = dict.fromkeys(
            source.address_of(entry)[4]
            for entry, cell in _planned(read)
            if entry.get("build") in checkpoints and (cell is None or cell["status"] != "done")
        )
        which = f"training ({repeats})" if repeats else "training"
        taken = f"{which}, and with it: {', '.join(waiting)}" if waiting else which
        failed.append(Failure(row, (taken,), kind, message))
    return failed


def _planned(read: Source) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
    """Every planned cell with its result."""
    for group in read.groups:
        yield from zip(group.entries, group.cells, strict=True)


def _lost(read: Source) -> list[str]:
    """Tasks of the plan of which nothing is known."""
    return list(dict.fromkeys(group.task for group in read.groups if group.task not in read.manifest["tasks"]))


def _left_out(manifest: Mapping[str, Any]) -> tuple[LeftOut, ...]:
    lines = [
        LeftOut(f"{line['task']}: {line['what']}" if line.get("task") else str(line["what"]), str(line["why"]))
        for line in manifest.get("not_applicable", [])
    ]
    return tuple(lines + [LeftOut(str(line["what"]), str(line["why"])) for line in manifest.get("dropped", [])])


def _bundles(manifest: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (name, f"v{about['version']}", ", ".join(about["members"]) or numbers.NONE)
        for name, about in manifest.get("bundles", {}).items()
    )
