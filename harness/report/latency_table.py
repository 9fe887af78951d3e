"""Where the time goes: a table a task, and how far its times can be trusted."""

from harness.report import latency
from harness.report.comparison_table import percentile
from harness.report.latency import Speed, Work
from harness.report.model import NO_POOLER, Task
from harness.report.table import Cell, Column, Line, Section, Table, number
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
        sections=(Section(tuple(map(_work, task.work))),),
        can_sort=True,
    )


def _work(line: Work) -> Line:
    speed = line.speed
    slow = Cell(" / ".join(map(percentile, (speed.p90_ms, speed.p95_ms, speed.p99_ms))), sort=speed.p95_ms)
    return {
        Column("encoder / pooler", is_number=False): Cell(line.encoder, line.pooler, join=" / "),
        Column("tokenise", "ms"): number(line.tokenise_ms),
        Column("forward", "ms"): number(line.forward_ms),
        Column("pool", "ms"): number(line.pool_ms),
        Column("all, p50", "ms"): _p50(speed),
        Column("p90 / p95 / p99", "ms"): slow,
        Column("samples"): Cell(
            numbers.count(speed.n_samples), f"{speed.n_replicates} replicates", sort=speed.n_samples
        ),
        Column("tokens a text"): number(line.tokens_per_text),
        Column("texts/s"): number(speed.texts_per_s),
        Column("tokens/s"): number(line.tokens_per_s),
        Column("padding"): Cell(numbers.percent(line.padding_waste), sort=line.padding_waste),
        Column("peak memory", "MB"): number(line.peak_mb),
    }


def _p50(speed: Speed) -> Cell:
    if speed.p50_ms is None or speed.low_ms is None or speed.high_ms is None:
        return Cell("n too small")
    low, high = numbers.significant(speed.low_ms), numbers.significant(speed.high_ms)
    return Cell(numbers.significant(speed.p50_ms), f"[{low}, {high}]", sort=speed.p50_ms)


def noise(task: Task) -> str:
    """How these times were taken, and how far they can be trusted."""
    n = max(line.speed.n_replicates for line in task.work)
    loads = [line.load for line in task.work if line.load is not None]
    threads = numbers.listed(sorted({line.threads for line in task.work}))
    taken = f"{numbers.plural(n, 'replicate')}, each a process of its own, interleaved (A B C, then C B A)"
    taken += f"; {threads} threads"
    if loads:
        taken += f"; load of the machine up to {numbers.fixed(max(loads), 1)}"
    if latency.is_busy(task.work, task.n_cores):
        taken += ". Other programs kept it busy: take all times here as rough"
    return f"{taken}. {_spread(task)}"


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
