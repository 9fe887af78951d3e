"""The answer in words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.core.address import Address
from harness.report import front
from harness.report.choice import Asked
from harness.report.latency import Speed
from harness.report.limits import LimitCheck
from harness.report.measure import Measure
from harness.report.model import Bundle, Drop, Result, Row, Verdict
from harness.report.standing import Standing
from harness.report.verdict import verdict
from harness.results.facts import Facts
from harness.stats import Comparisons, Interval

ACCURACY = Measure("accuracy", "accuracy", higher_is_better=True, factor=100, decimals=1, unit="points")


def result(condition: str, score: float, drop: Drop | None = None) -> Result:
    return Result(
        address=Address("t", "e", "p", "m", condition), kind="clean" if condition == "clean" else "perturbation",
        key=condition, status="done", n=400, n_clusters=400, chance=0.5, n_repeats=1,
        score=Interval(score, score - 0.02, score + 0.02), drop=drop,
    )  # fmt: skip


def row(
    name: str, score: float, group: int, *, ms: float | None = None, n: int | None = None, drops: Sequence[Result] = ()
) -> Row:
    encoder, _, pooler = name.partition("/")
    speed = None if ms is None else Speed(ms, ms, ms, None, None, None, 30, 3, None, None, ((0, ms), (1, ms), (2, ms)))
    results = (result("clean", score), *drops)
    return Row(
        encoder=encoder, pooler=pooler or "–", mode="probe" if pooler else "–", label=name, clean=results[0],
        group=group, rank=group, n_tied=1, results=results, cells=results, bundles=(), speed=speed,
        n_parameters=n, disk_mb=None, weights="pretrained",
    )  # fmt: skip


def timed(row: Row, **changes: Any) -> Row:
    """The row with another speed."""
    assert row.speed is not None
    return replace(row, speed=replace(row.speed, **changes))


def standing_of(*rows: Row, half: float = 0.02, once: tuple[str, ...] = (), n_clusters: int = 400) -> Standing:
    """Every difference is known to within `half`; the rows named `once` were trained with one seed."""
    scored = [r for r in rows if r.score]
    errors = np.full((len(scored), len(scored)), half / 2)
    known = Comparisons(
        scores=np.array([r.score.value for r in scored]),
        errors=errors,
        df=np.full_like(errors, 399.0),
        level=0.05,
        to_best=0.05,
        n_clusters=n_clusters,
    )
    halves = np.full_like(errors, half if n_clusters > 1 else np.inf)
    for i, r in enumerate(scored):
        if r.label in once:
            halves[i, :] = halves[:, i] = np.inf
    known.__dict__["halves"] = known.__dict__["_to_best"] = halves
    return Standing(tuple(r.names for r in scored), frozenset(r.names for r in scored if r.label in once), known)


def say(*rows: Row, half: float = 0.02, within: float = 0.01, once: tuple[str, ...] = (), **asked: Any) -> Verdict:
    return verdict(rows, standing_of(*rows, half=half, once=once), Asked(ACCURACY, within, **asked))


def test_the_cheapest_row_that_is_shown_to_be_close_is_named() -> None:
    """The best score by a hair is not worth five times the time; what is known of the loss is said."""
    said = say(
        row("small/mean", 0.885, 1, ms=8), row("big/mean", 0.89, 1, ms=40), row("tfidf", 0.70, 3, ms=0.4), half=0.004
    )
    assert said.pick == "small/mean"
    assert said.headline == "Choose small/mean: accuracy 88.5 [86.5, 90.5], 8.00 ms a text."
    assert said.why == (
        "It is the cheapest row that is shown to come close to the best, big/mean (89.0): it loses at most 0.9 points, "
        "and 1.0 points may be lost (within)."
    )
    assert said.rivals == (
        "big/mean: +0.5 points accuracy [0.1, 0.9], 5.0× slower (40.0 ms).",
        "tfidf: −18.5 points accuracy [−18.9, −18.1], 20.0× faster (0.400 ms).",
    )


def test_not_told_apart_is_not_shown_to_be_close() -> None:
    """A row 0.5 points below the best, known to within 4: the best is named, with what the cheaper one would risk."""
    said = say(row("small/mean", 0.885, 1, ms=8), row("big/mean", 0.89, 1, ms=40), half=0.04)
    assert said.pick == "big/mean"
    assert said.headline == "Not settled: big/mean has the best score, accuracy 89.0 [87.0, 91.0], 40.0 ms a text."
    assert said.why == (
        "With these 400 test texts no row is shown to come within 1.0 points (within) of the best, not even this one, "
        "which may be 3.5 points below small/mean."
    )
    assert said.rivals == (
        "small/mean: −0.5 points accuracy [−4.5, 3.5] (cannot be told apart), 5.0× faster (8.00 ms); it may lose up to "
        "4.5 points, and about 52,000 test texts would settle it.",
    )


def test_a_better_row_that_may_not_be_named_is_not_talked_away() -> None:
    rows = (limited(row("big/mean", 0.95, 1, ms=40), p95_ms=41.5), limited(row("a/mean", 0.9, 1, ms=8), p95_ms=9.5))
    said = say(*rows, limited(row("b/mean", 0.89, 2, ms=9), p95_ms=9.9), half=0.05)
    assert said.headline.startswith(
        "Not settled: a/mean has the best score of the rows that may be named, accuracy 90.0"
    )


def test_poolers_of_one_encoder_are_rivals_where_nothing_is_shown() -> None:
    said = say(row("a/mean", 0.89, 1, ms=8), row("a/cls", 0.885, 1, ms=8), row("a/max", 0.7, 2, ms=8), half=0.04)
    assert said.why.endswith("not even this one, which may be 3.5 points below a/cls.")
    assert [line.split(":")[0] for line in said.rivals] == ["a/cls"]


def test_more_texts_do_not_settle_what_seeds_leave_open() -> None:
    small, big = row("a/mean", 0.885, 1, ms=8), tuned(row("b/mean", 0.89, 1, ms=40))
    assert (
        say(small, big, half=0.04)
        .rivals[0]
        .endswith("it may lose up to 4.5 points, and it takes more seeds of training, or more texts, to settle it.")
    )


def test_a_bound_is_never_rounded_into_what_is_allowed() -> None:
    """May lose 1.04 points where 1.0 are allowed: 1.1, not 1.0."""
    said = say(row("a/mean", 0.8896, 1, ms=8), row("b/mean", 0.89, 1, ms=40), half=0.0108)
    assert "which may be 1.1 points below a/mean" in said.why


def test_no_encoder_needed_is_not_said_where_one_has_failed() -> None:
    failed = replace(row("big/mean", 0.9, 1), group=None, rank=None, clean=None)
    rows = (row("small/mean", 0.981, 1, ms=8), row("tfidf", 0.98, 1, ms=0.4))
    assert say(*rows, half=0.005).headline.startswith("No encoder needed")
    assert say(*rows, failed, half=0.005).headline.startswith("tfidf: accuracy")


def test_what_is_not_known_has_no_price() -> None:
    said = say(row("a/mean", 0.89, 1, n=5_000_000), row("b/mean", 0.9, 1), half=0.04)
    assert ", of unknown size; " in said.rivals[0]


def test_of_equal_scores_the_cheapest_stands_first_and_the_others_are_told() -> None:
    said = say(row("big/mean", 0.89, 1, ms=40), row("small/mean", 0.89, 1, ms=8), half=0.04)
    assert said.pick == "small/mean"
    assert said.headline == (
        "Not settled: small/mean has the best score, accuracy 89.0 [87.0, 91.0], 8.00 ms a text, and big/mean the same."
    )


def test_a_clear_best_is_named_though_nothing_cheaper_is_shown() -> None:
    said = say(row("small/mean", 0.85, 1, ms=8), row("big/mean", 0.89, 1, ms=40), half=0.03)
    assert said.headline.startswith("Choose big/mean: accuracy 89.0")
    assert said.why == "It has the best score, and every other row is shown to be worse."
    said = say(row("small/mean", 0.85, 1, ms=8), row("big/mean", 0.89, 1, ms=40), half=0.045)
    assert said.headline.startswith("Choose big/mean: accuracy 89.0")
    assert said.why.startswith(
        "It has the best score; no other that may be named is better by more than 0.5 points, and 1.0 points may"
    )


def test_what_may_be_lost_is_the_suites() -> None:
    rows = (row("small/mean", 0.885, 1, ms=8), row("big/mean", 0.89, 1, ms=40))
    assert say(*rows, half=0.04, within=0.05).pick == "small/mean"
    assert say(*rows, half=0.04, within=0.046).pick == "small/mean"
    assert say(*rows, half=0.04, within=0.04).pick == "big/mean"


def test_a_loss_at_the_edge_of_what_is_allowed_is_not_to_be_settled() -> None:
    said = say(row("small/mean", 0.88, 1, ms=8), row("big/mean", 0.89, 1, ms=40), half=0.04)
    assert said.rivals[0].endswith("so near to what is allowed that no test of a usual size would settle it.")


def test_no_encoder_is_an_answer_where_it_is_shown() -> None:
    """Encoders gain less than a point over counting words, surely: it is said in the first words."""
    said = say(row("small/mean", 0.981, 1, ms=8), row("tfidf", 0.98, 1, ms=0.4), half=0.005)
    assert said.pick == "tfidf"
    assert said.headline == "No encoder needed: tfidf reaches accuracy 98.0 [96.0, 100.0], 0.400 ms a text."


def test_a_tie_by_weakness_is_no_reason_to_drop_the_encoder() -> None:
    """4.3 points better, but only known to within 5: the encoder has the best score."""
    said = say(row("small/mean", 0.78, 1, ms=8), row("tfidf", 0.737, 1, ms=0.4), half=0.05)
    assert said.pick == "small/mean"
    assert "No encoder needed" not in str(said)
    assert "it may lose up to 9.3 points" in said.rivals[0]


def test_the_best_score_alone_does_not_say_that_no_encoder_is_needed() -> None:
    said = say(row("small/mean", 0.97, 1, ms=8), row("tfidf", 0.98, 1, ms=0.4), half=0.05)
    assert said.headline.startswith("Not settled: tfidf has the best score, accuracy 98.0")
    assert "No encoder needed" not in str(said)
    assert said.rivals[0].startswith(
        "small/mean: −1.0 points accuracy [−6.0, 4.0] (cannot be told apart), 20.0× slower"
    )


def test_no_encoder_needed_is_not_said_where_no_encoder_has_a_score() -> None:
    failed = replace(row("a/mean", 0.9, 1), group=None, rank=None, clean=None)
    said = say(failed, row("tfidf", 0.97, 1, ms=0.4), row("majority", 0.5, 2, ms=0.1), half=0.01)
    assert said.pick == "tfidf"
    assert "No encoder needed" not in said.headline
    assert "worse" in say(failed, row("tfidf", 0.97, 1), row("majority", 0.6, 2), half=0.01).why


def test_no_encoder_needed_is_not_said_against_the_second_metric() -> None:
    rows = (row("small/mean", 0.981, 1, ms=8), row("tfidf", 0.98, 1, ms=0.4))
    f1 = Measure("macro-f1", "macro F1", higher_is_better=True, factor=100, decimals=1, unit="points")
    better = (replace(rows[0], clean=result("clean", 0.74)), replace(rows[1], clean=result("clean", 0.66)))
    said = say(*rows, half=0.005, second=f1, by_second=lambda: standing_of(*better, half=0.03))
    assert said.headline == "tfidf: accuracy 98.0 [96.0, 100.0], 0.400 ms a text."
    assert said.why.endswith("By macro F1 an encoder is better: small/mean, +8.0 points macro F1 [5.0, 11.0].")
    said = say(*rows, half=0.005, second=f1, by_second=lambda: standing_of(*better, half=0.09))
    assert said.headline.startswith("No encoder needed")


def test_no_encoder_needed_waits_for_rows_that_were_trained_once() -> None:
    rows = (row("small/mean", 0.981, 1, ms=8), row("tfidf", 0.98, 1, ms=0.4), tuned(row("small/mean", 0.99, 1, ms=8)))
    said = say(*rows, half=0.005, once=("small/mean/finetune",))
    assert (said.pick, said.headline[:6]) == ("tfidf", "tfidf:")


def test_without_latency_parameters_decide_and_it_says_so() -> None:
    rows = [row("big/mean", 0.89, 1, n=110_000_000), row("small/mean", 0.888, 1, n=22_000_000), row("tfidf", 0.7, 2)]
    said = say(*rows, half=0.005)
    assert said.pick == "small/mean"
    assert said.rivals == (
        "big/mean: +0.2 points accuracy [−0.3, 0.7] (cannot be told apart), 5.0× the parameters.",
        "tfidf: −18.8 points accuracy [−19.3, −18.3], no encoder.",
    )
    assert said.remarks[-1] == "No latency was measured for this task: cost is counted in parameters."


def test_without_any_cost_the_first_of_those_shown_wins() -> None:
    assert say(row("b/mean", 0.888, 1), row("a/mean", 0.89, 1), half=0.005).pick == "b/mean"


def bundle(name: str, worst: Result, n: int = 2) -> Bundle:
    return Bundle(name, worst, n, n, n, "", "")


def typos(low: float, value: float, high: float, **facts: Any) -> Result:
    drop = Drop("clean", 0.88, Interval(value, low, high), None, None)
    return replace(result("keyboard@5", 0.6, drop), component="keyboard", severity=5.0, **facts)


def test_what_a_bundle_costs_stands_beside_what_it_costs_the_rivals() -> None:
    """Fine-tuned rows of the same encoder and pooler too, though they are no rivals for cost."""
    pick = replace(row("a/mean", 0.9, 1, ms=8), bundles=(bundle("misspellings", typos(0.27, 0.292, 0.314)),))
    trained = replace(tuned(row("a/mean", 0.89, 1, ms=8)), bundles=(bundle("misspellings", typos(0.2, 0.224, 0.243)),))
    rival = replace(row("tfidf", 0.7, 2, ms=0.4), bundles=(bundle("misspellings", typos(-0.01, 0.006, 0.02)),))
    assert say(pick, trained, rival, half=0.002).costs == (
        "Under misspellings it loses 29.2 points [27.0, 31.4] (adjacent-key typos in 48 % of words, the worst of 2 "
        "conditions); a/mean/finetune loses 22.4 [20.0, 24.3] and tfidf loses 0.6 [−1.0, 2.0].",
    )


def test_a_condition_that_changes_few_texts_says_so_in_the_verdict() -> None:
    few = typos(-0.01, 0.0, 0.01, facts=Facts(texts_changed=0.03))
    pick = replace(row("a/mean", 0.9, 1, ms=8), bundles=(bundle("misspellings", few, n=1),))
    (line,) = say(pick, row("b/mean", 0.8, 2, ms=9)).costs
    assert line.endswith("words), which changes 3.0 % of texts and so shows little.")


def test_a_rivals_gain_and_its_own_condition_are_told() -> None:
    pick = replace(row("a/mean", 0.9, 1, ms=8), bundles=(bundle("misspellings", typos(-0.06, -0.04, -0.02)),))
    other = replace(typos(0.03, 0.05, 0.07), address=Address("t", "e", "p", "m", "keyboard@3"))
    rival = replace(row("b/mean", 0.7, 2, ms=0.4), bundles=(bundle("misspellings", other),))
    (line,) = say(pick, rival, half=0.002).costs
    assert line.startswith("Under misspellings it gains 4.0 points [2.0, 6.0] (adjacent-key typos")
    assert line.endswith("; b/mean loses 5.0 [3.0, 7.0] (keyboard@3).")


@pytest.mark.parametrize(
    ("drop", "said"),
    [
        (
            (-0.01, 0.02, 0.05),
            "Under misspellings it loses 2.0 points [−1.0, 5.0], no more than noise explains (adjacent",
        ),
        ((-0.06, -0.04, -0.02), "Under misspellings it gains 4.0 points [2.0, 6.0] (adjacent-key"),
    ],
)
def test_a_loss_that_may_be_none_is_not_called_one(drop: tuple[float, float, float], said: str) -> None:
    pick = replace(row("a/mean", 0.9, 1, ms=8), bundles=(bundle("misspellings", typos(*drop)),))
    (line,) = say(pick, row("b/mean", 0.8, 2, ms=9)).costs
    assert line.startswith(said)


def test_rows_that_all_failed_but_one() -> None:
    failed = replace(row("a/mean", 0.9, 1), group=None, rank=None, clean=None)
    said = say(failed, row("b/mean", 0.8, 1, ms=9))
    assert (said.headline, said.why, said.rivals) == (
        "b/mean: accuracy 80.0 [78.0, 82.0], 9.00 ms a text.",
        "It is the only row of this task that has a score.",
        (),
    )


def test_a_row_at_chance_is_no_answer() -> None:
    """A test too small to tell the best from a constant says that, not `take the constant`."""
    said = say(row("a/mean", 0.55, 1, ms=8), row("majority", 0.5, 1, ms=0.001), half=0.1)
    assert said.pick == "a/mean"
    assert said.remarks[0].startswith("Even majority, no better than chance, cannot be told from it")
    assert say(row("majority", 0.5, 1, ms=0.001)).pick is None


def test_without_scores_there_is_no_verdict() -> None:
    failed = replace(row("a/mean", 0.9, 1), group=None, rank=None, clean=None)
    assert say(failed).headline.startswith("No verdict")


def test_a_row_that_was_trained_once_is_neither_named_nor_what_others_are_held_against() -> None:
    rows = (row("a/mean", 0.8, 1, ms=8), tuned(row("a/mean", 0.9, 1, ms=8)), row("b/mean", 0.7, 2, ms=9))
    said = say(*rows, half=0.005, once=("a/mean/finetune",))
    assert said.pick == "a/mean"
    assert said.why == (
        "Of the rows that may be named it has the best score, and every other that may be named is shown to be worse."
    )
    assert said.remarks[-1] == (
        "Trained once, so neither ranked nor named: a/mean/finetune (90.0). What another seed would give is not known; "
        "repeats: {train: 3} in the suite tells."
    )
    only = say(tuned(row("a/mean", 0.9, 1, ms=8)), once=("a/mean/finetune",))
    assert only.headline.startswith("No verdict")


def limited(r: Row, **values: float | None) -> Row:
    return replace(r, limits=tuple(LimitCheck(name, 20, value) for name, value in values.items()))


def test_the_headline_chooses_within_the_limits_of_the_suite() -> None:
    big = limited(row("big/mean", 0.95, 1, ms=40), p95_ms=41.5)
    small, slow = limited(row("small/mean", 0.9, 2, ms=8), p95_ms=9.5), limited(row("c/mean", 0.91, 2), p95_ms=None)
    said = say(big, small, slow, half=0.005)
    assert said.pick == "small/mean"
    assert said.why == "It is the only row that may be named and is better than chance."
    assert said.remarks[-1] == (
        "Not within the limits of the suite: big/mean (p95 41.5 ms, limit 20) and c/mean (p95 not measured, limit 20)."
    )


def test_limits_that_nothing_keeps_give_no_verdict() -> None:
    said = say(
        limited(row("big/mean", 0.95, 1, ms=40), p95_ms=41.5, memory_mb=900), limited(row("a", 0.9, 1), p95_ms=30)
    )
    assert said.pick is None
    assert said.headline == (
        "No verdict: no row is known to keep the limits of the suite; the nearest is a: p95 30.0 ms, limit 20."
    )


def test_a_time_carries_its_doubt_or_is_left_out() -> None:
    quick = row("a/mean", 0.9, 1, ms=8)
    spread = timed(quick, low_ms=7.5, high_ms=9.5)
    other = row("b/mean", 0.8, 2, ms=4)
    assert say(spread, other).headline.endswith(", 8.00 ms a text (7.50 to 9.50).")
    single = timed(quick, n_replicates=1, medians=((0, 8.0),))
    assert say(single, other).headline.endswith(", 8.00 ms a text (one replicate).")
    busy = say(spread, other, is_busy=True)
    assert "ms" not in busy.headline
    assert busy.rivals[0].endswith("2.0× faster (roughly: the machine was busy).")
    assert busy.remarks[-1] == "Other programs kept the machine busy while it was timed: times are rough."


def test_a_metric_where_lower_is_better_names_the_lowest() -> None:
    down = Measure("error", "error", higher_is_better=False, factor=1, decimals=2, unit="units")
    rows = [
        replace(row(name, value, 1, ms=ms), clean=replace(result("clean", value), chance=1.0))
        for name, value, ms in (("a/mean", 0.2, 8.0), ("b/mean", 0.5, 4.0))
    ]
    known = standing_of(*rows)
    known = replace(known, known=replace(known.known, scores=-known.known.scores))
    said = verdict(rows, known, Asked(down, 0.1))
    assert said.headline.startswith("Choose a/mean: error 0.20")
    assert said.rivals[0].startswith("b/mean: +0.30 units error")


def test_front_holds_what_no_other_row_beats_on_both() -> None:
    rows = [row("a/mean", 0.7, 1, ms=1), row("b/mean", 0.69, 1, ms=2), row("c/mean", 0.8, 1, ms=3)]
    assert [r.label for r in front.front(rows, ACCURACY)] == ["a/mean", "c/mean"]


def test_a_rival_that_saves_next_to_nothing_is_not_one() -> None:
    """A worse row that is two percent faster is not worth a line."""
    said = say(row("a/mean", 0.9, 1, ms=8.0), row("b/mean", 0.8, 2, ms=7.9))
    assert said.rivals == ()


def test_a_tenth_of_a_millisecond_puts_no_row_on_the_front() -> None:
    rows = [row("a/cls", 0.7, 1, ms=55.9), row("a/mean", 0.8, 1, ms=56.0), row("b/mean", 0.6, 1, ms=20)]
    assert [r.label for r in front.front(rows, ACCURACY)] == ["b/mean", "a/mean"]


def test_of_equally_fast_rows_the_best_is_picked() -> None:
    """One percent of latency is noise, so it does not decide between two poolers."""
    said = say(
        row("a/cls", 0.888, 1, ms=7.95), row("a/mean", 0.89, 1, ms=8.0), row("b/mean", 0.891, 1, ms=40), half=0.003
    )
    assert said.pick == "a/mean"


def test_replicates_that_disagree_on_who_is_faster_show_no_difference() -> None:
    pick, rival = row("a/mean", 0.9, 1, ms=8), row("b/mean", 0.91, 2, ms=4)
    noisy = timed(rival, medians=((0, 4.0), (1, 30.0), (2, 4.0)))
    assert not front.is_dearer(pick, noisy, timed=True)
    assert front.is_dearer(pick, rival, timed=True)
    assert say(row("a/mean", 0.9, 1, ms=8), noisy, half=0.05).pick == "b/mean"


def test_every_other_encoder_has_one_line() -> None:
    """Its best row on the front; the pick's own encoder has none."""
    said = say(
        row("a/mean", 0.9, 1, ms=8),
        row("b/cls", 0.6, 3, ms=2),
        row("b/mean", 0.7, 2, ms=2.5),
        row("a/cls", 0.5, 4, ms=1),
    )
    assert [line.split(":")[0] for line in said.rivals] == ["b/mean"]


def test_of_many_encoders_the_four_best_have_a_line_and_the_row_without_one() -> None:
    many = [row(f"{name}/mean", 0.8 - i / 100, 1, ms=9 + i) for i, name in enumerate("bcdefgh")]
    said = say(row("a/mean", 0.81, 1, ms=8), *many, row("tfidf", 0.6, 2, ms=0.4), half=0.1)
    assert [line.split(":")[0] for line in said.rivals] == ["b/mean", "c/mean", "d/mean", "e/mean", "tfidf"]


def tuned(r: Row) -> Row:
    return replace(r, mode="finetune", label=f"{r.label}/finetune", is_tuned=True)


def test_a_probe_that_does_as_well_as_its_fine_tuned_row_is_named() -> None:
    """They are equally fast, so the better one is picked; what it costs to make is not hidden."""
    said = say(
        row("a/mean", 0.898, 1, ms=8), tuned(row("a/mean", 0.9, 1, ms=8)), row("b/mean", 0.8, 1, ms=9), half=0.005
    )
    assert said.pick == "a/mean/finetune"
    assert said.why.endswith(" a/mean loses at most 0.7 points to the best and needs no fine-tuning.")
