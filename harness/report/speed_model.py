"""What the page says of time, as values."""

from dataclasses import dataclass

from harness.stats import Interval


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
