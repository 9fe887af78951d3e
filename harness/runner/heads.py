"""Predictors, made once each, and what they are made of: vectors, or texts for the rows without an encoder."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from harness import modes
from harness.catalogue import catalogue
from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.records import Head, read_as, sides_key
from harness.core.registry import named
from harness.core.seeds import generator_of
from harness.encoders import Encoded
from harness.runner.data import Data
from harness.scoring import Scoring


class Heads:
    """The predictors of one job, shared by conditions and slices. `folder`: its checkpoint, which may bring its own."""

    def __init__(self, data: Data, encoded: Mapping[str, Encoded], folder: Path | None = None) -> None:
        self.data, self.encoded, self.folder = data, encoded, folder
        self._made: dict[str, modes.Predictor] = {}

    def scoring(self, task: str) -> Scoring:
        """The scoring side of a task's kind."""
        scoring: Scoring = catalogue().function("scoring", self.data.task_kind(task).name)()
        return scoring

    def inputs(self, head: Head, sides: Mapping[str, Examples]) -> dict[str, Any]:
        """What a head takes, by role: vectors as its encoder reads and pools them; texts where there is no encoder."""
        return {role: self.vectors(head, examples, role) for role, examples in sides.items()}

    def vectors(self, head: Head, examples: Examples, role: str) -> Any:
        """(n, d) vectors of a role's texts; the texts themselves for the rows without an encoder."""
        if head.pooling is None:
            return list(examples.text)
        assert head.readings is not None
        return self.encoded[read_as(head.readings, role).key].of(head.pooling, examples.text)

    def predictor(self, head: Head, task: str) -> modes.Predictor:
        """The predictor of a head, made when first asked for, or read where its checkpoint came with it."""
        if head.key not in self._made:
            if head.is_built:
                assert self.folder is not None
                self._made[head.key] = modes.LinearHead.read(self.folder).predictor()
            else:
                self._made[head.key] = self.make(head, task, self.data.sides(task, head.train))
        return self._made[head.key]

    def make(self, head: Head, task: str, train: Mapping[str, Examples]) -> modes.Predictor:
        """The predictor, of these training sides (none where nothing is learnt); BLAS is held to one thread."""
        from threadpoolctl import threadpool_limits

        component = catalogue().get("baseline" if head.pooling is None else "mode", head.mode.name)
        given = {name: head.mode.parameters[name] for name in component.parameters}
        learnt, rng = (None, None), None
        if train:
            learnt, held_out = self._learnt(head, task, train)
            if self.data.task_kind(task).target in ("class", "tags"):
                check_classes(learnt[1], head)
            resources = {"held_out": held_out, "heads": partial(self._head, held_out)}
            given |= {name: resources[name] for name in component.facts["resources"]}
            clean = {role: split.clean for role, split in head.train.items()}  # folds are those of clean texts
            rng = generator_of(sides_key(clean), "folds")
        with threadpool_limits(limits=1):
            made: modes.Predictor = component(*learnt, rng, **given)
        return made

    def _head(self, held_out: Any, chosen: Any) -> Callable[..., modes.Predictor]:
        """The function of a head, with the parameters that a suite says."""
        name, parameters = named(chosen)
        component = catalogue().get("head", name)
        beside = {"held_out": held_out} if "held_out" in component.facts["resources"] else {}
        return partial(component, **parameters, **beside)

    def _learnt(self, head: Head, task: str, train: Mapping[str, Examples]) -> tuple[Any, Any]:
        """(features, target) of what is learnt from, and of what is held out to choose by; None where nothing is."""
        scoring = self.scoring(task)

        def both(sides: Mapping[str, Examples]) -> tuple[Any, Any]:
            return scoring.features(self.inputs(head, sides)), scoring.target(sides)

        learnt = both({role: examples.learnt for role, examples in train.items()})
        out = [place for place, is_out in enumerate(next(iter(train.values())).held_out or ()) if is_out]
        return learnt, both({role: examples.take(out) for role, examples in train.items()}) if out else None


def check_classes(labels: Any, head: Head) -> None:
    """DataError where there is one class to learn (one domain may have no more, and a small sample)."""
    names = np.unique(labels)
    if len(names) < 2 and head.mode.name != "majority":
        where = f" of domain {', '.join(head.train_domains)}" if head.train_domains else ""
        raise DataError(
            f"all {len(labels)} training texts{where} have the label {str(names[0])!r}; a classifier needs two "
            "classes. Raise max_samples.train, or leave the domain out."
        )
