"""Predictors, made once each, and what they are made of: vectors, or texts for the rows without an encoder."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from harness import modes
from harness.catalogue import catalogue
from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.inputs import as_text
from harness.core.records import Head, Split, read_as, sides_key
from harness.core.registry import Component, named
from harness.core.seeds import generator_of
from harness.encoders import Encoded
from harness.modes.protocols import Learnt, crossed
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

    def predictor(self, head: Head, task: str, test: Mapping[str, Split] | None = None) -> modes.Predictor:
        """The predictor of a head, made when first asked for, or read where its checkpoint came with it.

        `test`: what it is asked about. Where that is what was learnt from, each item is answered by a head that has not
        learnt from it.
        """
        if head.key not in self._made:
            if head.is_built:
                assert self.folder is not None
                self._made[head.key] = _brought(self.folder)
            else:
                self._made[head.key] = self.make(head, task, self.data.sides(task, head.train))
        made = self._made[head.key]
        learnt, asked = ({role: split.clean for role, split in sides.items()} for sides in (head.train, test or {}))
        return replace(made, predict=made.crossed) if made.crossed and learnt == asked else made

    def make(self, head: Head, task: str, train: Mapping[str, Examples]) -> modes.Predictor:
        """The predictor, of these training sides (none where nothing is learnt); BLAS is held to one thread."""
        from threadpoolctl import threadpool_limits

        component = catalogue().get("baseline" if head.pooling is None else "mode", head.mode.name)
        given = {name: head.mode.parameters[name] for name in component.parameters if name in head.mode.parameters}
        with threadpool_limits(limits=1):
            if not train:
                made: modes.Predictor = component(None, None, None, **given)
                return made
            learnt = self._learnt(head, task, train, partial(self._fit, head, component, given))
            if self.data.task_kind(task).target in ("class", "tags"):
                check_classes(learnt.labels, head)
            return _by_protocol(head, learnt)

    def _fit(self, head: Head, component: Component, given: Mapping[str, Any], learnt: Learnt) -> modes.Predictor:
        """The mode or baseline on all of this; folds are those of clean texts."""
        beside = {"held_out": learnt.held_out, "clusters": learnt.clusters}
        resources = {"held_out": learnt.held_out, "heads": partial(self._head, beside)}
        asked = {name: resources[name] for name in component.facts["resources"]}
        made: modes.Predictor = component(
            learnt.features, learnt.labels, generator_of(_clean(head), "folds"), **{**given, **asked}
        )
        return made

    def _head(self, beside: Mapping[str, Any], chosen: Any) -> Callable[..., modes.Predictor]:
        """The function of a head, with the parameters that a suite says, and of `beside` what it asks for."""
        name, given = named(chosen)
        component = catalogue().get("head", name)
        parameters = {one: component.parameters[one].read(value) for one, value in given.items()}
        return partial(component, **parameters, **{one: beside[one] for one in component.facts["resources"]})

    def _learnt(
        self, head: Head, task: str, train: Mapping[str, Examples], fit: Callable[[Learnt], modes.Predictor]
    ) -> Learnt:
        """What is learnt from, and what is held out to choose by."""
        scoring = self.scoring(task)

        def both(sides: Mapping[str, Examples]) -> tuple[Any, Any]:
            return scoring.features(self.inputs(head, sides)), scoring.target(sides)

        sides = {role: examples.learnt for role, examples in train.items()}
        first, of_all = next(iter(sides.values())), next(iter(train.values()))
        out = [place for place, is_out in enumerate(of_all.held_out or ()) if is_out]
        features, labels = both(sides)
        return Learnt(
            features=features,
            labels=labels,
            places=np.array(first.places or range(len(first))),
            words=np.array([[len(as_text(one).split()) for one in side.text] for side in sides.values()]).T,
            clusters=self._clusters(head, task, first),
            held_out=both({role: examples.take(out) for role, examples in train.items()}) if out else None,
            draw=head.seed or 0,
            fit=fit,
        )

    def _clusters(self, head: Head, task: str, learnt: Examples) -> Any:
        """What folds keep whole, a name for each item that is learnt; of lists of words for each word."""
        alike = self.data.alike(task, head.train)
        names = np.array([alike[item] for item in learnt.items])
        return names if learnt.tags is None else np.repeat(names, list(map(len, learnt.tags)))


def _brought(folder: Path) -> modes.Predictor:
    """What a trained checkpoint predicts by: its head, or where it has none the similarity of its vectors."""
    if (folder / "head.json").exists():
        return modes.LinearHead.read(folder).predictor()
    compared: modes.Predictor = catalogue().get("mode", "zero-shot").given({})(None, None, None)
    return compared


def _by_protocol(head: Head, learnt: Learnt) -> modes.Predictor:
    """The head as its protocol says what it is fitted on; by default on all."""
    fit = learnt.fit
    if name := head.mode.parameters.get("protocol") if head.pooling else None:
        component, rng = catalogue().get("protocol", name), generator_of(_clean(head), "draw", head.seed or 0)
        own = {one: head.mode.parameters[one] for one in component.parameters if one in head.mode.parameters}
        fit = partial(_in_turn, component.given(own), rng)
    if any(split.side == "all" for split in head.train.values()):
        return crossed(learnt, fit)
    return fit(learnt)


def _clean(head: Head) -> str:
    """The key of a head's training sides before anything was done to their texts."""
    return sides_key({role: split.clean for role, split in head.train.items()})


def _in_turn(protocol: Callable[..., modes.Predictor], rng: np.random.Generator, learnt: Learnt) -> modes.Predictor:
    return protocol(learnt, rng)


def check_classes(labels: Any, head: Head) -> None:
    """DataError where there is one class to learn (one domain may have no more, and a small sample)."""
    names = np.unique(labels)
    if len(names) < 2 and head.mode.name != "majority":
        where = f" of domain {', '.join(head.train_domains)}" if head.train_domains else ""
        raise DataError(
            f"all {len(labels)} training texts{where} have the label {str(names[0])!r}; a classifier needs two "
            "classes. Raise max_samples.train, or leave the domain out."
        )
