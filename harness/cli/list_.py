from inspect import Parameter
from typing import Annotated

import typer

from harness.cli import app
from harness.cli.options import Plugin
from harness.core.errors import HarnessError
from harness.core.registry import nearest

#: Kinds that are not components of the catalogue.
_FURTHER = ("asset", "suite")


@app.command("list")
def list_(
    kind: Annotated[str, typer.Argument(metavar="[KIND]", help="One kind: encoder, task, pooler, …")] = "",
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> None:
    """What a suite may name: encoders, steps, backends, tasks, poolers, modes, conditions, metrics, assets, suites."""
    from harness.catalogue import catalogue

    kinds = [*catalogue().kinds(), *_FURTHER]
    wanted = kind.removesuffix("s") if kind.removesuffix("s") in kinds else kind
    if wanted and wanted not in kinds:
        hint = f"{nearest(kind, kinds)} Kinds: {', '.join(kinds)}.".strip()
        raise HarnessError(f"list {kind}: not a kind. {hint}")
    for name in [wanted] if wanted else kinds:
        typer.echo(f"{name}s")
        for row in _rows(name):
            typer.echo("  " + row)


def _rows(kind: str) -> list[str]:
    if kind == "asset":
        from harness import assets

        rows = assets.assets().values()
        return [f"{a.name:18} {a.summary} ({a.licence}){', optional' * a.is_optional}" for a in rows]
    if kind == "suite":
        from harness import api

        first = {name: path.read_text(encoding="utf-8").splitlines()[0] for name, path in api.shipped().items()}
        return [f"{name:18} {line.lstrip('# ')}" for name, line in first.items()]
    from harness.catalogue import catalogue

    return [f"{c.name:18} {c.summary}{_extra(c)}" for c in catalogue().of(kind).values()]


def _extra(component: object) -> str:
    facts, parameters = component.facts, component.settable  # type: ignore[attr-defined]
    none = (Parameter.empty, None)
    words = [name if p.default in none else f"{name}={p.default}" for name, p in parameters.items()]
    for fact in ("precisions", "weights", "members", "languages", "domains"):
        if found := facts.get(fact):
            found = [_member(*member) for member in found] if fact == "members" else found
            if isinstance(found, dict):  # by the value of a parameter
                found = [
                    f"{value}: {' '.join(some)}" for by_value in found.values() for value, some in by_value.items()
                ]
            words.append(f"{fact}: {found if isinstance(found, str) else ', '.join(found)}")
    if rates := facts.get("rates"):
        words.append("severities: " + ", ".join(f"{rate:.0%}" for rate in rates[1:]))
    return f" [{'; '.join(words)}]" if words else ""


def _member(name: str, given: object, needs: str | None) -> str:
    from harness.catalogue import catalogue
    from harness.suite.conditions import KINDS
    from harness.suite.naming import address

    component = catalogue().find(name, KINDS)
    assert component is not None
    return address(component, given) + (f" ({needs} texts)" if needs == "short" else "")  # type: ignore[arg-type]
