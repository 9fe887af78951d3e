"""Timings as values."""

import math
from dataclasses import replace
from typing import Any

import pytest

from harness.report import View, latency
from harness.report.model import Task
from harness.results.records import Timing
from tests.fakes.runs import FakeRun


def line(encoder: str, replicate: int, total: list[float], **more: Any) -> Timing:
    return Timing("single-stream", "t", encoder, replicate, total_ms={"mean": total}, **more)


def test_p50_is_the_median_of_replicate_medians() -> None:
    """One disturbed replicate does not move it."""
    timings = [line("a", r, [ms] * 10) for r, ms in enumerate((2.0, 2.2, 90.0))]
    speed = latency.speed(timings, "a", "mean", {})
    assert (speed.p50_ms, speed.low_ms, speed.high_ms) == (2.2, 2.0, 90.0)


@pytest.mark.parametrize(
    ("n", "known"),
    [
        (9, []),
        (10, [50]),
        (63, [50]),
        (64, [50, 90]),
        (129, [50, 90]),
        (130, [50, 90, 95]),
        (661, [50, 90, 95]),
        (662, [50, 90, 95, 99]),
    ],
)
def test_percentiles_need_their_samples(n: int, known: list[int]) -> None:
    """A percentile stands only where the sample supports it."""
    speed = latency.speed([line("a", 0, [1.0] * n)], "a", "mean", {})
    values = {50: speed.p50_ms, 90: speed.p90_ms, 95: speed.p95_ms, 99: speed.p99_ms}
    assert [q for q, value in values.items() if value is not None] == known


def test_ratio_is_paired_by_replicate() -> None:
    """A machine that slows down for both does not blur a constant ratio."""
    ratio = latency.paired_ratio({0: 2.0, 1: 20.0, 2: 4.0}, {0: 1.0, 1: 10.0, 2: 2.0})
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2.0, 2.0, 2.0))


def test_ratio_has_the_t_interval_of_its_logarithms() -> None:
    """Three replicates have 2 degrees of freedom: t = 4.303, as scipy has it."""
    from scipy.stats import t

    ratio = latency.paired_ratio({0: 1.0, 1: 2.0, 2: 4.0}, {0: 1.0, 1: 1.0, 2: 1.0})
    half = t.ppf(0.975, 2) * math.log(2) / math.sqrt(3)
    assert ratio.value == pytest.approx(2.0)
    assert math.log(ratio.high / 2) == pytest.approx(half, rel=1e-3)
    assert math.log(2 / ratio.low) == pytest.approx(half, rel=1e-3)


def test_one_replicate_gives_no_ratio() -> None:
    assert latency.paired_ratio({0: 1.0}, {0: 1.0, 1: 1.0}) is None
    assert latency.paired_ratio({0: 1.0, 1: 1.0}, {2: 1.0, 3: 1.0}) is None


def test_what_was_not_timed_has_no_speed() -> None:
    assert latency.speed([line("a", 0, [1.0] * 20)], "a", "cls", {}) is None
    assert latency.speed([], "a", "mean", {}) is None


def test_timings_of_another_task_serve_none() -> None:
    mine, other = line("a", 0, [1.0] * 20), replace(line("a", 0, [9.0] * 20), task="u")
    assert latency.of_task([mine, other], "t") == [mine]


def on_requests(run: FakeRun) -> FakeRun:
    """The run, timed on one workload of the suite's own requests."""
    import copy

    timed = copy.copy(run)
    suite = run.manifest["suite"]
    timed.manifest = {**run.manifest, "suite": suite | {"latency": suite["latency"] | {"texts": "requests.jsonl"}}}
    timed.timing_lines = [t | {"task": "requests"} for t in run.timing_lines]
    return timed


def test_own_requests_hold_for_the_rows_of_every_task(run: FakeRun, view: View) -> None:
    """The same speed in each task, also in the one whose texts were not timed; and it is said what was timed."""
    from harness import report

    sentiment, headlines = report.build(on_requests(run)).tasks
    assert [row.speed for row in sentiment.rows] == [row.speed for row in view.tasks[0].rows]
    assert not view.tasks[1].work
    for row in headlines.rows:
        same = next(r for r in sentiment.rows if (r.encoder, r.pooler) == (row.encoder, row.pooler))
        assert row.speed.p50_ms == same.speed.p50_ms
    assert sentiment.on_requests
    assert headlines.on_requests


def test_own_requests_are_named_once(run: FakeRun) -> None:
    """One table of times for all tasks, and captions that say whose texts these were."""
    from harness import report
    from harness.report import comparison_table, markdown, page

    view = report.build(on_requests(run))
    assert all("timed on the suite's own requests" in comparison_table.comparison(t).explains for t in view.tasks)
    (section,) = (s for s in page.sections(view) if s.anchor == "latency")
    assert [part.title for part in section.parts] == ["all tasks"]
    assert "Timed on the suite's own requests, for all tasks." in markdown.render(view)


def test_with_own_requests_other_timings_are_not_shown(run: FakeRun) -> None:
    """Lines on a task's texts, from an earlier run into the folder, are of another workload."""
    from harness import report

    mixed = on_requests(run)
    mixed.timing_lines = run.timing_lines
    assert [task.work for task in report.build(mixed).tasks] == [(), ()]
    assert not report.build(mixed).tasks[0].on_requests


def test_work_takes_medians_of_its_parts() -> None:
    timings = [
        line("a", r, [3.0] * 20, tokenise_ms=[1.0 + r], forward_ms=[2.0], pool_ms={"mean": [0.5]}, n_tokens=[7, 9])
        for r in range(3)
    ]
    timings.append(Timing("memory", "t", "a", 0, peak_mb=400.0))
    timings.append(Timing("offline", "t", "a", 0, texts_per_s=9.0, padding_waste=0.1))
    (found,) = latency.work(timings, ["b", "a"], {})
    assert (found.tokenise_ms, found.forward_ms, found.pool_ms, found.tokens_per_text) == (2.0, 2.0, 0.5, 8.0)
    assert (found.peak_mb, found.padding_waste, found.tokens_per_s) == (400.0, 0.1, None)


@pytest.fixture
def timed_task(view: View) -> Task:
    return view.tasks[0]


def test_noise_says_how_far_replicates_are_apart(timed_task: Task) -> None:
    """And calls one replicate, or a busy machine, what it is."""
    from dataclasses import replace

    from harness.report import latency_table

    quiet = latency_table.noise(timed_task)
    assert quiet.startswith("3 replicates, each a process of its own")
    assert "differed by up to" in quiet
    assert "busy" not in quiet
    loaded = replace(timed_task, work=tuple(replace(line, load=3.7) for line in timed_task.work))
    assert "Other programs kept it busy" in latency_table.noise(loaded)
    alone = [replace(line, speed=replace(line.speed, n_replicates=1)) for line in timed_task.work]
    assert "One replicate says nothing of the noise" in latency_table.noise(replace(timed_task, work=tuple(alone)))


def test_encoders_that_were_only_timed_are_in_the_table(run: FakeRun) -> None:
    """Random weights have no quality, but a latency: they stand in the table of times and nowhere else."""
    import copy

    from harness import report

    with_random = copy.copy(run)
    extra = next(t for t in run.timing_lines if t["encoder"] == "mpnet" and t["scenario"] == "single-stream")
    with_random.timing_lines = [*run.timing_lines, {**extra, "encoder": "random-base"}]
    task = report.build(with_random).tasks[0]
    assert "random-base" in [line.encoder for line in task.work]
    assert "random-base" not in [row.encoder for row in task.rows]
