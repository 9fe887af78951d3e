"""The registry as a value: components describe themselves, a `Catalogue` holds them."""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from keyword import iskeyword
from types import ModuleType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter

from harness.core import plugins, user_files
from harness.core.errors import PluginError

F = TypeVar("F", bound=Callable[..., Any])


#: Kinds that parameters name and the catalogue does not hold alone: a suite's encoders, texts, texts with labels.
OUTSIDE = ("encoder", "texts", "labelled")


@dataclass(frozen=True)
class Named:
    """That text names a component of this kind: `Annotated[str, Named("head")]`. Schemas mark that by `component`."""

    kind: str

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        is_optional = {"type": "null"} in handler(core_schema).get("anyOf", ())
        return {"component": self.kind, "is_optional": is_optional}


@dataclass(frozen=True)
class Parameter:
    """What YAML may set: the annotation (`Annotated[int, Interval(ge=0, le=5)]`, a Literal …) and the default."""

    annotation: Any
    default: Any

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What checks a value, and knows its schema."""
        return TypeAdapter(self.annotation, config=ConfigDict(strict=True, allow_inf_nan=False))

    @property
    def is_file(self) -> bool:
        """Whether it names a file or folder of the user's."""
        return user_files.is_path(self.annotation)

    @property
    def takes_list(self) -> bool:
        """Whether a value is a list itself, so that a list does not sweep."""
        return _takes_list(self.annotation)

    def read(self, value: Any) -> Any:
        """The value as the function has it; a list stands for a tuple. pydantic's ValidationError for what is none."""
        is_tuple = isinstance(value, list) and get_origin(self.annotation) is not list
        return self.adapter.validate_python(tuple(value) if is_tuple else value)

    @property
    def kind(self) -> str | None:
        """The kind of the components that it names; None where it names none."""
        marks = getattr(self.annotation, "__metadata__", ())
        return next((mark.kind for mark in marks if isinstance(mark, Named)), None)


def _takes_list(annotation: Any) -> bool:
    return get_origin(annotation) in (list, tuple) or any(map(_takes_list, get_args(annotation)))


@dataclass(frozen=True)
class Component:
    """A named, versioned thing a suite can ask for.

    `parameters` are the function's keyword-only arguments minus `resources`, which the runner hands in by name, and
    what its caller acts on; a name that Python keeps for itself ends in `_` there and not here. `options` are what a
    suite may set for all of its kind, which the function does not get. `facts` are what the kind declares about it (a
    metric's direction, what it applies to …).
    """

    kind: str
    name: str
    version: int
    function: Callable[..., Any]
    parameters: Mapping[str, Parameter]
    facts: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]

    @property
    def settable(self) -> Mapping[str, Parameter]:
        """All that a suite may set."""
        return {**self.parameters, **self.options}

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters, defaults filled in: what goes into a key. Options only where they are not the default, and
        files only where one is named.
        """
        own = {name: given.get(name, p.default) for name, p in self.parameters.items()}
        own = {name: value for name, value in own.items() if value is not None or not self.parameters[name].is_file}
        return own | {n: given[n] for n, p in self.options.items() if given.get(n, p.default) != p.default}

    def __call__(self, *arguments: Any, **parameters: Any) -> Any:
        """The function, with parameters under the names that a suite has for them."""
        return self.given(parameters)(*arguments)

    def given(self, parameters: Mapping[str, Any]) -> Callable[..., Any]:
        """The function that needs no more than its other arguments, for callers that call it often."""
        return partial(self.function, **{name + "_" * iskeyword(name): v for name, v in parameters.items()})


def component(
    kind: str,
    name: str,
    *,
    version: int = 1,
    resources: tuple[str, ...] = (),
    given: Mapping[str, Parameter] | None = None,
    options: Mapping[str, Parameter] | None = None,
    **facts: Any,
) -> Callable[[F], F]:
    """Decorate a function to make it a component. Nothing is registered globally; see `collect`.

    `given` are parameters that decide its result as its own do, and that whoever calls it acts on.
    TypeError where it has no keyword-only argument for a resource, or has one that is an option of its kind.
    """
    given, options = given or {}, options or {}

    def decorate(function: F) -> F:
        called, arguments = function.__name__, inspect.signature(function).parameters.values()
        keywords = {arg.name.removesuffix("_"): arg for arg in arguments if arg.kind is arg.KEYWORD_ONLY}
        for one in set(resources) - set(keywords):
            raise TypeError(f"{called} asks for the resource {one!r} and has no keyword-only argument for it")
        for one in set(keywords) & {*given, *options}:
            raise TypeError(f"{called} has an argument {one!r}, which stands for something else in suites")
        own = {one: arg for one, arg in keywords.items() if one not in resources}
        hints = get_type_hints(function, include_extras=True) if own else {}
        parameters = {one: Parameter(hints.get(arg.name, Any), arg.default) for one, arg in own.items()} | dict(given)
        made = Component(kind, name, version, function, parameters, {**facts, "resources": resources}, options)
        function.component = made  # type: ignore[attr-defined]
        return function

    return decorate


class Catalogue:
    """All components there are, by kind and name. Immutable."""

    def __init__(self, components: Iterable[Component]) -> None:
        self._by_kind: dict[str, dict[str, Component]] = {}
        for item in components:
            known = self._by_kind.setdefault(item.kind, {})
            if item.name in known:
                places = f"in {known[item.name].function.__module__} and in {item.function.__module__}"
                message = f"two components of kind {item.kind} are named {item.name!r}, {places}."
                raise PluginError(f"{message} Give the later one another name.")
            known[item.name] = item

    def kinds(self) -> list[str]:
        """The kinds that have at least one component."""
        return sorted(self._by_kind)

    def of(self, kind: str) -> Mapping[str, Component]:
        """The components of one kind, by name."""
        return dict(sorted(self._by_kind.get(kind, {}).items()))

    def get(self, kind: str, name: str) -> Component:
        """One component. KeyError where there is none."""
        return self._by_kind[kind][name]

    def function(self, kind: str, name: str) -> Callable[..., Any]:
        """The function of a component. KeyError where there is none."""
        return self._by_kind[kind][name].function

    def find(self, name: str, kinds: Iterable[str]) -> Component | None:
        """The component of this name in any of these kinds."""
        return next((self._by_kind[k][name] for k in kinds if name in self._by_kind.get(k, {})), None)


def walk(package: ModuleType) -> Iterator[ModuleType]:
    """A package and all modules below it."""
    yield package
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(info.name)


def found_in(*packages: ModuleType) -> list[Component]:
    """The components of these packages, and those that the user's plugins define, with a version of their content."""
    own = [
        replace(item, version=plugins.version_of(module)) for module in plugins.modules() for item in collect([module])
    ]
    return [*collect(module for package in packages for module in walk(package)), *own]


def collect(modules: Iterable[object]) -> list[Component]:
    """The components defined in these modules (not those merely imported into them)."""
    return [
        value.component
        for module in modules
        for value in vars(module).values()
        if isinstance(getattr(value, "component", None), Component)
        and value.__module__ == getattr(module, "__name__", None)
    ]


def named(value: Any) -> tuple[str, dict[str, Any]]:
    """(name, parameters) of a component, as a parameter has it: its name, or a mapping of that to its parameters."""
    if isinstance(value, str):
        return value, {}
    ((name, parameters),) = value.items()
    return name, dict(parameters or {})


def nearest(name: str, allowed: Iterable[str]) -> str:
    """`Did you mean 'x'?` for the closest allowed name, or nothing."""
    close = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else ""
