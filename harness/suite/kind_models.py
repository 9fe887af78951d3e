"""The models of a suite with the fields that kinds of task bring, and the roles that they read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, create_model

from harness.suite.lengths import length_field, one_or_by_role
from harness.suite.schema import EncoderModel, Strict, SuiteModel, TaskModel


@dataclass(frozen=True)
class Models:
    """The models of what depends on the kinds of task that there are."""

    suite: type[SuiteModel]
    task: type[TaskModel]


def models(fields: Mapping[str, Any], roles: Iterable[str]) -> Models:
    """Tasks may have these further fields, annotations by name; these roles may have a length and a prefix each."""
    more: dict[str, Any] = {name: (annotation | None, None) for name, annotation in fields.items()}
    roles_ = tuple(roles)
    by_role: dict[str, Any] = dict.fromkeys(roles_, (str | None, None))
    task: type[TaskModel] = create_model("TaskModel", __base__=TaskModel, **more)
    prefix: type[Strict] = create_model("PrefixModel", __base__=Strict, **by_role)
    said: Any = Annotated[prefix | None, BeforeValidator(_to_all(by_role), str | prefix | None)]
    by_length: dict[str, Any] = dict.fromkeys(roles_, length_field())
    lengths: type[Strict] = create_model("MaxLengthModel", __base__=Strict, **by_length)
    own: dict[str, Any] = {"prefix": (said, None), "max_length": (one_or_by_role(lengths), None)}
    encoder: type[EncoderModel] = create_model("EncoderModel", __base__=EncoderModel, **own)
    entries: Any = (Annotated[list[task], Field(min_length=1)], ...)  # type: ignore[valid-type]
    encoders: Any = (list[encoder], [])  # type: ignore[valid-type]
    return Models(create_model("SuiteModel", __base__=SuiteModel, tasks=entries, encoders=encoders), task)


def _to_all(roles: Iterable[str]) -> Callable[[Any], Any]:
    return lambda given: dict.fromkeys(roles, given) if isinstance(given, str) else given
