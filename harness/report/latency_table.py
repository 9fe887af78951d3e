"""Where the time goes: a table a task, and how far its times can be trusted."""

from harness.report import latency
from harness.report.model import NO_POOLER, Task
from harness.report.speed_model import Speed, Work
from harness.report.table import Cell, Column, Section, Table
from harness.wording import numbers


def work(task: Task) -> Table:
    """Where the time of each encoder and pooler goes."""
    return Table(
        caption=f"{'The own requests of the suite' if task.on_requests else task.name}, where the time goes.",
        explains=("Timed on the suite's own requests, for all tasks. " if task.on_requests else "")
        + (
            "The first columns are of one text at a time, medians in milliseconds; "
            "in brackets the fastest and the slowest replicate. "
            "Rows without an encoder vectorise and predict instead of tokenise and forward. "
            "Texts/s, tokens/s and padding (share of computed tokens) are of batches. "
            "Memory is measured apart from time."
        ),
        columns=(
            Column("encoder / pooler", is_number=False),
            Column("tokenise", "ms"),
            Column("forward", "ms"),
            Column("pool", "ms"),
            Column("all, p50", "ms"),
            Column("p90 / p95 / p99", "ms"),
            Column("samples"),
            Column("tokens a text"),
            Column("texts/s"),
            Column("tokens/s"),
            Column("padding"),
            Column("peak memory", "MB"),
        ),
        sections=(Section(tuple(map(_work, task.work))),),
        can_sort=True,
    )


def _work(line: Work) -> tuple[Cell, ...]:
    speed = line.speed
    parts = (line.tokenise_ms, line.forward_ms, line.pool_ms)
    return (
        Cell(line.encoder, line.pooler, join=" / "),
        *(Cell(numbers.optional(part), sort=part) for part in parts),
        _p50(speed),
        Cell(" / ".join(map(_percentile, (speed.p90_ms, speed.p95_ms, speed.p99_ms))), sort=speed.p95_ms),
        Cell(numbers.count(speed.n_samples), f"{speed.n_replicates} replicates", sort=speed.n_samples),
        Cell(numbers.optional(line.tokens_per_text), sort=line.tokens_per_text),
        Cell(numbers.optional(speed.texts_per_s), sort=speed.texts_per_s),
        Cell(numbers.optional(line.tokens_per_s), sort=line.tokens_per_s),
        Cell(numbers.percent(line.padding_waste), sort=line.padding_waste),
        Cell(numbers.optional(line.peak_mb), sort=line.peak_mb),
    )


def _p50(speed: Speed) -> Cell:
    if speed.p50_ms is None or speed.low_ms is None or speed.high_ms is None:
        return Cell("n too small")
    low, high = numbers.significant(speed.low_ms), numbers.significant(speed.high_ms)
    return Cell(numbers.significant(speed.p50_ms), f"[{low}, {high}]", sort=speed.p50_ms)


def _percentile(value: float | None) -> str:
    return "n too small" if value is None else numbers.significant(value)


def noise(task: Task) -> str:
    """How these times were taken, and how far they can be trusted."""
    n = max(line.speed.n_replicates for line in task.work)
    loads = [line.load for line in task.work if line.load is not None]
    threads = numbers.listed(sorted({line.threads for line in task.work}))
    taken = f"{numbers.plural(n, 'replicate')}, each a process of its own, interleaved (A B C, then C B A)"
    taken += f"; {threads} threads"
    load = f"; load of the machine up to {numbers.fixed(max(loads), 1)}" if loads else ""
    busy = (
        " Other programs kept it busy: take all times here as rough."
        if latency.is_busy(task.work, task.n_cores)
        else ""
    )
    return f"{taken}{load}.{busy} {_spread(task)}"


def _spread(task: Task) -> str:
    encoders = [line.speed for line in task.work if line.pooler != NO_POOLER] or [w.speed for w in task.work]
    spreads = [s.high_ms / s.low_ms for s in encoders if s.n_replicates > 1 and s.high_ms and s.low_ms]
    if not spreads:
        return "One replicate says nothing of the noise: take these times as rough."
    return (
        "Between replicates (another process, other texts) the same encoder's median differed by up to "
        f"{_factor(max(spreads))}: differences below that are noise. Every encoder gets the same texts in the "
        "same replicate, so ratios to the reference are steadier, and carry over to another machine better."
    )


def _factor(ratio: float) -> str:
    return numbers.percent(ratio - 1) if ratio < 2 else f"a factor of {numbers.significant(ratio, 2)}"
