"""Imported once by the server that job processes are forked from, so that a child starts in 0.3 s, not 4."""

import gc
import importlib
import os
import threading

_MODULES = (
    "sklearn.feature_extraction.text",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "torch",
    "transformers",
    "transformers.models.auto.modeling_auto",
    "transformers.models.auto.tokenization_auto",
    "transformers.models.bert.modeling_bert",
    "harness.runner.score",
    "harness.runner.build",
    "harness.runner.job",
    "harness.runner.timing",
)


def _watch(parent: int, done: threading.Event) -> None:
    """End this process should the run that started it end: while it imports, the server itself does not look."""
    while not done.wait(0.2):
        if os.getppid() != parent:
            os._exit(1)


_done = threading.Event()
_watcher = threading.Thread(target=_watch, args=(int(os.environ.get("HARNESS_PARENT", os.getppid())), _done))
_watcher.start()
gc.disable()  # nothing that is imported here is let go again: looking for it takes a sixth of the time
try:
    for _name in _MODULES:
        importlib.import_module(_name)
    gc.freeze()  # nor do children look
finally:  # no thread may be left when processes are forked
    gc.enable()
    _done.set()
    _watcher.join()
