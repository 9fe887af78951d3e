"""A run as a view: the values that a report shows."""

from collections.abc import Sequence

from harness.core.address import Address
from harness.report import adapted, notes, tasks
from harness.report.identity_model import Identity
from harness.report.model import Failure, View
from harness.report.source import Source, grouped
from harness.results import AnyRun, Build
from harness.results.manifest import Encoder
from harness.wording import numbers
from harness.wording.visible import one_line, visible


def build(run: AnyRun) -> View:
    """All that the report says of a run, finished or not."""
    read = Source(run)
    manifest = read.manifest
    statuses = [cell.status for cell in run.cells]
    found = tuple(tasks.build(read, name) for name in manifest.tasks if name in read.tasks)
    return View(
        title=manifest.suite.name,
        complete=manifest.complete,
        only=tuple(manifest.only.items()),
        n_planned=len(statuses),
        n_done=statuses.count("done"),
        n_failed=statuses.count("failed"),
        n_skipped=statuses.count("skipped"),
        tasks=found,
        lost_tasks=tuple(tasks.lost(read, name) for name in read.tasks if name not in manifest.tasks),
        identity=_identity(read),
        failed=_failed(read),
        left_out=_left_out(read),
        bundles=tuple(
            (name, f"v{about.version}", ", ".join(about.members) or numbers.NONE)
            for name, about in manifest.bundles.items()
        ),
        encoders=notes.encoders(manifest),
        environment=notes.environment(manifest),
        command=manifest.command,
        note=manifest.suite.note,
        notes=notes.reading(manifest.suite),
        adapted=adapted.build(run.builds),
    )


def _identity(read: Source) -> tuple[Identity, ...]:
    """The controls of each encoder's cells taken together: the largest difference, all changed predictions."""
    found = grouped((cell.address.encoder, cell.facts.identity) for cell in read.run.cells if cell.facts.identity)
    return tuple(
        Identity(
            encoder,
            sum(c.n for c in controls),
            max(c.max_abs_difference for c in controls),
            sum(c.n_predictions_changed for c in controls),
            read.manifest.encoders.get(encoder, Encoder()).precision or Identity.precision,
        )
        for encoder, controls in found.items()
    )


def _failed(read: Source) -> tuple[Failure, ...]:
    """The failed cells, those of one row with the same reason together; before them what could not be trained."""
    builds = [build for build in read.builds.values() if build.status == "failed"]
    untrained = {build.checkpoint for build in builds}
    trainings = grouped(((_row(b), b.reason or "bug", b.message), b) for b in builds)
    failed = [Failure(row, _untrained(read, alike), *why) for (row, *why), alike in trainings.items()]
    cells = [cell for cell in read.run.cells if cell.status == "failed" and cell.build not in untrained]
    names = grouped(((_row(c.address), c.reason or "bug", c.said), _name(c.address)) for c in cells)
    failed += [Failure(row, ", ".join(alike), *why) for (row, *why), alike in names.items()]
    timed = read.manifest.timing_failures
    return (*failed, *(Failure(one.what, "timing", one.reason, visible(one_line(one.message))) for one in timed))


def _row(of: Address | Build) -> str:
    return " / ".join([of.task, of.encoder, of.pooler, of.mode])


def _name(address: Address) -> str:
    return address.condition + (f" ({address.repeat})" if address.repeat.known else "")


def _untrained(read: Source, builds: Sequence[Build]) -> str:
    """Trainings of one row that failed alike, with the cells that wait for them."""
    repeats = ", ".join(build.repeat for build in builds if build.repeat != "–")
    which = f"training ({repeats})" if repeats else "training"
    without = {build.checkpoint for build in builds}
    waiting = [cell for cell in read.run.cells if cell.build in without and cell.status != "done"]
    names = dict.fromkeys(cell.address.condition for cell in waiting)
    return f"{which}, and with it: {', '.join(names)}" if names else which


def _left_out(read: Source) -> tuple[tuple[str, str], ...]:
    """What the plan does not hold; then conditions that found nothing to work on in a task, once each; and why."""
    lines = [*read.manifest.not_applicable, *read.manifest.dropped]
    asked = [(f"{line.task}: {line.what}" if line.task else line.what, line.why) for line in lines]
    names = {cell.against: cell.address.condition for cell in read.run.cells if cell.kind == "slice"}
    skipped = {  # a control is told of by its slice
        f"{cell.address.task}: {names.get(cell.key, cell.address.condition)}": cell.said
        for cell in read.run.cells
        if cell.status == "skipped" and cell.kind != "clean"
    }
    alone = grouped((c.said, c.address.encoder) for c in read.run.cells if c.status == "skipped" and c.kind == "clean")
    unscored = [(f"scores of {numbers.listed([*dict.fromkeys(own)])}", said) for said, own in alone.items()]
    return (*asked, *unscored, *skipped.items())
