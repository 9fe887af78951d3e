"""What the guarded row costs: what is exact, and wall time."""

import pytest

from tests.fakes.gate_runs import SmallRun, check, judged, of_cell, timed, verdicts


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [("n_parameters", 1001, "regressed"), ("n_parameters", 999, "improved"), ("disk_mb", 1.6, "regressed")],
)
def test_cost_that_no_clock_measures_is_exact(name: str, value: float, verdict: str) -> None:
    run = SmallRun()
    run.manifest["encoders"]["one"][name] = value
    found = judged(run)
    label = {"n_parameters": "parameters", "disk_mb": "MB on disk"}[name]
    assert verdicts(found)[label] == verdict
    assert found.outcome == ("regressed" if verdict == "regressed" else "passed")


def test_padding_and_tokens_are_cost_too() -> None:
    run = of_cell(timed(SmallRun(), 7), "one/clean", facts={"tokens_per_text": 13.0})
    for line in run.timing_lines:
        if "padding_waste" in line:
            line["padding_waste"] = 0.21
    found = verdicts(judged(run, timed(SmallRun(), 7)))
    assert (found["tokens a text"], found["padding in batches"]) == ("regressed", "regressed")


TIME = "time of a text, × the reference"


@pytest.mark.parametrize(
    ("n", "slower", "noise", "verdict"),
    [(7, 1.0, 0.02, "ok"), (7, 1.25, 0.02, "regressed"), (7, 0.75, 0.02, "improved"), (5, 1.25, 0.02, "too weak")],
)
def test_wall_time_is_a_ratio_from_enough_replicates(n: int, slower: float, noise: float, verdict: str) -> None:
    found = judged(timed(SmallRun(), n, slower, noise, seed=1), timed(SmallRun(), n, 1.0, noise, seed=2))
    assert verdicts(found)[TIME] == verdict


def test_a_quarter_slower_is_caught_or_called_too_weak() -> None:
    for seed in range(10):
        found = judged(timed(SmallRun(), 7, 1.25, 0.15, seed), timed(SmallRun(), 7, 1.0, 0.15, seed + 100))
        assert verdicts(found)[TIME] in ("regressed", "too weak")


def test_other_texts_are_not_timed_against_each_other() -> None:
    """Requests of a file may be others while those of the task are the same; the digest of what was timed decides."""
    run = timed(SmallRun(), 7, 1.5)
    for line in run.timing_lines:
        line["texts"] = "others"
    for line in run.timing_lines[1::2]:
        line["padding_waste"] = 0.3
    found = judged(run, timed(SmallRun(), 7))
    assert (verdicts(found)[TIME], verdicts(found)["padding in batches"]) == ("not comparable", "not comparable")
    assert check(found, TIME).why == check(found, "padding in batches").why == "other texts were timed"
    assert found.outcome == "passed"


def test_more_test_texts_are_no_reason_where_requests_are_timed() -> None:
    """The other way round: other test texts, the same requests."""
    found = judged(timed(SmallRun(310), 7), timed(SmallRun(300), 7))
    assert (verdicts(found)[TIME], verdicts(found)["padding in batches"]) == ("ok", "ok")


def test_the_reference_itself_cannot_be_timed() -> None:
    """Where the suite named it that is said; the first encoder is the reference of every other suite, and no news."""
    runs = [timed(SmallRun(), 7), timed(SmallRun(), 7)]
    for run in runs:
        run.manifest["suite"]["latency"]["reference"] = "one"
    found = judged(*runs)
    assert TIME not in verdicts(found)
    assert "one is the reference" in " ".join(found.notes)
    for run in runs:
        run.manifest["suite"] |= {"latency": {"reference": None}, "reference": "one"}
    found = judged(*runs)
    assert TIME not in verdicts(found)
    assert not found.notes
    assert "only the run was timed" in " ".join(judged(timed(SmallRun(), 7)).notes)
