"""What is timed of one subject in one process. Nothing else may run beside it.

`single-stream`: one text at a time, as a service that answers requests. `offline`: all texts at once, as a
job that fills an index. `memory`: a pass of its own, so that watching memory never costs time.

On a GPU the first text of a length costs what choosing kernels for it takes: 45 ms in bf16 on an H100, where the next
takes 3; OpenVINO takes about 30 on a processor. So there, with `each_once`, all texts are taken once before they are
timed.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from harness.core.inputs import Input, as_text
from harness.core.memory import peak_mb, reset_peak

#: Warm-up ends when the median of the last requests is this close to the one before, or at the limits.
_STEADY = 0.05
_WINDOW = 8
_MAX_WARMUP = 64
_MAX_WARMUP_S = 8.0


class Subject(Protocol):
    """Something that takes texts: an encoder under some poolers, or a row without an encoder."""

    def one(self, text: Any) -> tuple[float, float, Mapping[str, float], int]:
        """Seconds to tokenise, to run forward, to pool (by pooler), and tokens, of one text."""

    def many(self, texts: Sequence[Any]) -> tuple[int, int]:
        """Encode all texts; real tokens and padded tokens."""


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def single_stream(subject: Subject, texts: Sequence[Input], *, each_once: bool = False) -> dict[str, Any]:
    """Milliseconds of each request, by phase, after a warm-up that lasts until times are steady."""
    with _undisturbed():
        for text in texts if each_once else ():
            subject.one(text)
        n_warmup = _warm_up(subject, texts)
        measured = [subject.one(text) for text in texts]
    tokenise, forward, pool, n_tokens = zip(*measured, strict=True)
    poolers = list(pool[0])
    return {
        "n": len(texts),
        "n_warmup": n_warmup,
        "tokenise_ms": [_ms(t) for t in tokenise],
        "forward_ms": [_ms(f) for f in forward],
        "pool_ms": {p: [_ms(one[p]) for one in pool] for p in poolers},
        "total_ms": {
            p: [_ms(t + f + one[p]) for t, f, one in zip(tokenise, forward, pool, strict=True)] for p in poolers
        },
        "n_tokens": list(n_tokens),
    }


def _warm_up(subject: Subject, texts: Sequence[Input]) -> int:
    """Send one text again and again until its time is steady; returns how often."""
    text = sorted(texts, key=_length)[len(texts) // 2]
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < _MAX_WARMUP and time.perf_counter() - started < _MAX_WARMUP_S:
        tokenise, forward, _, _ = subject.one(text)
        times.append(tokenise + forward)
        if len(times) >= 2 * _WINDOW:
            before, last = map(statistics.median, (times[-2 * _WINDOW : -_WINDOW], times[-_WINDOW:]))
            if abs(last - before) <= _STEADY * before:
                break
    return len(times)


def offline(subject: Subject, texts: Sequence[Input], *, each_once: bool = False) -> dict[str, Any]:
    """Texts and real tokens a second over all texts, tokenising included; share of computed tokens that are padding."""
    subject.many(texts if each_once else texts[: max(1, len(texts) // 4)])
    with _undisturbed():
        started = time.perf_counter()
        n_real, n_padded = subject.many(texts)
        seconds = time.perf_counter() - started
    return {
        "n": len(texts),
        "texts_per_s": len(texts) / seconds,
        "tokens_per_s": n_real / seconds,
        "padding_waste": 1 - n_real / n_padded if n_padded else 0.0,
    }


def memory(load: Callable[[], Subject], texts: Sequence[Input], device: str) -> dict[str, Any]:
    """Peak megabytes of loading a subject and taking the longest texts: of the process, or on the device."""
    longest = sorted(texts, key=_length)[-32:]
    reset_peak(device)
    load().many(longest)
    of = "process" if device == "cpu" else "device"
    return {"n": len(longest), "peak_mb": peak_mb(device), "of": of}


def _length(text: Input) -> int:
    return len(as_text(text))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 4)
