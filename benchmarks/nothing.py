"""A job that does nothing, in a file that takes no time to import: its process does that, too."""

from collections.abc import Iterator

from harness.core.events import Event, Phase
from harness.runner.place import Place


def nothing(job: tuple[int], place: Place) -> Iterator[Event]:
    """It tells one thing."""
    yield Phase(str(job[0]))
