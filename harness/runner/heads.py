"""Heads, fitted once each, and what they are fitted on: vectors, or texts for the rows without an encoder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness import modes
from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.records import Head
from harness.core.registry import Catalogue
from harness.core.seeds import generator_of
from harness.encoders import Encoded
from harness.runner.data import Data


@dataclass
class Heads:
    """The heads of one job; conditions and slices share them. `folder`: its checkpoint, which may bring its own."""

    data: Data
    encoded: Mapping[str, Encoded]
    catalogue: Catalogue
    folder: Path | None = None
    _fitted: dict[str, modes.Predictor] = field(default_factory=dict)

    def vectors(self, head: Head, examples: Examples, role: str = "text") -> Any:
        """(n, d) vectors of the texts as this head's encoder reads this side and pools it."""
        assert head.readings is not None
        assert head.pooling is not None
        return self.encoded[head.readings[role].key].of(head.pooling, examples.text)

    def inputs(self, head: Head, examples: Examples) -> Any:
        """What a head takes: vectors, or texts for the rows without an encoder."""
        return list(examples.text) if head.pooling is None else self.vectors(head, examples)

    def fitted(self, head: Head, task: str) -> modes.Predictor:
        """The head, fitted when first asked for, or read where its checkpoint came with it."""
        if head.key not in self._fitted:
            assert head.train is not None
            if head.is_built:
                assert self.folder is not None
                self._fitted[head.key] = modes.LinearHead.read(self.folder).predictor()
            else:
                self._fitted[head.key] = self.fit(head, self.data(task, head.train))
        return self._fitted[head.key]

    def fit(self, head: Head, train: Examples) -> modes.Predictor:
        """The head, fitted on these texts; BLAS is held to one thread meanwhile."""
        from threadpoolctl import threadpool_limits

        assert head.train is not None
        learnt, held_out = train.learnt, _held_out(train)
        labels = np.array(learnt.labels)
        check_classes(labels, head)
        fitted: modes.Predictor
        with threadpool_limits(limits=1):
            if head.pooling is None:
                fitted = self.catalogue.get("baseline", head.mode.name).function(self.inputs(head, learnt), labels)
                return fitted
            function = self.catalogue.get("head", str(head.mode.parameters["head"])).function
            beside = {"held_out": (self.inputs(head, held_out), np.array(held_out.labels))} if held_out else {}
            fitted = function(self.inputs(head, learnt), labels, generator_of(head.train.key, "folds"), **beside)
            return fitted


def _held_out(train: Examples) -> Examples | None:
    """What a head is to choose by, where the task has a validation side."""
    return train.take([i for i, out in enumerate(train.held_out) if out]) if train.held_out else None


def check_classes(labels: Any, head: Head) -> None:
    """DataError where there is one class to learn (one domain may have no more, and a small sample)."""
    assert head.train is not None
    names = np.unique(labels)
    if len(names) < 2 and head.mode.name != "majority":
        where = f" of domain {', '.join(head.train.domains)}" if head.train.domains else ""
        raise DataError(
            f"all {len(labels)} training texts{where} have the label {str(names[0])!r}; a classifier needs two "
            "classes. Raise max_samples.train, or leave the domain out."
        )
