"""What was timed is written down, so that nobody compares the times of other texts."""

from typing import Any

from harness.core.events import Timing
from harness.runner.jobs import TimeJob, Workload
from harness.runner.timing import time_


def lines(text: str, replicate: int = 0) -> dict[str, dict[str, Any]]:
    """The timing lines of TF-IDF on twelve texts that begin with `text`, by scenario."""
    texts = tuple(f"{text} number {i}" for i in range(12))
    job = TimeJob(
        name="time",
        subject="tfidf",
        encoder=None,
        backend=None,
        poolings={},
        device="cpu",
        workloads=(Workload("reviews", texts, texts, tuple("ab" * 6)),),
        scenarios=("single-stream", "offline", "memory"),
        replicate=replicate,
        order=0,
        n_requests=10,
        n_threads=1,
        keys={f"{scenario}/reviews": scenario for scenario in ("single-stream", "offline", "memory")},
    )
    return {event.line["scenario"]: dict(event.line) for event in time_(job) if isinstance(event, Timing)}


def test_every_timing_has_a_digest_of_its_texts() -> None:
    one, again, other = lines("a review"), lines("a review"), lines("a ticket")
    for scenario in ("single-stream", "offline", "memory"):
        assert one[scenario]["texts"] == again[scenario]["texts"] != other[scenario]["texts"]
    assert one["single-stream"]["texts"] == one["offline"]["texts"]
    assert "review" not in one["offline"]["texts"]
