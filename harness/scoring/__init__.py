"""Kinds of task, the side of the scores: from vectors or texts to predictions, and from these to outcomes.

A class a kind (those of pairs share a file), decorated with `@scoring(name)`; its other half stands under the same name
in `harness.tasks.kinds`. Inputs are by role: vectors (n, d) of a row with an encoder, texts of one without.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from harness.core.data import Examples, Negatives, Outcomes
from harness.core.registry import Component, component
from harness.modes import Predictor

#: `@scoring(name)` above a subclass of `Scoring` makes it the scoring side of the kind of task of that name.
scoring = partial(component, "scoring")


@dataclass(frozen=True)
class Found:
    """What was predicted of each scored item: a value and what it was ranked by, (n,) each.

    Of a search `order` and `similarity` (n, depth) are the documents found first, as places in what is searched, and
    `ranks` those of the documents that were sought for each query, from 1. Of items of several labels `labels` has the
    scores of each label, (n,); of clusters the numbers of those of each start.
    """

    values: Any
    scores: Any
    order: Any = None
    similarity: Any = None
    ranks: Any = None
    labels: Mapping[str, Any] | None = None


class Scoring:
    """What the harness asks of the scoring side of a kind; what is not said here is that of one text an item."""

    def features(self, inputs: Mapping[str, Any]) -> Any:
        """What a head is fitted on and predicts from, one row (or text) an item."""
        return inputs["text"]

    def target(self, examples: Mapping[str, Examples]) -> Any:
        """What a head learns of each item."""
        return np.array(next(iter(examples.values())).labels)

    def sought(self, clean: Mapping[str, Examples], metrics: Sequence[Component]) -> Any:
        """What `predict` has to know of the items: of a search, where a metric needs it, the places of documents whose
        rank is asked for, a list a query.
        """
        return None

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int, sought: Any = None) -> Found:
        """The predictions; `depth`: how many documents of a search are kept; `sought` as above, where it is known."""
        assert predictor.predict is not None
        return Found(*predictor.predict(self.features(inputs)))

    def outcomes(self, clean: Mapping[str, Examples], found: Found, metrics: Sequence[Component]) -> Outcomes:
        """What happened to each item; `clean` are the items before anything was done to their texts, by side.

        `metrics` are those that will look at it.
        """
        one = next(iter(clean.values()))
        texts = (side.text for side in clean.values())
        return outcomes_of(one, self.target(clean), found, contents(one.items, *texts))

    def knows(self, outcomes: Outcomes, examples: Mapping[str, Examples], index: Any) -> tuple[Any, ...]:
        """What the chance of a metric is computed from; `index` selects the items of a slice, None all."""
        return (outcomes,)

    def facts(self, outcomes: Outcomes) -> dict[str, Any]:
        """What else is told of a cell beside its scores, by the names of `results.records.Facts`."""
        return {}

    def changed(self, before: Found, after: Found) -> Any:
        """(n,) whether a prediction is another one, more than rounding may make it."""
        return np.asarray(before.values) != np.asarray(after.values)

    def flipped(self, before: Outcomes, after: Outcomes) -> Any:
        """(n,) whether the prediction of an item, in step on both sides, is another; None where that says nothing."""
        return before.prediction != after.prediction

    def right(self, outcomes: Outcomes) -> Any:
        """(n,) whether the prediction of an item is right; None where predictions are not right or wrong."""
        return outcomes.gold == outcomes.prediction

    def telling(self, before: Outcomes, after: Outcomes) -> Any:
        """(n,) whether an item, in step on both sides, is worth a look; None where no single one is."""
        return self.flipped(before, after)

    def above(self, outcomes: Outcomes) -> list[list[str]] | None:
        """(n,) of a search the hashes of what stands above the first answer, the best first; None of other kinds."""
        return None

    def negatives(
        self, sides: Mapping[str, Examples], outcomes: Outcomes, found: Found, compare: Any
    ) -> Negatives | None:
        """Some of that to look at, on texts as they are. `compare`: similarities of pairs of a query's place and a
        document's, where there are vectors; else None.
        """
        return None

    def sensitivity(
        self, predictor: Predictor, clean: Mapping[str, Any], now: Mapping[str, Any], judged: Any
    ) -> float | None:
        """Whether a change of meaning moves vectors more than one of form, 0 to 1; None where nothing tells.

        `clean` and `now` are the inputs before and after the change of form, `judged` what the items should be.
        """
        return None

    def said(self, outcomes: Outcomes) -> list[str]:
        """(n,) what became of each item, in a word or two, for a person who looks at it."""
        return [str(value) for value in outcomes.prediction.tolist()]

    def asked(self, outcomes: Outcomes) -> list[str]:
        """(n,) what should have become of each; '' where its texts tell."""
        return [str(value) for value in outcomes.gold.tolist()]

    def hidden(self, outcomes: Outcomes, hide: Any) -> dict[str, Any]:
        """The columns of outcomes, beside items and clusters, that a private run keeps as hashes only."""
        return {}


def outcomes_of(clean: Examples, gold: Any, found: Found, content: Any, **more: Any) -> Outcomes:
    """Outcomes of items with what is the same for every kind."""
    return Outcomes(
        item=np.array(clean.items),
        cluster=np.array(clean.clusters),
        draw=np.zeros(len(clean), dtype=np.int32),
        gold=gold,
        prediction=found.values,
        score=np.asarray(found.scores, dtype=np.float64),
        content=content,
        **more,
    )


def contents(items: tuple[str, ...], *texts: tuple[str, ...]) -> Any:
    """Of each item, 16 hex digits over its id and its texts before anything was done to them.

    All but the last have their length before them, so that no others joined are the same.
    """
    parts = zip(items, *texts, strict=True)
    whole = ("".join(f"{len(one)}:{one}" for one in before) + last for *before, last in parts)
    return np.array([hashlib.blake2b(one.encode(), digest_size=8).hexdigest() for one in whole])
