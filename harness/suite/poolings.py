"""Which poolings an encoder is read under: those of the suite that it has the layers for, or its own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.core.fingerprint import plain
from harness.core.records import Pooling
from harness.suite.cells import EncoderFacts, Planner
from harness.suite.model import Choice


def pooling(planner: Planner, encoder: EncoderFacts, choice: Choice, *, with_own: bool = True) -> Pooling:
    """A pooling of an encoder; its own has the layers that belong to it, unless an encoder is trained through it."""
    pooler, parameters = planner.catalogue.get("pooler", choice.component), dict(choice.parameters)
    is_own = pooler.name == encoder.pooler and plain(parameters) == plain(pooler.filled(encoder.parameters))
    if is_own and encoder.own and with_own:
        parameters["own"] = encoder.own
    return Pooling(pooler.name, pooler.version, parameters, pooler.facts.get("per", "text"))


def named_for(planner: Planner, kind: Any) -> Sequence[Choice] | None:
    """The poolers of a suite that give a kind of task what it takes, a vector a text or a word; None: it names none."""
    named = [choice for choice in planner.suite.poolers or () if per(planner, choice) == kind.per]
    return named or None


def per(planner: Planner, choice: Choice) -> str:
    """What a pooler gives a vector: `text` or `word`."""
    return str(planner.catalogue.get("pooler", choice.component).facts.get("per", "text"))


def poolers(planner: Planner, encoder: EncoderFacts, kind: Any) -> Sequence[Choice]:
    """The poolers for a kind of task that fit an encoder: those of the suite, else the kind's or the encoder's own."""
    if (named := named_for(planner, kind)) is not None:
        return [choice for choice in named if _lacking(encoder, choice) is None]
    if kind.pooler is not None:
        return (Choice(kind.pooler, kind.pooler, planner.catalogue.get("pooler", kind.pooler).filled({})),)
    name = "+".join(encoder.parameters.get("of", ())) or encoder.pooler
    parameters = planner.catalogue.get("pooler", encoder.pooler).filled(encoder.parameters)
    return (Choice(name, encoder.pooler, parameters),)


def _lacking(encoder: EncoderFacts, choice: Choice) -> int | None:
    """A layer that a pooler reads and the encoder has not."""
    n = encoder.n_layers
    layers = Pooling(choice.component, parameters=choice.parameters).layers
    return next((layer for layer in layers if n is not None and not -n <= layer <= n), None)


def too_deep(planner: Planner) -> Iterator[Mapping[str, str]]:
    """What is left out for want of layers, and why."""
    for name, encoder in planner.materials.encoders.items():
        for choice in planner.suite.poolers or ():
            if isinstance(encoder, EncoderFacts) and (layer := _lacking(encoder, choice)) is not None:
                why = f"it reads layer {layer}, and {name} has {encoder.n_layers} (0 is what the embeddings give)"
                yield {"what": f"{choice.name} of {name}", "why": why}
