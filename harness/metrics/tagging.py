"""Metrics of the entities that tags mark."""

from collections.abc import Sequence

import numpy as np

from harness.core.data import Outcomes
from harness.core.tags import Entity
from harness.metrics.declare import Floats, metric

#: What outcomes count in each sentence: entities that are found, those that are predicted, those that there are.
COUNTS = ("entities right", "entities predicted", "entities")


def entity_sums(gold: Sequence[Sequence[Entity]], predicted: Sequence[Sequence[Entity]]) -> dict[str, Floats]:
    """The columns of outcomes by the names of `COUNTS`, (n_sentences,) each. Right are type and first and last word."""
    pairs = zip(gold, predicted, strict=True)
    counts = [(len(set(own) & set(found)), len(found), len(own)) for own, found in pairs]
    columns = np.array(counts, dtype=np.float64).reshape(-1, len(COUNTS)).T
    return dict(zip(COUNTS, columns, strict=True))


def _none(outcomes: Outcomes) -> float:
    """What predicting no entity at all scores."""
    return 0.0


def _counts(outcomes: Outcomes) -> Floats:
    """(n_sentences, 4): found, predicted, there; 1."""
    counts = [np.asarray(outcomes.sums[name], dtype=np.float64) for name in COUNTS]
    return np.stack([*counts, np.ones(len(outcomes))], axis=1)


def _f1(right: Floats, predicted: Floats, gold: Floats, n_sentences: Floats) -> Floats:
    """2 right / (predicted + gold); 0 where there is neither, as seqeval has it; NaN without sentences."""
    both = np.asarray(predicted + gold, dtype=np.float64)
    f1 = np.divide(2.0 * right, both, out=np.zeros_like(both), where=both > 0)
    return np.where(np.asarray(n_sentences) > 0, f1, np.nan)


@metric(
    "entity-f1",
    label="entity F1",
    columns=_counts,
    unit="F1 of entities",
    chance=_none,
    targets=("tags",),
)
def entity_f1(sums: Floats) -> Floats:
    """F1 of whole entities: found is one whose type, first and last word are predicted.

    Sums: found, predicted, there, sentences. Of all types together (micro). Tags that break IOB2 are read as conlleval
    does. Equal to seqeval's `f1_score` in its default mode.
    """
    return _f1(*np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0))


def _surfaces(outcomes: Outcomes) -> Floats:
    """(n_sentences, 2 m): what each entity reads and its type as a number, gold and predicted in turn; NaN for none."""
    sides = [[_numbers(text) for text in column.tolist()] for column in (outcomes.answers, outcomes.ranking)]
    most = max((len(own) for side in sides for own in side), default=0)
    columns = np.full((len(outcomes), max(1, most), 2), np.nan)
    for place, side in enumerate(sides):
        for row, own in enumerate(side):
            columns[row, : len(own), place] = own
    return columns.reshape(len(outcomes), -1)


def _numbers(hashes: str) -> list[int]:
    return [int(one, 16) for one in hashes.split("|")] if hashes else []


@metric(
    "surface-f1",
    label="surface F1",
    columns=_surfaces,
    form="items",
    unit="F1 of distinct names",
    chance=_none,
    targets=("tags",),
)
def surface_f1(columns: Floats, weights: Floats) -> Floats:
    """F1 of the distinct names: each way an entity is written counts once a type, however often it occurs.

    Compared are the names and types that are predicted anywhere with those that are anywhere in the gold tags, as
    WNUT-17 counts (Derczynski et al. 2017, doi:10.18653/v1/W17-4418). In a resample a name counts as much as the
    sentences that it stands in do on average; to draw it anew would leave out a third of the names that occur once.
    """
    gold, predicted = (_entries(columns[:, place::2]) for place in (0, 1))
    names = [np.unique(side[:, 1]) for side in (gold, predicted)]
    both = np.unique(np.concatenate([gold, predicted]), axis=0)
    _, of_name, counts = np.unique(both[:, 1], return_inverse=True, return_counts=True)
    share = 1 / counts[of_name]
    is_gold, is_predicted = (np.isin(both[:, 1], own) for own in names)
    parts = np.zeros((len(columns), 3))
    for place, counted in enumerate((is_gold & is_predicted, is_predicted, is_gold)):
        np.add.at(parts[:, place], both[:, 0].astype(int), np.where(counted, share, 0.0))
    right, predicted_, gold_ = np.moveaxis(weights @ parts, -1, 0)
    return _f1(right, predicted_, gold_, weights.sum(axis=1))


def _entries(names: Floats) -> Floats:
    """(n_entries, 2): the row and the number of each name, once a row."""
    rows, places = np.nonzero(~np.isnan(names))
    return np.unique(np.stack([rows.astype(np.float64), names[rows, places]], axis=1), axis=0)
