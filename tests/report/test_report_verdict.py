"""The answer in words."""

from dataclasses import replace

import pytest

from harness.report import front
from harness.report.model import Drop, Measure, Result, Row
from harness.report.speed_model import Speed
from harness.report.verdict import verdict
from harness.stats import Interval

ACCURACY = Measure("accuracy", "accuracy", higher_is_better=True, factor=100, decimals=1, unit="points")


def result(condition: str, score: float, drop: Drop | None = None) -> Result:
    return Result(
        condition=condition, repeat="–", kind="clean" if condition == "clean" else "perturbation", bundles=(),
        status="done", reason="", message="", key=condition, n_repeats=1,
        score=Interval(score, score - 0.02, score + 0.02),
        second=None, drop=drop, ids_unchanged=None, texts_changed=None, n=400, n_clusters=400, n_truncated=0,
        n_texts=400, n_unmatched=None, edits_per_text=None, chance=0.5, seconds=1.0, converged=True,
    )  # fmt: skip


def row(name: str, score: float, group: int, *, ms: float | None = None, n: int | None = None, drops=()) -> Row:
    encoder, _, pooler = name.partition("/")
    speed = None if ms is None else Speed(ms, ms, ms, None, None, None, 30, 3, None, None, ((0, ms), (1, ms), (2, ms)))
    results = (result("clean", score), *drops)
    return Row(
        encoder=encoder, pooler=pooler or "–", mode="probe" if pooler else "–", label=name, clean=results[0],
        group=group, rank=group, n_tied=1, results=results, cells=results, bundles=(), speed=speed,
        n_parameters=n, disk_mb=None, weights="pretrained",
    )  # fmt: skip


def gain_of(*rows: Row):
    scores = {r.names: r.score.value for r in rows if r.score}

    def gain(a, b):
        return Interval(scores[a] - scores[b], scores[a] - scores[b] - 0.01, scores[a] - scores[b] + 0.01)

    return gain


def say(*rows: Row, visible: float | None = 0.031):
    return verdict(rows, ACCURACY, gain_of(*rows), visible, n_pairs=len(rows) * (len(rows) - 1) // 2)


def test_fastest_of_the_top_group_is_picked():
    """The best score by a hair is not worth five times the time, and what it would buy is said."""
    said = say(row("small/mean", 0.88, 1, ms=8), row("big/mean", 0.89, 1, ms=40), row("tfidf", 0.70, 3, ms=0.4))
    assert said.pick == "small/mean"
    assert said.headline == "small/mean: accuracy 88.0 [86.0, 90.0], 8.00 ms a text."
    assert said.why == "It cannot be told apart from big/mean, which is no faster."
    assert said.rivals == (
        "tfidf: −18.0 points accuracy [−19.0, −17.0], 20.0× faster (0.400 ms).",
        "big/mean: +1.0 points accuracy [0.0, 2.0] (cannot be told apart), 5.0× slower (40.0 ms).",
    )
    assert said.remarks[0] == (
        "With 400 test items and with 3 comparisons, a difference between two rows below about 3.1 points would likely "
        "go unseen."
    )


def test_no_encoder_is_an_answer():
    """Where counting words reaches the top, it is said in the first words."""
    said = say(row("small/mean", 0.98, 1, ms=8), row("tfidf", 0.98, 1, ms=0.4))
    assert said.pick == "tfidf"
    assert said.headline == "No encoder needed: tfidf reaches accuracy 98.0 [96.0, 100.0], 0.400 ms a text."
    assert said.why == "It cannot be told apart from small/mean, which is no faster."


def test_a_slower_baseline_at_the_top_is_named():
    said = say(row("small/mean", 0.98, 1, ms=1), row("tfidf", 0.98, 1, ms=3))
    assert said.pick == "small/mean"
    assert "No encoder needed: tfidf is one of them." in said.why


def test_without_latency_parameters_decide_and_it_says_so():
    said = say(row("big/mean", 0.89, 1, n=110_000_000), row("small/mean", 0.88, 1, n=22_000_000), row("tfidf", 0.7, 2))
    assert said.pick == "small/mean"
    assert said.rivals == (
        "tfidf: −18.0 points accuracy [−19.0, −17.0], no encoder.",
        "big/mean: +1.0 points accuracy [0.0, 2.0] (cannot be told apart), 5.0× the parameters.",
    )
    assert said.remarks[-1] == "No latency was measured for this task: cost is counted in parameters."


def test_without_any_cost_the_first_row_wins():
    assert say(row("b/mean", 0.88, 1), row("a/mean", 0.89, 1)).pick == "b/mean"


@pytest.mark.parametrize(
    ("low", "said"),
    [
        (0.19, "Adjacent-key typos in 48 % of words cost it 21.3 points [19.0, 25.0], the worst of 2 conditions."),
        (
            -0.01,
            "No condition cost it a drop that stands out of the noise; the largest is 21.3 points [−1.0, 25.0], "
            "adjacent-key typos in 48 % of words.",
        ),
    ],
)
def test_the_worst_condition_is_named(low, said):
    """And a drop that may be none is not called one."""
    drops = [
        result("keyboard@3", 0.8, Drop("clean", 0.88, Interval(0.02, 0.01, 0.03), None, None)),
        result("keyboard@5", 0.6, Drop("clean", 0.88, Interval(0.213, low, 0.25), None, None)),
    ]
    assert say(row("small/mean", 0.88, 1, ms=8, drops=drops)).hurts == said


def test_a_winner_alone_says_so():
    said = say(row("a/mean", 0.9, 1, ms=8), row("b/mean", 0.8, 2, ms=9))
    assert said.why.startswith("No other row reaches it")
    assert said.rivals == ()


def test_a_row_at_chance_is_no_answer():
    """A test too small to tell the best from a constant says that, not `take the constant`."""
    said = say(row("a/mean", 0.55, 1, ms=8), row("majority", 0.5, 1, ms=0.001))
    assert said.pick == "a/mean"
    assert said.remarks[0].startswith("Even majority, no better than chance, cannot be told apart")
    assert say(row("majority", 0.5, 1, ms=0.001)).pick is None


def test_without_scores_there_is_no_verdict():
    failed = replace(row("a/mean", 0.9, 1), group=None, rank=None, clean=None)
    assert say(failed).headline.startswith("No verdict")


def test_front_holds_what_no_other_row_beats_on_both():
    rows = [row("a/mean", 0.7, 1, ms=1), row("b/mean", 0.69, 1, ms=2), row("c/mean", 0.8, 1, ms=3)]
    assert [r.label for r in front.front(rows, True)] == ["a/mean", "c/mean"]


def test_a_rival_that_saves_next_to_nothing_is_not_one():
    """A worse row that is two percent faster is on the front, but not worth a line."""
    said = say(row("a/mean", 0.9, 1, ms=8.0), row("b/mean", 0.8, 2, ms=7.9))
    assert said.rivals == ()


def test_of_equally_fast_rows_the_best_is_picked():
    """One percent of latency is noise, so it does not decide between two poolers."""
    said = say(row("a/cls", 0.88, 1, ms=7.95), row("a/mean", 0.9, 1, ms=8.0), row("b/mean", 0.91, 1, ms=40))
    assert said.pick == "a/mean"
    assert said.why == "It cannot be told apart from a/cls and b/mean, none of which is faster."


def test_a_ratio_within_the_noise_is_called_so():
    """Replicates that disagree on who is faster, or that are only one, are no proof."""
    pick, rival = row("a/mean", 0.9, 1, ms=8), row("b/mean", 0.8, 2, ms=4)
    noisy = replace(rival, speed=replace(rival.speed, medians=((0, 4.0), (1, 30.0), (2, 4.0))))
    single = replace(rival, speed=replace(rival.speed, medians=((0, 4.0),)))
    assert say(pick, rival).rivals[0].endswith("2.0× faster (4.00 ms).")
    assert say(pick, noisy).rivals[0].endswith("2.0× faster (4.00 ms, within the noise of the timing).")
    assert say(pick, single).rivals[0].endswith("2.0× faster (4.00 ms, one replicate).")


def test_every_other_encoder_has_one_line():
    """Its best row on the front; the pick's own encoder has none."""
    said = say(
        row("a/mean", 0.9, 1, ms=8),
        row("b/cls", 0.6, 3, ms=2),
        row("b/mean", 0.7, 2, ms=2.5),
        row("a/cls", 0.5, 4, ms=1),
    )
    assert [line.split(":")[0] for line in said.rivals] == ["b/mean"]


def tuned(r: Row) -> Row:
    return replace(r, mode="finetune", label=f"{r.label}/finetune", is_tuned=True)


def test_a_probe_that_reaches_its_fine_tuned_row_is_said_to_need_no_training():
    """They are equally fast, so the better one is picked; what it costs to make is not hidden."""
    said = say(row("a/mean", 0.89, 1, ms=8), tuned(row("a/mean", 0.9, 1, ms=8)), row("b/mean", 0.89, 1, ms=9))
    assert said.pick == "a/mean/finetune"
    assert said.why == (
        "It cannot be told apart from a/mean and b/mean, none of which is faster. Of these a/mean needs no fine-tuning."
    )
    assert said.rivals == ()


def test_a_drop_from_another_row_says_so():
    drop = Drop("domain[b>b] (probe)", 0.88, Interval(0.1, 0.05, 0.15), None, None, is_of_other=True)
    said = say(row("a/mean", 0.9, 1, ms=8, drops=[result("domain[a>b]", 0.78, drop)]))
    assert said.hurts == "Training on a, testing on b cost it 10.0 points [5.0, 15.0] against domain[b>b] (probe)."
