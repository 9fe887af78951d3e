"""What a bundle costs one row: its worst member, of how many, and what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.report import verdict
from harness.report.model import CONDITIONS, NO_POOLER, Bundle, Names, Result
from harness.report.source import Group
from harness.wording import numbers

#: Condition -> the members that at least one row of a task has.
Members = Mapping[str, Group]


def of_row(
    manifest: Mapping[str, Any], task: str, row: Names, results: Sequence[Result], known: Mapping[str, Members]
) -> list[Bundle]:
    """Every bundle of the run for one row. `known` are the members that each has in its task."""
    lines = [line for line in manifest.get("not_applicable", []) if line.get("task") in (task, None)]
    why_not = {line["what"]: f"{line['what']} does not apply: {line['why']}" for line in lines}
    return [
        _bundle(
            name,
            row,
            [r for r in results if name in r.bundles],
            known.get(name, {}),
            why_not.get(name, f"{name} was not measured here"),
            [f"without {line['what']}: {line['why']}" for line in lines if line.get("bundle") == name],
        )
        for name in manifest.get("bundles", {})
    ]


def loose(row: Names, results: Sequence[Result], known: Mapping[str, Members]) -> list[Bundle]:
    """The conditions of a task that are in no bundle, for one row: those of one component together, as `known`."""
    return [_bundle(name, row, results, mine, "") for name, mine in known.items()]


def members(groups: Iterable[Group]) -> tuple[dict[str, Members], dict[str, Members]]:
    """The conditions of all rows of a task, in plan order: by bundle, and by component those that are in none."""
    bundled, alone = dict[str, dict[str, Group]](), dict[str, dict[str, Group]]()
    for group in groups:
        if group.kind in CONDITIONS:
            for name in group.bundles:
                bundled.setdefault(name, {}).setdefault(group.condition, group)
            if not group.bundles:
                alone.setdefault(group.component, {}).setdefault(group.condition, group)
    return {**bundled}, {**alone}


def _bundle(
    name: str, row: Names, results: Sequence[Result], known: Members, why_not: str, lost: Sequence[str] = ()
) -> Bundle:
    """`lost` says which members the task has not, and why."""
    mine = [r for r in results if r.condition in known]
    measured = [r for r in mine if r.drop is not None]
    active = [r for r in measured if not r.is_idle] or measured
    if mine and not measured:
        why_not = _not_measured(mine)
    lacking = {condition: group for condition, group in known.items() if condition not in {r.condition for r in mine}}
    if known and not mine:
        why_not = _lacks(row, lacking)
    return Bundle(
        name=name,
        worst=verdict.worst(active),
        n_measured=len(measured),
        n_members=len(mine),
        n_in_task=len(known),
        lacks="; ".join(filter(None, [_lacks(row, lacking), *lost])),
        why_not="" if measured else why_not,
        n_idle=len(measured) - len(active),
    )


def _not_measured(mine: Sequence[Result]) -> str:
    failed = next((r.reason for r in mine if r.status == "failed"), None)
    if failed:
        return f"failed: {failed}"
    if mine and all(r.status == "skipped" for r in mine):
        if not any(r.key for r in mine):  # nothing was planned
            return mine[0].message
        what = "edit" if all(r.kind == "perturbation" for r in mine) else "compare"
        return f"found nothing to {what} in these texts"
    if all(r.status == "done" for r in mine):
        return "the outcomes of single items, or of what they are compared with, are missing"
    return "has not run, or what it is compared with has not"


def _lacks(row: Names, lacking: Members) -> str:
    """Why a row has fewer members than others of its task; empty where it has them all."""
    if not lacking:
        return ""
    if row[1:] == (NO_POOLER, NO_POOLER) and {group.kind for group in lacking.values()} == {"reading"}:
        names = list(dict.fromkeys(group.component for group in lacking.values()))
        return f"{numbers.listed(names)} {'does' if len(names) == 1 else 'do'} not apply to rows without an encoder"
    return f"{numbers.listed(list(lacking))} {'is' if len(lacking) == 1 else 'are'} not planned for this row"
