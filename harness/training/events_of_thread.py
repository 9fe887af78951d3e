"""Work that blocks and tells of events, as a generator of them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Any

from harness.core.events import Event


@dataclass(frozen=True)
class _End:
    result: Any = None
    error: BaseException | None = None


class _AbandonedError(Exception):
    """Nobody listens any more."""


def events_of_thread(
    work: Callable[[Callable[[Event], None]], dict[str, Any]],
) -> Generator[Event, None, dict[str, Any]]:
    """Run `work(tell)` in a thread: yields what it tells, returns what it returns, raises what it raises.

    A generator that is closed early ends the thread where it next tells something.
    """
    told: SimpleQueue[Event | _End] = SimpleQueue()
    abandoned = Flag()

    def tell(event: Event) -> None:
        if abandoned.is_set():
            raise _AbandonedError
        told.put(event)

    def run() -> None:
        try:
            told.put(_End(work(tell)))
        except BaseException as error:  # raised again where the events are read
            told.put(_End(error=error))

    thread = Thread(target=run, name="training", daemon=True)
    thread.start()
    try:
        while not isinstance(event := told.get(), _End):
            yield event
    finally:
        abandoned.set()
        thread.join()
    if event.error is not None:
        raise event.error
    return dict(event.result)
