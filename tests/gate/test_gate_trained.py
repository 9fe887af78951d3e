"""A primary that is trained: what another seed would give is part of chance."""

import pytest

from harness import gate
from harness.gate import Check, Judgement, markdown
from tests.fakes.gate_runs import SmallRun, accepted


def judged(lost: list[int], then: list[int] | None = None, n: int = 300, weights: str = "b") -> Judgement:
    """A training a number: how many right answers it lost. The baseline's weights are called `a`."""
    runs = []
    for called, losses in (("a", then or [0] * len(lost)), (weights, lost)):
        run = SmallRun(n).trained(len(losses), called)
        for seed, loss in enumerate(losses):
            run.spoil(f"one/clean#{seed}", loss)
        runs.append(run)
    return gate.judge(runs[1], accepted(runs[0]), name="b.json")


def clean(found: Judgement) -> Check:
    return next(check for check in found.checks if check.name == "clean")


@pytest.mark.parametrize(("lost", "then"), [([60], [0]), ([0], [60])])
def test_one_training_says_nothing_of_another(lost: list[int], then: list[int]) -> None:
    """Neither worse nor better: the texts are sure of it, but another seed may be the whole reason."""
    found = judged(lost, then)
    assert (clean(found).verdict, found.outcome) == ("too weak", "passed")
    assert clean(found).why.startswith("one training: what another seed would give is not known; repeats: {train: 3}")
    assert (clean(found).p, clean(found).visible) == (None, None)
    assert "one training" in markdown.render(found)


def test_one_training_that_answers_alike_is_ok() -> None:
    found = judged([0])
    assert (clean(found).verdict, clean(found).why) == ("ok", "")
    assert clean(found).visible is not None


def test_the_same_weights_need_no_other_seed() -> None:
    """What changed then is not the training but what reads it, as a library: every text is a witness."""
    found = judged([60], weights="a")
    assert (clean(found).verdict, found.changes) == ("regressed", ())


def test_other_weights_under_the_same_key_are_named() -> None:
    """Another machine or library trains to others."""
    assert [(c.what, c.then, c.now) for c in judged([0, 0]).changes] == [("trained weights", "a0", "b0")]


def test_a_loss_that_seeds_explain_is_no_regression() -> None:
    """The texts alone would be sure of 8 points; one of three seeds lost them all."""
    found = judged([72, 0, 0], [0, 0, 0])
    assert clean(found).loss is not None
    assert clean(found).loss.value == pytest.approx(0.08)
    assert clean(found).verdict == "too weak"
    assert clean(found).loss.low < 0 < clean(found).loss.high


def test_a_loss_in_every_seed_is_one() -> None:
    found = judged([40, 44, 36], [0, 3, 2])
    assert (clean(found).verdict, found.outcome) == ("regressed", "regressed")
    found = judged([0, 3, 2], [40, 44, 36])
    assert clean(found).verdict == "improved"


def test_the_texts_must_say_it_too() -> None:
    """Seeds that agree on two answers of forty prove nothing."""
    assert clean(judged([2, 2, 2], n=40)).verdict == "too weak"


def test_seeds_that_differ_much_hide_a_loss_of_the_margin() -> None:
    """The smallest visible loss is that of the seeds where they vary more than the texts."""
    near, far = judged([3, 4, 3], [3, 3, 4], n=2000), judged([0, 80, 40], [40, 0, 80], n=2000)
    assert 0.01 < clean(near).visible < 0.013
    assert clean(far).visible > 0.05
    assert (clean(near).verdict, clean(far).verdict) == ("ok", "too weak")
