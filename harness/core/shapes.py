"""The shape of a file, declared once and checked where it is read: what is not as expected, in words.

A shape is any type that pydantic knows: a record is a frozen dataclass of the types below.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError, WrapValidator

#: Beyond this no count, size or number of ours can be: sums and squares of such numbers are still numbers.
LARGEST = 10**15
Count = Annotated[int, Field(ge=0, le=LARGEST, strict=True)]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False, strict=True)]
Amount = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False, strict=True)]
Positive = Annotated[float, Field(ge=1e-12, le=LARGEST, allow_inf_nan=False, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
_LONGEST = 60
#: What pydantic calls a type, at the beginning of what it says is wrong, and what a person does.
TYPES = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "dataclass": "a mapping",
    "tuple": "a list",
    "frozen": "a list",
    "string": "text",
}


def null_is(default: Any) -> WrapValidator:
    """For a value that a file may leave open: its null is the default."""
    return WrapValidator(lambda value, check: default if value is None else check(value))


def told(record: Any) -> dict[str, Any]:
    """What a record says, by field, without what it leaves open."""
    return {name: value for name, value in vars(record).items() if value is not None}


def read(shape: Any, value: Any) -> Any:
    """A JSON value as what its shape makes of it.

    ValueError with the first thing that is not of the shape: `plan.3.address.task is 5; expected text`.
    """
    try:
        return adapter(shape).validate_python(value)
    except ValidationError as error:
        raise ValueError(_words(error.errors(include_url=False)[0])) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


adapter = cache(TypeAdapter)


def read_json(path: Path) -> Any:
    """The JSON value in a file. OSError; ValueError, in words, for what is none."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        value = json.loads(text, parse_float=_finite, parse_constant=_finite)
        if "\\ud" in text.lower():  # may be half of a character, which no file of ours can hold
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _finite(number: str) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number[:20]} is no finite number")
    return value


def _words(error: Mapping[str, Any]) -> str:
    kind, context = str(error["type"]), error.get("ctx", {})
    place = ".".join(str(part) for part in error["loc"] if part != "[key]")[:200] or "it"
    if kind == "missing":
        return f"{place} is missing"
    return f"{place} is {_shown(error['input'])}; expected {_expected(kind, context, str(error['msg']))}"


def _expected(kind: str, context: Mapping[str, Any], message: str) -> str:
    for bound, words in (("ge", "or more"), ("le", "or less")):
        if kind.endswith("_than_equal") and bound in context:
            return f"{context[bound]:g} {words}"
    if kind == "int_parsing_size":
        return f"{LARGEST:g} or less"
    if kind == "literal_error":
        return f"one of {context['expected']}"
    if kind == "string_unicode":
        return "text that UTF-8 can carry"
    if kind in ("too_short", "string_too_short"):
        return "at least one entry"
    return TYPES.get(kind.split("_")[0], message)


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)[: _LONGEST + 1] if not isinstance(value, (list, dict)) else _sized(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _sized(value: list[Any] | dict[str, Any]) -> str:
    what = "a list" if isinstance(value, list) else "a mapping"
    return f"{what} of {len(value)}" if value else f"an empty {what[2:]}"
