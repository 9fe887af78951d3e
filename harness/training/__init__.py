"""The one training loop and its objectives. Light to import: torch comes in when a training begins."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Flag
from typing import Any

from harness.core.events import Event
from harness.training.data import held_out_of
from harness.training.job import Recipe, TrainingJob, Where, resolve_precision, work_of

__all__ = ["TrainingJob", "Recipe", "finetune", "held_out_of", "resolve_precision", "work_of"]


class _AbandonedError(Exception):
    """Nobody listens any more."""


def finetune(job: TrainingJob, device: str, n_threads: int, out: Path) -> Generator[Event, None, dict[str, Any]]:
    """Train an encoder and a head on labelled texts; leaves the checkpoint as the folder `out`.

    Yields events, returns what `training.json` holds: facts and curve. A training that was killed goes on from
    what it last saved in `<out>.work`, and on a CPU ends with the same bytes; so two must not build one `out` at
    the same time. What other versions of the libraries saved is not gone on from; another number of threads goes on,
    and the facts warn of it. It works in a thread: a generator that is closed early ends it where it next tells
    something.
    NotFiniteError where the loss is not finite, DataError where there is one class to learn, HarnessError where the
    disk is full.
    """
    told: SimpleQueue[Event | None] = SimpleQueue()
    abandoned = Flag()

    def tell(event: Event) -> None:
        if abandoned.is_set():
            raise _AbandonedError
        told.put(event)

    def work() -> dict[str, Any]:
        from harness.training.session import finetuned

        return finetuned(job, Where(device, n_threads, out, tell))

    with ThreadPoolExecutor(1, "training") as pool:
        result = pool.submit(work)
        result.add_done_callback(lambda _: told.put(None))
        try:
            while (event := told.get()) is not None:
                yield event
        finally:
            abandoned.set()
    return result.result()
