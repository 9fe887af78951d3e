"""What `max_length` of an encoder may be: one for all roles or one a role, tokens or a percentile of lengths."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, WrapValidator
from pydantic_core import PydanticCustomError

_PERCENTILE = r"^p(100|[5-9]\d)$"
_LEAST, _MOST = 3, 1_000_000
_Tokens = Annotated[int, Field(ge=_LEAST, le=_MOST)] | Annotated[str, Field(pattern=_PERCENTILE)]


def share_of(length: str) -> float:
    """The share of texts that `p95` reads whole."""
    return int(length[1:]) / 100


def length_field() -> tuple[Any, None]:
    """Annotation and default of a role's own length."""
    return Annotated[Any, BeforeValidator(_length, json_schema_input_type=_Tokens | None)], None


def one_or_by_role(model: type[BaseModel]) -> Any:
    """The annotation of one length for all roles, or a mapping of this model."""
    return Annotated[
        model | None,
        WrapValidator(_either, json_schema_input_type=_Tokens | model | None),
        PlainSerializer(lambda one: one.model_dump(exclude_none=True) if isinstance(one, BaseModel) else one),
    ]


def _either(given: Any, by_role: Callable[[Any], Any]) -> Any:
    return by_role(given) if isinstance(given, dict) else _length(given)


def _length(given: Any) -> Any:
    if given is None or (isinstance(given, str) and re.fullmatch(_PERCENTILE, given)):
        return given
    if type(given) is not int:
        expected = "a whole number, a percentile of the lengths of texts (p50 to p100), or either by role"
        raise PydanticCustomError("tokens", expected)
    if not _LEAST <= given <= _MOST:
        bound = f"{_LEAST} or more" if given < _LEAST else f"{_MOST} or less"
        raise PydanticCustomError("tokens", bound)
    return given
