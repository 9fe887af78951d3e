"""What a bundle costs one row: its worst member, of how many, and what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from harness.report import verdict
from harness.report.model import CONDITIONS, NO_POOLER, Bundle, Names, Result
from harness.report.source import Group
from harness.results.manifest import Manifest
from harness.wording import numbers

#: Condition -> the members that at least one row of a task has.
Members = Mapping[str, Group]


def of_row(
    manifest: Manifest, task: str, row: Names, results: Sequence[Result], known: Mapping[str, Members]
) -> list[Bundle]:
    """Every bundle of the run for one row, then the conditions that are in none, those of one component together.

    `known` are the members that each has in its task.
    """
    lines = [line for line in manifest.not_applicable if line.task in (task, None)]
    why_not = {line.what: f"{line.what} does not apply: {line.why}" for line in lines}
    bundles = manifest.bundles
    found = []
    for name in dict.fromkeys([*bundles, *known]):
        lost = [f"without {line.what}: {line.why}" for line in lines if line.bundle == name]
        none = why_not.get(name, f"{name} was not measured here")
        bundle = _bundle(name, row, results, known.get(name, {}), none, lost)
        found.append(replace(bundle, is_loose=name not in bundles))
    return found


def members(groups: Iterable[Group]) -> dict[str, Members]:
    """The conditions of all rows of a task, in plan order: by bundle, and by component those that are in none."""
    found = dict[str, dict[str, Group]]()
    for group in groups:
        if group.kind in CONDITIONS:
            for name in group.first.bundles or (group.component,):
                found.setdefault(name, {}).setdefault(group.address.condition, group)
    return {**found}


def _bundle(
    name: str, row: Names, results: Sequence[Result], known: Members, why_not: str, lost: Sequence[str]
) -> Bundle:
    """`why_not` says why the task has no member, `lost` which ones it has not, and why."""
    mine = [r for r in results if r.condition in known]
    measured = [r for r in mine if r.drop is not None]
    active = [r for r in measured if not r.is_idle] or measured
    there = {r.condition for r in mine}
    lacks = _lacks(row, {condition: group for condition, group in known.items() if condition not in there})
    if known:
        why_not = "" if measured else _not_measured(mine) if mine else lacks
    return Bundle(
        name=name,
        worst=verdict.worst(active),
        n_measured=len(measured),
        n_members=len(mine),
        n_in_task=len(known),
        lacks="; ".join(filter(None, [lacks, *lost])),
        why_not=why_not,
        n_idle=len(measured) - len(active),
    )


def _not_measured(mine: Sequence[Result]) -> str:
    failed = next((r.reason for r in mine if r.status == "failed"), None)
    if failed:
        return f"failed: {failed}"
    if all(r.status == "skipped" for r in mine):
        if not any(r.key for r in mine):  # nothing was planned
            return mine[0].said
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
