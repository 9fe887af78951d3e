"""Canonical names of conditions, as they stand in addresses, tables and baselines."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, get_args, get_origin

from harness.core.registry import Component


def address(component: Component, parameters: Mapping[str, Any]) -> str:
    """`keyboard@3`, `keyboard[train]@3`, `truncate[last]@0.5`, `rare-words[zipf=2.5]`.

    The severity stands behind @, always; other parameters in brackets, where they differ from the default:
    the bare value where it is one of a list, else name=value.
    """
    filled = component.filled(parameters)
    severity = component.facts.get("severity")
    others = [
        _bracketed(name, parameter.annotation, filled[name])
        for name, parameter in component.settable.items()
        if name not in (severity, "draws") and filled.get(name, parameter.default) != parameter.default
    ]
    brackets = f"[{','.join(others)}]" if others else ""
    return component.name + brackets + (f"@{_text(filled[severity])}" if severity else "")


def pair_address(component: Component, train: Sequence[str], test: str) -> str:
    """`domain[movies>tweets]`: one pair of a shift. Several train domains are joined by +."""
    return f"{component.name}[{_text(train)}>{test}]"


def _bracketed(name: str, annotation: Any, value: Any) -> str:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return _text(value) if get_origin(annotation) is Literal else f"{name}={_text(value)}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "+".join(map(_text, value))
    if isinstance(value, dict):  # a component and its parameters
        (name, given), *_ = value.items()
        inside = ",".join(f"{one}={_text(own)}" for one, own in (given or {}).items())
        return f"{name}({inside})" if inside else str(name)
    return f"{value:g}" if isinstance(value, float) else str(value)
