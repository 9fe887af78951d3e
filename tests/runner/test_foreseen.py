"""Which jobs are encoded in parts, and what that makes of the time that a run takes."""

import pytest

from harness.runner import storing
from harness.runner.foreseen import PART_TEXTS, JobPreview, Preview
from harness.runner.storing import Stored


def job(name: str, encode_s: float, heads_s: float = 1.0, n_texts: int = 100, n_cached: int = 0) -> JobPreview:
    return JobPreview(name, 1, 0, n_texts, n_cached, 2.0, encode_s, heads_s, (encode_s,), Stored(n_texts, 1000))


def foreseen(*jobs: JobPreview, device: str = "cpu") -> Preview:
    return Preview((), jobs, {}, 5.0, 0.0, {}, 0, (), device)


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "fits", lambda stored: True)


def test_one_job_is_shared_by_all_workers_and_the_run_is_shorter_for_it() -> None:
    alone = foreseen(job("one", 100.0))
    assert alone.in_parts(1) == {}
    assert alone.in_parts(2) == {"one": 2}
    assert alone.makespan_s(1) == 5 + 103
    assert alone.makespan_s(2) == 5 + (2 + 50) + (2 + 1)
    assert alone.by_job({"one": 2}) == {
        "one, part 1 of 2": (2.0, 50.0, 0.0),
        "one, part 2 of 2": (2.0, 50.0, 0.0),
        "one": (2.0, 0.0, 1.0),
    }


def test_a_part_is_half_a_minute_at_least() -> None:
    assert foreseen(job("one", 100.0)).in_parts(16) == {"one": 3}
    assert foreseen(job("one", 59.0)).in_parts(16) == {}
    assert foreseen(job("one", 1.0, heads_s=900.0)).in_parts(2) == {}


def test_jobs_that_keep_all_workers_busy_are_left_whole() -> None:
    """Those that would run on alone at the end are not."""
    many = [job(str(n), 100.0) for n in range(8)]
    assert foreseen(*many).in_parts(4) == {}
    assert foreseen(*many, job("huge", 5_000.0)).in_parts(4) == {"huge": 4}
    assert foreseen(*many[:5]).in_parts(4) == {"0": 3}
    assert foreseen(*many[:2]).in_parts(4) == {"0": 3, "1": 3}


def test_on_a_gpu_texts_count_since_no_estimate_knows_its_seconds() -> None:
    assert foreseen(job("one", 5_000.0, n_texts=PART_TEXTS), device="cuda:0").in_parts(4) == {}
    large = job("one", 5_000.0, n_texts=5 * PART_TEXTS, n_cached=2 * PART_TEXTS)
    assert foreseen(large, device="cuda:0").in_parts(4) == {"one": 3}


def test_nothing_is_encoded_in_parts_that_the_store_has_no_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "fits", lambda stored: stored.n_bytes < 1000)
    assert foreseen(job("one", 100.0)).in_parts(2) == {}
