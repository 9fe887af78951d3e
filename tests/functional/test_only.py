"""`--only`: a part of a suite is still a comparison, with the rows that need no encoder beside it."""

import pytest

from harness import report
from tests.fakes.desk import SUITE, Desk

TWO = SUITE.replace("encoders: [", "encoders: [{name: two, checkpoint: ./two}, ").replace("[mean]", "[mean, cls]")
BASELINES = ["majority", "tfidf"]
BOTH_POOLERS = ["two / mean", "two / cls", "one / mean", "one / cls"]
SLICE = {"rare-words", "rare-words:control"}  # what the slice is compared to stays
ALL = {*SLICE, "clean", "keyboard@3", "domain[bakery>barber]", "domain[barber>barber]"}


@pytest.mark.parametrize(
    ("only", "labels", "conditions"),
    [
        ({"mode": "probe"}, [*BOTH_POOLERS, *BASELINES], ALL),
        ({"encoder": "one"}, ["one / mean", "one / cls", *BASELINES], ALL),
        ({"pooler": "mean"}, ["two / mean", "one / mean", *BASELINES], ALL),
        ({"condition": "clean"}, [*BOTH_POOLERS, *BASELINES], {"clean"}),
        ({"encoder": "tfidf"}, ["tfidf"], ALL),
        ({"encoder": "one", "condition": "rare-words"}, ["one / mean", "one / cls", *BASELINES], SLICE),
    ],
    ids=lambda given: str(sorted(given) if isinstance(given, set) else given),
)
def test_a_part_has_a_page(desk: Desk, only: dict[str, str], labels: list[str], conditions: set[str]) -> None:
    """Every cell of it done, the rows those asked for and those without an encoder, in the conditions asked for."""
    run = desk.run(TWO, only=only)
    view = report.build(run)
    (task,) = view.tasks
    assert [row.label for row in task.rows] == labels
    assert view.n_done == view.n_planned
    assert all({result.condition for result in row.results} == conditions for row in task.rows)
    assert all((row.score is not None) == ("clean" in conditions) for row in task.rows)
    assert (task.verdict.pick is not None) == ("clean" in conditions)
