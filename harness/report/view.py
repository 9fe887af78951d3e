"""A run as a view: the values that a report shows."""

from collections.abc import Mapping
from typing import Any

from harness.report import notes, source, tasks
from harness.report.model import Failure, Identity, LeftOut, View
from harness.report.source import Source
from harness.results import AnyRun, Build, records
from harness.wording import numbers
from harness.wording.visible import one_line, visible


def build(run: AnyRun) -> View:
    """All that the report says of a run, finished or not."""
    read = source.read(run)
    manifest = read.manifest
    statuses = [cell.status for cell in run.cells]
    found = tuple(tasks.build(read, name) for name in manifest["tasks"] if read.of(name))
    return View(
        title=str(manifest["suite"].get("name", "run")),
        complete=bool(manifest.get("complete")),
        only=tuple((str(axis), str(glob)) for axis, glob in (manifest.get("only") or {}).items()),
        n_planned=len(statuses),
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
    found: dict[str, list[records.Identity]] = {}
    for cell in read.run.cells:
        if cell.facts.identity:
            found.setdefault(cell.address.encoder, []).append(cell.facts.identity)
    return tuple(
        Identity(
            encoder,
            sum(c.n for c in controls),
            max(c.max_abs_difference for c in controls),
            sum(c.n_predictions_changed for c in controls),
            (read.manifest["encoders"].get(encoder) or {}).get("precision") or Identity.precision,
        )
        for encoder, controls in found.items()
    )


def _failed(read: Source) -> tuple[Failure, ...]:
    """The failed cells, those of one row with the same reason together; before them what could not be trained."""
    untrained = {key: build for key, build in read.builds.items() if build.status == "failed"}
    failed = _untrained(read, untrained)
    alike: dict[tuple[str, str, str], list[str]] = {}
    for cell in read.run.cells:
        if cell.status == "failed" and cell.build not in untrained:
            row, repeat = " / ".join([cell.address.task, *cell.address.row]), str(cell.address.repeat)
            name = cell.address.condition + (f" ({repeat})" if repeat != "–" else "")
            alike.setdefault((row, cell.reason or "bug", cell.said), []).append(name)
    failed += [Failure(row, tuple(names), reason, said) for (row, reason, said), names in alike.items()]
    for line in read.run.manifest.get("timing_failures") or ():
        what, reason, message = (visible(one_line(line[name])) for name in ("what", "reason", "message"))
        failed.append(Failure(what, ("timing",), reason, message))
    return tuple(failed)


def _skipped(read: Source) -> list[LeftOut]:
    """Conditions that found nothing to work on in the texts of a task, once each."""
    names = {cell.against: cell.address.condition for cell in read.run.cells if cell.kind == "slice"}
    found = {}
    for cell in read.run.cells:
        if cell.status == "skipped":
            condition = names.get(cell.key, cell.address.condition)  # a control is told of by its slice
            found[f"{cell.address.task}: {condition}"] = cell.said
    return [LeftOut(what, why) for what, why in found.items()]


def _untrained(read: Source, builds: Mapping[str, Build]) -> list[Failure]:
    """Trainings that failed, those of one row with the same reason together, with the cells that wait for them."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for checkpoint, build in builds.items():
        row = " / ".join([build.task, build.encoder, build.pooler, build.mode])
        alike.setdefault((row, build.reason or "bug", build.message), []).append(checkpoint)
    failed = []
    for (row, kind, message), checkpoints in alike.items():
        repeats = ", ".join(builds[key].repeat for key in checkpoints if builds[key].repeat != "–")
        without = [cell for cell in read.run.cells if cell.build in checkpoints and cell.status != "done"]
        waiting = dict.fromkeys(cell.address.condition for cell in without)
        which = f"training ({repeats})" if repeats else "training"
        taken = f"{which}, and with it: {', '.join(waiting)}" if waiting else which
        failed.append(Failure(row, (taken,), kind, message))
    return failed


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
