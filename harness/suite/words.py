"""What is expected of a value, in the words of someone who writes a suite."""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Interval
from pydantic import ValidationError

from harness.core.registry import nearest
from harness.core.shapes import TYPES
from harness.core.user_files import Content
from harness.suite.schema import DEVICE, NAME, SUITE_NAME

_LONGEST = 60
_PLAIN = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    Content: "the path of a file or folder",
}
_MANY = {int: "whole numbers", float: "numbers", str: "texts"}
#: What a mapping of this name may be written as instead.
_SHORTER = {
    "latency": "true, false, or ",
    "time": "a column, or ",
    "min_class": "a whole number, or ",
    "prefix": "text, or ",
    "max_length": "a whole number, p50 to p100, or ",
    "truncation": "one of head, tail, head+tail, windows, or ",
}
_PATTERNS = {
    SUITE_NAME: "letters, digits, dots, dashes and underscores, as in a folder's name",
    NAME: "a name without control characters, that does not begin with =, +, -, @ or :",
    DEVICE: "auto, cpu, cuda, cuda:NUMBER or cuda:NUMBER,NUMBER",
}


def shown(value: Any) -> str:
    """A value as it is told: as YAML has it, on one line, and not at any length."""
    text = "empty" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def of_type(annotation: Any) -> str:
    """`a whole number`, `one of first, last`, `text`: what a parameter's annotation asks for."""
    origin, inner = get_origin(annotation), [a for a in get_args(annotation) if a is not type(None)]
    if origin is Annotated:
        return of_type(inner[0])
    if origin is Literal:
        return ("one of " if len(inner) > 1 else "") + ", ".join(map(str, inner))
    if origin in (Union, UnionType):
        return " or ".join(map(of_type, inner))
    if origin is tuple and inner and get_origin(inner[0]) is Literal and inner[-1] is not Ellipsis:
        return "[" + ", ".join(of_type(one).removeprefix("one of ").replace(", ", " or ") for one in inner) + "]"
    if origin in (list, tuple) and get_origin(inner[0]) is Literal:
        return f"a list of {of_type(inner[0]).removeprefix('one of ')}"
    if origin in (list, tuple):
        return f"a list of {_MANY.get(inner[0], 'values')}"
    return _PLAIN.get(annotation, str(annotation))


def of_parameter(annotation: Any, error: ValidationError) -> str:
    """The same for a value that is not so, for what pydantic found: the bounds where it is beyond one of them."""
    found = error.errors()[0]
    if found["type"] == "value_error":  # of a check of our own, which says what it expects
        return str(found["ctx"]["error"])
    if not {"ge", "gt", "le", "lt"} & found.get("ctx", {}).keys():
        return of_type(annotation)
    bounds = next((m for m in get_args(annotation) if isinstance(m, Interval)), Interval())
    between = f"{bounds.ge:g} to {bounds.le:g}" if None not in (bounds.ge, bounds.le) else ""
    return between or of_error(found, [])


def of_error(error: Mapping[str, Any], keys: list[str]) -> str:
    """The same for what pydantic found; `keys` are those that a mapping here may have."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind.startswith("string_"):
        is_scalar = isinstance(value, (bool, int, float))
        return _PATTERNS.get(context.get("pattern"), "text" + (": put it between quotes" if is_scalar else ""))
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{context['ge']} or more" if "ge" in context else f"{context['le']} or less"
    if kind == "greater_than":
        return "a number above 0"
    if kind == "less_than":
        return "a smaller number"
    if kind == "too_short":
        return "at least one entry"
    if kind == "literal_error":
        names = context["expected"].split("'")[1::2]  # pydantic has them as `'a', 'b' or 'c'`
        return f"one of {', '.join(names)}. {nearest(str(value), names)}".strip(" .")
    expected = TYPES.get(kind.split("_")[0], str(error["msg"]))
    if expected != "a mapping" or not keys:
        return expected
    place = error["loc"][-1]
    is_named = isinstance(place, int) and "thresholds" not in error["loc"]
    shorter = "a name, or " if is_named else _SHORTER.get(place, "")
    return f"{shorter}a mapping with {', '.join(keys)}"
