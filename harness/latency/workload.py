"""Which texts are timed, and in which order: the clean test texts, or the user's own requests."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from harness.core.data import utf8
from harness.core.errors import DataError, MissingFileError
from harness.core.inputs import Input, as_text
from harness.core.seeds import seed_of

#: What stands for the task where the suite brings its own requests.
REQUESTS = "requests"
T = TypeVar("T")
One = TypeVar("One", bound=Input)


def interleaved(subjects: Sequence[T], n_replicates: int) -> list[tuple[int, T]]:
    """(replicate, subject) in the order they run, A B C, C B A, A B C …: drift of the machine falls on all alike."""
    there_and_back = subjects, subjects[::-1]
    return [(replicate, one) for replicate in range(n_replicates) for one in there_and_back[replicate % 2]]


def choose(texts: Sequence[One], n: int, replicate: int) -> list[One]:
    """`n` texts for one replicate: the next `n` of one fixed shuffle, so replicates see different texts.

    Every encoder gets the same texts in the same replicate. Fewer than `n` texts are gone round again.
    """
    shuffled = sorted(range(len(texts)), key=lambda i: (seed_of("workload", as_text(texts[i])), i))
    return [texts[shuffled[(replicate * n + i) % len(texts)]] for i in range(n)]


def read_requests(path: Path) -> list[str]:
    """The texts of a JSONL file, one object with a `text` a line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such file; latency.texts names a JSONL file of requests.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start}). Save it as UTF-8.") from None
    texts = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)["text"]
        except (ValueError, KeyError, TypeError):
            text = None
        if not isinstance(text, str):
            # the line is not quoted: requests are what a private run keeps back
            raise DataError(f'{path}:{number}: expected an object with a text, like {{"text": "…"}}.')
        texts.append(utf8(text, f"{path}:{number}"))
    if not texts:
        raise DataError(f"{path}: holds no requests.")
    return texts
