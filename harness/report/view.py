"""A run as a view: the values that a report shows."""

from collections.abc import Mapping
from typing import Any

from harness.report import notes, numbers, source, tasks
from harness.report.model import Failure, Identity, LeftOut, View
from harness.report.source import AnyRun, Source


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
        tasks=found,
        lost_tasks=tuple(tasks.lost(read, name) for name in _lost(read)),
        identity=_identity(read),
        failed=_failed(read),
        left_out=_left_out(manifest),
        bundles=_bundles(manifest),
        encoders=notes.encoders(manifest),
        environment=notes.environment(manifest),
        command=str(manifest.get("command", "")),
        notes=notes.READING,
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
    """The failed cells, those of one row with the same reason together."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for (*row, condition, repeat), cell in read.cells.items():
        if cell["status"] == "failed":
            reason = (str(cell.get("reason") or "bug"), str(cell.get("message") or ""))
            name = condition + (f" ({repeat})" if repeat != "–" else "")
            alike.setdefault((" / ".join(row), *reason), []).append(name)
    failed = [Failure(row, tuple(names), reason, said) for (row, reason, said), names in alike.items()]
    for line in read.manifest["timing_failures"]:
        failed.append(Failure(str(line["what"]), ("timing",), str(line["reason"]), str(line["message"])))
    return tuple(failed)


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
