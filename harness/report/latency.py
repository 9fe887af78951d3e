"""Timings as values. Replicate = process; what is compared is one replicate's p50 with another's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.latency import REQUESTS
from harness.results.manifest import Suite
from harness.results.records import Timing
from harness.stats import NEEDED, Interval, distributions


@dataclass(frozen=True)
class Speed:
    """How fast one row is. Percentiles are None where the sample is too small for them.

    `p50_ms` is the median over replicates of their medians; the others are over all samples. `ratio` is the
    p50 over the reference row's, paired by replicate. `medians` are (replicate, its median).
    """

    p50_ms: float | None
    low_ms: float | None
    high_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    n_samples: int
    n_replicates: int
    texts_per_s: float | None
    ratio: Interval | None
    medians: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Work:
    """Where the time of one encoder and pooler goes, in one task. Medians over replicates."""

    encoder: str
    pooler: str
    speed: Speed
    tokenise_ms: float | None
    forward_ms: float | None
    pool_ms: float | None
    tokens_per_text: float | None
    tokens_per_s: float | None
    padding_waste: float | None
    peak_mb: float | None
    threads: str
    load: float | None


def of_task(timings: Iterable[Timing], task: str) -> list[Timing]:
    """The timings on this task's texts, or with `REQUESTS` on the suite's own, which hold for every task."""
    return [t for t in timings if t.task == task]


def of_suite(timings: Iterable[Timing], suite: Suite, task: str) -> list[Timing]:
    """The timings that hold for a task: on the suite's own requests where it brings some, else on the task's texts."""
    return of_task(timings, REQUESTS if suite.latency.texts else task)


def medians(timings: Iterable[Timing], encoder: str, pooler: str) -> dict[int, float]:
    """Replicate -> median milliseconds of one text from string to vector."""
    return {
        t.replicate: float(np.median(t.total_ms[pooler]))
        for t in _lines(timings, "single-stream", encoder)
        if t.total_ms.get(pooler)
    }


def speed(timings: Sequence[Timing], encoder: str, pooler: str, reference: Mapping[int, float]) -> Speed | None:
    """Percentiles, throughput and the ratio to the reference's medians; None where this was not timed."""
    p50s = medians(timings, encoder, pooler)
    if not p50s:
        return None
    lines = _lines(timings, "single-stream", encoder)
    samples = np.concatenate([np.asarray(t.total_ms.get(pooler, ()), float) for t in lines])

    known = list(p50s.values()) if len(samples) >= NEEDED[50] else []
    return Speed(
        p50_ms=float(np.median(known)) if known else None,
        low_ms=min(known, default=None),
        high_ms=max(known, default=None),
        **{f"p{q}_ms": float(np.percentile(samples, q)) if len(samples) >= NEEDED[q] else None for q in (90, 95, 99)},
        n_samples=len(samples),
        n_replicates=len(p50s),
        texts_per_s=_median(t.texts_per_s for t in _lines(timings, "offline", encoder)),
        ratio=paired_ratio(p50s, reference) if known else None,
        medians=tuple(sorted(p50s.items())),
    )


def paired_ratio(ours: Mapping[int, float], reference: Mapping[int, float]) -> Interval | None:
    """Geometric mean over replicates of ours / reference, with a 95 % t interval on the logarithms.

    Pairs are replicates of the same number: every subject once, in the order A B C, the next time C B A. None below
    two pairs.
    """
    shared = sorted(ours.keys() & reference.keys())
    if len(shared) < 2:
        return None
    logs = np.log([ours[r] / reference[r] for r in shared])
    mean, error = float(logs.mean()), float(logs.std(ddof=1)) / len(shared) ** 0.5
    half = error * distributions.student(0.975, len(shared) - 1)
    return Interval(*(float(np.exp(x)) for x in (mean, mean - half, mean + half)))


def work(timings: Sequence[Timing], encoders: Iterable[str], reference: Mapping[int, float]) -> tuple[Work, ...]:
    """One line an encoder and pooler that was timed, in the order of `encoders`."""
    return tuple(
        _work(timings, encoder, pooler, this)
        for encoder in encoders
        for pooler in dict.fromkeys(pooler for t in _lines(timings, "single-stream", encoder) for pooler in t.total_ms)
        if (this := speed(timings, encoder, pooler, reference)) is not None
    )


def _work(timings: Sequence[Timing], encoder: str, pooler: str, this: Speed) -> Work:
    single, offline = (_lines(timings, name, encoder) for name in ("single-stream", "offline"))
    loads = [t.load for t in [*single, *offline] if t.load is not None]
    threads = sorted({str(t.threads) for t in [*single, *offline] if t.threads is not None})
    pool = [t.pool_ms[pooler] for t in single if t.pool_ms.get(pooler)]
    return Work(
        encoder=encoder,
        pooler=pooler,
        speed=this,
        tokenise_ms=_of_medians(t.tokenise_ms for t in single),
        forward_ms=_of_medians(t.forward_ms for t in single),
        pool_ms=_of_medians(pool),
        tokens_per_text=_of_medians(t.n_tokens for t in single),
        tokens_per_s=_median(t.tokens_per_s for t in offline),
        padding_waste=_median(t.padding_waste for t in offline),
        peak_mb=peak_mb(timings, encoder),
        threads=", ".join(threads) or "–",
        load=max(loads, default=None),
    )


def peak_mb(timings: Iterable[Timing], encoder: str) -> float | None:
    """Peak megabytes of an encoder, or of a row without one; None where that was not measured."""
    return _median(t.peak_mb for t in _lines(timings, "memory", encoder))


def is_busy(work: Iterable[Work], n_cores: int | None) -> bool:
    """Whether other programs kept the machine busy while these were timed: a load over one and a half times its cores.

    False where the load, or the number of cores, is not known.
    """
    return n_cores is not None and any(line.load is not None and line.load > 1.5 * n_cores for line in work)


def _lines(timings: Iterable[Timing], scenario: str, encoder: str) -> list[Timing]:
    return [t for t in timings if t.scenario == scenario and t.encoder == encoder]


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def _of_medians(samples: Iterable[Sequence[float] | None]) -> float | None:
    return _median(float(np.median(s)) for s in samples if s)
