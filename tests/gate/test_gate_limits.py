"""The suite's limits in the gate: the primary's, in each of its tasks, with or without a baseline."""

import pytest

from harness import gate
from harness.core.errors import HarnessError
from harness.gate import Judgement, junit, markdown
from tests.fakes.gate_runs import SmallRun, accepted, timed


def limited(run: SmallRun, **limits: float) -> SmallRun:
    run.manifest["suite"]["limits"] = limits
    run.manifest["environment"]["n_cores"] = 2
    return run


def fast(load: float = 0.5, n: int = 3) -> SmallRun:
    """Three replicates of 12 texts, 10 ms each, on a machine with this load; 300 MB of memory."""
    run = timed(SmallRun(), n, noise=0.0)
    run.timing_lines = [{**line, "load": load} for line in run.timing_lines]
    run.timing_lines.append(
        {"scenario": "memory", "task": "reviews", "encoder": "one", "replicate": 0, "peak_mb": 300.0}
    )
    return run


def told(found: Judgement) -> list[tuple[str, str, str]]:
    return [(check.name, check.verdict, check.why) for check in found.checks]


def test_limits_need_no_baseline() -> None:
    found = gate.judge(limited(fast(), p50_ms=10.0, memory_mb=299.0, disk_mb=2.0), None)
    assert told(found) == [
        ("limit: p50 of one / main at most 10 ms", "ok", ""),
        ("limit: memory of one / main at most 299 MB", "missed", "300 MB is more"),
        ("limit: disk of one / main at most 2 MB", "ok", ""),
    ]
    assert {check.kind for check in found.checks} == {"threshold"}
    assert found.outcome == "regressed"
    assert gate.judge(limited(fast(), p50_ms=10.0), None).outcome == "passed"


def test_without_anything_to_hold_it_to_there_is_no_verdict() -> None:
    with pytest.raises(HarnessError, match=r"neither a baseline nor `gate: thresholds:` or `limits:`"):
        gate.judge(limited(fast()), None)


def test_limits_stand_beside_a_baseline_and_thresholds() -> None:
    run = limited(fast(), p50_ms=9.0)
    run.manifest["suite"]["gate"]["thresholds"] = [{"metric": "accuracy", "min": 0.1}]
    names = [check.name for check in gate.judge(run, accepted(run)).checks]
    assert names[-2:] == ["accuracy of reviews / one / main / probe: at least 10.0", told(gate.judge(run, None))[-1][0]]
    assert gate.judge(run, accepted(run)).outcome == "regressed"


def test_what_was_not_measured_is_missing() -> None:
    """Too few texts for a percentile, no timing at all, an encoder of unknown size: nothing is passed unseen."""
    found = gate.judge(limited(fast(), p95_ms=99.0), None)
    assert told(found)[0][1:] == ("missing", "36 texts were timed, p95 takes 130")
    assert found.outcome == "unjudged"
    run = limited(SmallRun(), p50_ms=99.0, memory_mb=99.0, disk_mb=99.0)
    del run.manifest["encoders"]["one"]["disk_mb"]
    assert {verdict for _, verdict, _ in told(gate.judge(run, None))} == {"missing"}


def test_times_of_a_busy_machine_miss_nothing() -> None:
    """They may be the machine's. What is within is within all the same; memory and bytes are the row's own."""
    found = gate.judge(limited(fast(load=3.1), p50_ms=9.0, memory_mb=299.0, disk_mb=1.0), None)
    assert [check.verdict for check in found.checks] == ["too weak", "missed", "missed"]
    assert "10.0 ms is more, but other programs kept the machine busy" in found.checks[0].why
    assert [c.verdict for c in gate.judge(limited(fast(load=3.1), p50_ms=10.0), None).checks] == ["ok"]
    alone = limited(fast(load=3.1), p50_ms=9.0)
    assert gate.judge(alone, None).outcome == "passed"
    assert gate.judge(alone, None, strict=True).outcome == "unjudged"


def test_limits_hold_in_each_task_of_the_primary() -> None:
    """A second task with longer texts is slower, and is told apart by its name."""
    run = fast().with_task("tickets")
    slow = [{**t, "task": "tickets"} for t in run.timing_lines]
    for line in slow:
        if "total_ms" in line:
            line["total_ms"] = {"main": [30.0] * 12}
    run.timing_lines += slow
    found = gate.judge(limited(run, p50_ms=20.0), None)
    assert told(found) == [
        ("reviews: limit: p50 of one / main at most 20 ms", "ok", ""),
        ("tickets: limit: p50 of one / main at most 20 ms", "missed", "30.0 ms is more"),
    ]


def test_times_of_the_suites_own_requests_hold_for_the_task() -> None:
    run = limited(fast(), p50_ms=20.0)
    run.manifest["suite"]["latency"]["texts"] = "requests.jsonl"
    assert [check.verdict for check in gate.judge(run, None).checks] == ["missing"]
    run.timing_lines = [{**line, "task": "requests"} for line in run.timing_lines]
    assert [check.verdict for check in gate.judge(run, None).checks] == ["ok"]


def test_the_verdict_says_by_how_much() -> None:
    found = gate.judge(limited(fast(), p50_ms=9.5), None)
    text = markdown.render(found)
    assert "Gate failed: limit: p50 of one / main at most 9.5 ms missed (10.0 ms is more)" in text
    assert "held to its own bounds alone" in text
    assert "missed: 10.00; 10.0 ms is more" in junit.render(found)
