"""What was timed is written down, so that nobody compares the times of other texts."""

from pathlib import Path
from typing import Any

from harness import tasks
from harness.core.events import Timing
from harness.runner.jobs import TimeJob, Workload
from harness.runner.timing import time_
from tests.fakes.desk import write_csv
from tests.fakes.steps import HERE


def lines(folder: Path, text: str, replicate: int = 0) -> dict[str, dict[str, Any]]:
    """The timing lines of TF-IDF on twelve texts that begin with `text`, by scenario."""
    rows = [(f"{text} number {i}", "ab"[i % 2]) for i in range(12)]
    write_csv(folder / "test.csv", rows, ("text", "label"))
    write_csv(folder / "train.csv", [(f"other {own}", label) for own, label in rows], ("text", "label"))
    task = tasks.resolve({"name": "reviews", "train": "train.csv", "test": "test.csv"}, folder)
    info = tasks.describe(task)
    test, train = (tasks.make_split(task, info, side) for side in ("test", "train"))
    job = TimeJob(
        name="time",
        subject="tfidf",
        encoder=None,
        backend=None,
        poolings={},
        tasks={"reviews": task},
        workloads=(Workload("reviews", "reviews", (test,), train),),
        scenarios=("single-stream", "offline", "memory"),
        replicate=replicate,
        order=0,
        n_requests=10,
        keys={f"{scenario}/reviews": scenario for scenario in ("single-stream", "offline", "memory")},
    )
    return {event.line["scenario"]: dict(event.line) for event in time_(job, HERE) if isinstance(event, Timing)}


def test_every_timing_has_a_digest_of_its_texts(tmp_path: Path) -> None:
    one, again, other = (lines(tmp_path, text) for text in ("a review", "a review", "a ticket"))
    for scenario in ("single-stream", "offline", "memory"):
        assert one[scenario]["texts"] == again[scenario]["texts"] != other[scenario]["texts"]
    assert one["single-stream"]["texts"] == one["offline"]["texts"]
    assert "review" not in one["offline"]["texts"]
