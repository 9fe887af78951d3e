"""What a reader has to know of rows that follow a protocol: what was learnt, how often, and what was tested."""

from collections.abc import Iterator, Sequence

from harness.catalogue import catalogue
from harness.core.registry import named
from harness.report.model import Row
from harness.report.source import Source
from harness.wording import numbers


def notes(source: Source, task: str, rows: Sequence[Row]) -> Iterator[str]:
    """Of each mode with a protocol what it does; of draws, of labels with too few texts, of texts that take turns."""
    known = catalogue().of("protocol")
    for mode in source.manifest.suite.modes:
        mine = [row for row in rows if row.mode == mode.name and row.clean]
        if not mine or "protocol" not in mode.parameters:
            continue
        name, own = named(mode.parameters["protocol"])
        component = known.get(name)
        if component is None:
            continue
        given = component.filled({**own, **mode.parameters})
        said = [f"{part.replace('_', ' ')} {given[part]}" for part in component.parameters]
        about = f"{name} ({', '.join(said)})" if said else name
        yield f"{mode.name} follows the protocol {about}. {component.summary}"
        yield from _more(mode.name, mine, source.manifest.tasks[task].n_test)


def _more(mode: str, rows: Sequence[Row], n_test: int) -> Iterator[str]:
    results = [row.clean for row in rows if row.clean is not None]
    if any(result.n_seeds_planned > 1 for result in results):
        yield (
            f"The interval of a score of {mode} is over texts and draws, those of its drops over texts alone. "
            "Rows with the same draws are compared draw by draw."
        )
    if n_short := max((result.facts.n_short or 0 for result in results), default=0):
        yield f"{mode}: {numbers.plural(n_short, 'label')} with fewer training texts than it asks for; all are learnt."
    if (n := max((result.n or 0 for result in results), default=0)) > n_test:
        yield (
            f"The data has no test side of its own, so all {numbers.count(n)} texts are tested in rows of {mode}, "
            "each by a head that was fitted on others; rows without an encoder likewise where it is the first mode."
        )
