"""What the gate says it sees it sees: builds made by chance, with the loss planted that an unchanged build prints.

Four of five of them fail, give or take five points. The number of builds keeps the error of a share below 1.8 points;
`benchmarks/gate.py --power` looks at more of them.
"""

import numpy as np
import pytest

from benchmarks.builds import Case, checks, failing, printed
from harness.core.seeds import generator_of
from harness.stats import Texts, texts_of

N_UNCHANGED, N_WORSE = 150, 500


def hold(case: Case, n_worse: int = N_WORSE, n_unchanged: int = N_UNCHANGED) -> None:
    visible, alarms = printed(case, n_unchanged)
    assert failing(case, visible, n_worse) == pytest.approx(0.8, abs=0.05)
    assert alarms <= 0.05 + 2.4 * (0.05 * 0.95 / n_unchanged) ** 0.5


@pytest.mark.parametrize(
    "case",
    [
        Case(300, discordance=0.02, margin=0.01),  # six discordant texts
        Case(300, discordance=0.2, margin=0.05, n_checks=5),
        Case(1150, margin=0.0, n_checks=4),
        Case(1150, margin=0.02),
        Case(20_000, margin=0.01),  # the margin decides
    ],
    ids=str,
)
def test_texts_of_their_own_show_the_printed_loss_in_four_of_five_builds(case: Case) -> None:
    hold(case)


@pytest.mark.parametrize(
    "case",
    [Case(600, discordance=0.2, margin=0.02, n_checks=4, cluster=2), Case(900, cluster=3, whole=True)],
    ids=str,
)
def test_clusters_of_texts_show_the_printed_loss_in_four_of_five_builds(case: Case) -> None:
    hold(case)


def test_macro_f1_shows_the_printed_loss_in_four_of_five_builds() -> None:
    hold(Case(400, margin=0.02, metric="macro-f1"))


@pytest.mark.parametrize(
    "case",
    [
        Case(400, discordance=0.2, seeds=2),  # trainings differ by no more than texts explain
        Case(200, discordance=0.2, seeds=3, spread=0.01),
    ],
    ids=str,
)
def test_rows_trained_anew_show_the_printed_loss_in_four_of_five_builds(case: Case) -> None:
    """Few trainings say little of how they differ, so what is printed varies: more builds for its middle."""
    hold(case, n_unchanged=500 // case.seeds)


@pytest.mark.parametrize("case", [Case(7, spread=0.1, time=True), Case(9, spread=0.03, n_checks=3, time=True)], ids=str)
def test_wall_time_shows_the_printed_loss_in_four_of_five_builds(case: Case) -> None:
    hold(case)


@pytest.mark.parametrize(
    "case",
    [
        Case(1150, discordance=0.02, margin=0.01),
        Case(900, discordance=0.05, margin=0.05, cluster=3),
        Case(400, discordance=0.1, margin=0.05, seeds=3, spread=0.002),
        Case(9, spread=0.02, time=True),
    ],
    ids=str,
)
def test_where_a_check_is_ok_every_measured_loss_beyond_the_margin_fails(case: Case) -> None:
    """No build whose measured loss is larger passes: neither as ok nor as too weak."""
    margin, seen = 0.1 if case.time else case.margin, set()
    for i in range(80):
        (build,) = checks(case, margin, generator_of("ok", i))
        assert build.loss is not None
        seen.add((build.loss.value > margin + 1e-9, build.verdict))
    assert seen == {(True, "regressed"), (False, "ok")}


def test_the_numbers_of_a_simulated_build_are_those_of_its_texts() -> None:
    """Texts of their own need no columns: what is lost and gained says it all."""
    then, now = np.ones((300, 2)), np.ones((300, 2))
    now[:20, 0] = then[20:25, 0] = 0
    found = texts_of("sign-flip", np.mean, (then, np.arange(300)), (now, np.arange(300)), rng=generator_of("texts"))
    assert found == Texts(300, 300, 25)
