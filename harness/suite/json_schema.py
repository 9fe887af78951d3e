"""The JSON schema of suite files, for editors: every key, and every component with what it takes."""

import inspect
from collections.abc import Iterable
from typing import Any

from harness.core.registry import OUTSIDE, Catalogue, Component, Parameter
from harness.suite import choices, recipes
from harness.suite.load import models

Schema = dict[str, Any]


def json_schema(catalogue: Catalogue) -> Schema:
    """What a suite may be, as far as its shape and the names of components go; `load` knows more."""
    schema = models(catalogue).suite.model_json_schema()
    encoder = schema["$defs"]["EncoderModel"]
    steps = {name: _parameters(step, sweeps=False) for name, step in catalogue.of("step").items()}
    one = {"anyOf": [{"enum": [*steps]}, *(_mapping({name: own}, [name]) for name, own in steps.items())]}
    encoder["properties"] |= steps | {recipes.SEVERAL: {"type": "array", "items": one, "minItems": 1}}
    encoder |= {"required": [], "anyOf": [{"required": ["name"]}, {"required": ["checkpoint"]}]}
    for model, kind in (("EncoderModel", "encoder"), ("TaskModel", "task")):
        schema["$defs"][model] = {"anyOf": [{"component": kind}, {"type": "string"}, schema["$defs"][model]]}
    for axis in (choices.POOLERS, choices.MODES, choices.CONDITIONS):
        schema["properties"][axis.key] |= {"type": "array", "items": {"anyOf": _entries(axis, catalogue)}}
        schema["properties"][axis.key].pop("anyOf", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_with_names(schema, catalogue)}


def _entries(axis: choices.Axis, catalogue: Catalogue) -> list[Schema]:
    """What may stand in the list of an axis: a name, `name: {parameters}`, or both with a name of its own."""
    known = [component for kind in axis.kinds for component in catalogue.of(kind).values()]
    components = [choices.with_all_parts(component, catalogue) for component in known]
    joined = "|".join(component.name for component in components)
    return [
        *_names(component for component in components if not _needed(component)),
        *([{"type": "string", "pattern": rf"^({joined})(\+({joined}))+$"}] if axis is choices.POOLERS else []),
        _by_name(components),
        *(_with_own_name(component, axis.word) for component in components),
    ]


def _names(components: Iterable[Component]) -> list[Schema]:
    return [{"const": component.name, "description": inspect.getdoc(component.function)} for component in components]


def _by_name(components: Iterable[Component]) -> Schema:
    properties = {
        component.name: _parameters(component)
        if _needed(component)
        else {"anyOf": [_parameters(component), {"type": "null"}]}
        for component in components
    }
    return _mapping(properties) | {"minProperties": 1, "maxProperties": 1}


def _with_own_name(component: Component, word: str) -> Schema:
    own = _parameters(component)
    return _mapping({word: {"const": component.name}, "name": {"type": "string"}, **own["properties"]}, [word])


def _parameters(component: Component, *, sweeps: bool = True) -> Schema:
    """The mapping of a component's parameters."""
    properties = {name: _parameter(parameter, sweeps) for name, parameter in component.settable.items()}
    return _mapping(properties, _needed(component)) | {"description": inspect.getdoc(component.function)}


def _needed(component: Component) -> list[str]:
    """The parameters that have no default."""
    return [name for name, parameter in component.parameters.items() if parameter.default is inspect.Parameter.empty]


def _parameter(parameter: Parameter, sweeps: bool) -> Schema:
    schema: Schema = parameter.adapter.json_schema()
    if sweeps and not parameter.takes_list:
        schema = {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}
    return schema if parameter.default is inspect.Parameter.empty else schema | {"default": parameter.default}


def _mapping(properties: Schema, required: Iterable[str] = ()) -> Schema:
    return {"type": "object", "properties": properties, "required": [*required], "additionalProperties": False}


def _with_names(schema: Any, catalogue: Catalogue) -> Any:
    """The schema with the names that there are, where it says of which kind a component is to be named."""
    if isinstance(schema, list):
        return [_with_names(one, catalogue) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _with_names(value, catalogue) for key, value in schema.items()}
    if isinstance(kind := found.pop("component", None), str):
        components = catalogue.of(kind).values()
        takers = [component for component in components if component.parameters]
        is_optional = found.pop("is_optional", False)
        more = [{"type": "string"}] * (kind in OUTSIDE) + [{"type": "null"}] * is_optional
        found["anyOf"] = [*_names(components), *([_by_name(takers)] if takers else []), *more]
    elif kind is not None:
        found["component"] = kind
    return found
