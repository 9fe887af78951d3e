"""Batches of one length: every text once an epoch, as many batches each time, each text counts alike."""

import itertools
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.training.batches import ByLength, ByTokens, cut
from harness.training.trainer import OneLoop
from tests.fakes.trainings import examples, tiny, trained, training_job

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=80)


@given(LENGTHS, st.data())
def test_parts_are_all_texts_in_order_none_empty_and_as_many_as_asked(lengths: list[int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(lengths)))
    parts = cut(lengths, n)
    assert len(parts) == n
    assert [place for start, end in parts for place in range(start, end)] == list(range(len(lengths)))
    assert all(end > start for start, end in parts)


@given(LENGTHS, st.data())
def test_no_other_cut_has_a_smaller_largest_part(lengths: list[int], data: st.DataObject) -> None:
    """Held against cuts that are drawn."""
    n = data.draw(st.integers(1, len(lengths)))
    between = st.integers(1, max(1, len(lengths) - 1))
    marks = sorted({0, len(lengths), *data.draw(st.lists(between, max_size=n - 1))})
    other = list(itertools.pairwise(marks))

    def largest(parts: list[tuple[int, int]]) -> int:
        return max((end - start) * max(lengths[start:end]) for start, end in parts)

    assert largest(cut(lengths, n)) <= largest(other)


def test_every_epoch_has_all_texts_once_and_as_many_batches() -> None:
    lengths, epoch = [1 + place * place % 37 for place in range(103)], 0
    order = ByLength(lengths, 8, lambda: epoch)
    batches = ByTokens(lengths, 13, order, lambda: epoch)
    seen = []
    for epoch in range(5):  # noqa: B007 - it is the seed
        found = list(batches)
        assert len(found) == len(batches) == 13
        assert sorted(place for own in found for place in own) == list(range(103))
        seen.append(found)
    assert seen[0] != seen[1]
    assert len({len(own) for own in seen[0]}) > 1


def test_tokens_of_batches_are_alike() -> None:
    lengths = [5] * 160 + [50] * 160
    sizes = [
        len(own) * 50 if max(own) >= 160 else len(own) * 5
        for own in ByTokens(lengths, 20, ByLength(lengths, 16, lambda: 0), lambda: 0)
    ]
    assert max(sizes) < 16 * 50 * 0.7


def test_each_text_counts_alike_whatever_its_batch(tmp_path: Path) -> None:
    """The losses that Trainer sees, over an epoch at rates of 0, sum to as many batches times the mean of all texts."""
    base, own = tiny(tmp_path, dropout=False), OneLoop.compute_loss
    losses = defaultdict[str, list[float]](list)

    def watched(self: OneLoop, *given: Any, **told: Any) -> Any:
        found = own(self, *given, **told)
        losses[self._recipe.batches].append(float(found.detach()))
        return found

    with mock.patch.object(OneLoop, "compute_loss", watched):
        for batches in ("texts", "tokens"):
            recipe: dict[str, Any] = {
                "epochs": 1.0,
                "batch_size": 8,
                "encoder_lr": 0.0,
                "head_lr": 0.0,
                "validation": 0.0,
            }
            job = training_job(base, examples(56))
            trained(replace(job, recipe=replace(job.recipe, batches=batches, **recipe)), tmp_path / batches)
    assert len(losses["texts"]) == len(losses["tokens"]) == 7
    assert sum(losses["tokens"]) == pytest.approx(sum(losses["texts"]), rel=1e-4)
