"""The limits of a suite on the page and in the table of results."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from harness import report
from harness.report import View, comparison_table, latency, limits, markdown
from harness.report.limits import LimitCheck
from harness.report.model import Row
from tests.fakes.runs import FakeRun


def limited(run: FakeRun, **given: float) -> Any:
    """The page of the run, had its suite had these limits."""
    found = copy.copy(run)
    found.manifest = {**run.manifest, "suite": {**run.manifest["suite"], "limits": given}}
    return report.build(found)


def row_of(view: View, label: str, task: int = 0) -> Row:
    return next(row for row in view.tasks[task].rows if row.label == label)


def words(row: Row) -> list[str]:
    return [check.words for check in row.limits]


@pytest.mark.parametrize(
    ("check", "is_met", "said"),
    [
        (LimitCheck("p95_ms", 20.0, 34.12), False, "p95 34.1 ms, limit 20"),
        (LimitCheck("p95_ms", 20.0, 20.0), True, "p95 20.0 ms, limit 20"),
        (LimitCheck("p95_ms", 20.0, 20.004), False, "p95 20.004 ms, limit 20"),
        (LimitCheck("memory_mb", 1234.5, 1229.9), True, "memory 1,230 MB, limit 1,234.5"),
        (LimitCheck("disk_mb", 0.25, 0.0), True, "disk 0 MB, limit 0.25"),
        (LimitCheck("p99_ms", 20.0, None), None, "p99 not measured, limit 20"),
    ],
)
def test_a_limit_says_whether_it_is_met(check: LimitCheck, is_met: bool | None, said: str) -> None:
    """A value that rounding would put on the other side of the limit has more digits."""
    assert check.is_met is is_met
    assert check.words == said


def test_each_row_is_held_to_the_limits_of_the_suite(run: FakeRun) -> None:
    """Times by pooler, memory by encoder, bytes of the weights; no weights are no bytes; 180 samples have no p99."""
    view = limited(run, p50_ms=20.0, p95_ms=20.0, p99_ms=20.0, memory_mb=500.0, disk_mb=100.0)
    mini, net = row_of(view, "minilm / mean / probe"), row_of(view, "mpnet / mean / probe")
    assert [check.is_met for check in mini.limits] == [True, True, None, True, True]
    assert [check.is_met for check in net.limits] == [False, False, None, False, False]
    assert mini.speed is not None
    assert [check.value for check in mini.limits[:2]] == [mini.speed.p50_ms, mini.speed.p95_ms]
    assert words(net)[3:] == ["memory 930 MB, limit 500", "disk 438 MB, limit 100"]
    tfidf = row_of(view, "tfidf")
    assert [check.is_met for check in tfidf.limits] == [True, True, None, None, True]
    assert words(tfidf)[4] == "disk 0 MB, limit 100"


def test_a_trained_row_is_as_large_as_what_was_trained(run: FakeRun) -> None:
    view = limited(run, disk_mb=90.0)
    assert [c.value for c in row_of(view, "minilm / mean / finetune").limits] == [87.0]


def test_what_was_not_timed_is_unknown(run: FakeRun) -> None:
    """Another task's times say nothing of this one's; but those of the suite's own requests hold for all."""
    assert [c.is_met for c in row_of(limited(run, p50_ms=1e3), "mpnet / mean", 1).limits] == [None]
    on_requests = copy.copy(run)
    suite = {**run.manifest["suite"], "limits": {"p50_ms": 1e3}, "latency": {"texts": "requests.jsonl"}}
    on_requests.manifest = {**run.manifest, "suite": suite}
    on_requests.timing_lines = [t | {"task": "requests"} for t in run.timing_lines]
    assert [c.is_met for c in row_of(report.build(on_requests), "mpnet / mean", 1).limits] == [True]


def test_memory_alone_is_measured_without_times(run: FakeRun) -> None:
    untimed = copy.copy(run)
    untimed.timing_lines = [line for line in run.timing_lines if line["scenario"] == "memory"]
    assert words(row_of(limited(untimed, memory_mb=500.0), "mpnet / mean / probe")) == ["memory 930 MB, limit 500"]


def test_the_comparison_marks_who_is_out(run: FakeRun, view: Any) -> None:
    """A column where there are limits, and none where there are not."""
    task = limited(run, p95_ms=20.0, memory_mb=500.0).tasks[0]
    table = comparison_table.comparison(task)
    at = [column.title for column in table.columns].index("limits")
    cells = {row[0].line: row[at] for row in table.sections[0].rows}
    assert cells["minilm / mean / probe"].line == "met"
    assert cells["mpnet / mean / probe"].text.endswith(" > 20, memory 930 > 500")
    assert cells["mpnet / mean / probe"].tone == "flag"
    assert cells["huge / mean / probe"].line == "not measured: p95, memory"
    assert "Limits: the most that the suite lets a row take, p95 20 ms and memory 500 MB." in table.explains
    assert "limits" not in [c.title for c in comparison_table.comparison(view.tasks[0]).columns]
    assert all(len(row) == len(table.columns) for row in table.sections[0].rows)


def test_the_page_has_the_marks(run: FakeRun) -> None:
    text = markdown.render(limited(run, memory_mb=500.0))
    assert "memory 930 > 500" in text


def test_the_table_of_results_says_who_keeps_the_limits(run: FakeRun, view: Any) -> None:
    """`missed` stands before `unknown`, since one limit that is out is enough."""
    table = report.rows(limited(run, p99_ms=1.0, memory_mb=500.0))
    states = {(row["task"], row["encoder"]): row["limits"] for row in table}
    assert states["sentiment", "mpnet"] == "missed"
    assert states["sentiment", "minilm"] == states["sentiment", "huge"] == "unknown"
    assert {row["limits"] for row in report.rows(limited(run, disk_mb=1e6))} == {"met"}
    assert {row["limits"] for row in report.rows(view)} == {""}
    assert limits.state(()) == ""


def test_a_load_over_one_and_a_half_times_the_cores_is_busy(view: Any) -> None:
    """One timing is enough; where nobody counted the cores, nobody can say."""
    first, *rest = view.tasks[0].work
    assert not latency.is_busy(view.tasks[0].work, 2)
    assert not latency.is_busy([replace(first, load=3.0), *rest], 2)
    assert latency.is_busy([replace(first, load=3.1), *rest], 2)
    assert not latency.is_busy([replace(first, load=3.1), *rest], None)
    assert not latency.is_busy([replace(first, load=None)], 2)
    assert not latency.is_busy([], 2)
