"""Questions that share an answer are one cluster: what that is worth, by simulation."""

import math

from benchmarks.clusters import ALPHA, replays

N = 200
#: Faults and coverage are shares of N replays: three binomial standard errors.
ERROR = 3 * math.sqrt(ALPHA * (1 - ALPHA) / N)


def test_answers_that_move_by_chance_are_no_regression_by_cluster_and_one_by_question() -> None:
    """125 answers with 11 questions each, nothing truly worse: a 5 % test and a 95 % interval keep their word."""
    found = replays([11] * 125, N, "test")
    assert found["answers"].worse < ALPHA + ERROR
    assert found["answers"].covered > 1 - ALPHA - ERROR
    assert found["questions"].worse > 3 * ALPHA
    assert found["questions"].covered < 0.75


def test_one_answer_with_half_of_the_questions_is_no_regression_by_cluster() -> None:
    found = replays([1] * 300 + [300], N, "test")
    assert found["answers"].worse < ALPHA + ERROR
    assert found["answers"].covered > 1 - ALPHA - ERROR
    assert found["questions"].covered < 0.5
