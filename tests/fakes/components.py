"""What decorators and fits leave behind, with its type: fails where it is not there."""

from collections.abc import Callable
from typing import Any

from harness.core.registry import Component
from harness.modes import Predictor


def component_of(function: Callable[..., Any]) -> Component:
    """What a decorator made of this function."""
    made = getattr(function, "component", None)
    assert isinstance(made, Component)
    return made


def predicted(predictor: Predictor, features: Any) -> tuple[Any, Any]:
    """(values, scores) that a predictor gives for these features."""
    assert predictor.predict is not None
    return predictor.predict(features)
