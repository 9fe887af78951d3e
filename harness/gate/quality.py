"""The primary's clean cell and its bundles, each compared with the baseline, members pooled; and the cells beside."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.gate.baseline import Baseline, Kept
from harness.gate.cells import Cells, Names, Row, named
from harness.gate.compare import Measured, Pair, compared, over_trainings, pair, sides
from harness.gate.model import Check, Verdict
from harness.report.model import CONDITIONS
from harness.report.scorer import Scorer, scorer_of
from harness.results import RunCell
from harness.wording import numbers

#: Why a check of a row that was trained but once says nothing.
ONE_TRAINING = "one training: what another seed would give is not known; repeats: {train: 3}"


@dataclass(frozen=True)
class _Asked:
    """A check's cells: those planned now, and those of the baseline."""

    name: str
    now: Mapping[Names, RunCell]
    then: Mapping[Names, Kept]
    versions: tuple[int | None, int | None] = (None, None)


def measured(cells: Cells, baseline: Baseline, row: Row) -> list[Check | Measured]:
    """The checks of one row: `clean`, then its bundles in the order of the run."""
    return [_measured(cells, row, asked) for asked in _asked(cells, baseline, row)]


def _asked(cells: Cells, baseline: Baseline, row: Row) -> Iterable[_Asked]:
    now = {p.address.names: p for p in cells.of(row)}
    then = baseline.of(row)
    yield _Asked(
        "clean",
        {address: p for address, p in now.items() if p.kind == "clean"},
        {address: kept for address, kept in then.items() if kept.line.kind == "clean"},
    )
    before = {name: version for kept in then.values() for name, version in kept.line.bundles.items()}
    names = [bundle for p in now.values() for bundle in p.bundles if p.kind in CONDITIONS]
    for bundle in dict.fromkeys([*names, *before]):
        version = cells.version(bundle)
        yield _Asked(
            f"{bundle} v{version or before.get(bundle)}",
            {address: p for address, p in now.items() if bundle in p.bundles},
            {address: kept for address, kept in then.items() if bundle in kept.line.bundles},
            (before.get(bundle), version),
        )


def _measured(cells: Cells, row: Row, asked: _Asked) -> Check | Measured:
    if without := _without(cells, asked):
        return Check(asked.name, "quality", *without)
    found = {address: pair(cells, asked.then[address], p) for address, p in asked.now.items()}
    pairs = [one for one in found.values() if isinstance(one, Pair)]
    refused = {address[4]: why for address, why in found.items() if isinstance(why, str)}
    why = "; ".join(f"{condition}: {why}" if len(found) > 1 else why for condition, why in refused.items())
    scorer = scorer_of(next(iter(asked.now.values())).metric)
    if not pairs:
        return Check(asked.name, "quality", "not comparable", why, scorer.measure)
    if refused:
        why = f"{len(refused)} of {len(found)} members not comparable: {why}"
    if not all(np.isfinite(scorer.value(*side)) for side in sides(pairs)):
        why = f"{scorer.label} is not defined, as where all predictions are alike"
        return Check(asked.name, "quality", "failed", why, scorer.measure)
    result = compared(scorer, pairs, *row, asked.name)
    beside = _beside(cells, scorer, pairs, row[0]) if asked.name == "clean" else ()
    why = "; ".join(filter(None, (why, *_notes(scorer, pairs), *beside)))
    anew = any(cells.weights(p) != asked.then[a].line.weights for a, p in asked.now.items())
    if anew and result.n_changed:
        trainings = _trainings(asked, found)
        result = over_trainings(scorer, result, trainings)
        why = "; ".join(filter(None, (ONE_TRAINING if len(trainings) < 2 else "", why)))
    return Measured(asked.name, "quality", scorer.measure, result, why, any(one.is_easier for one in pairs))


def _notes(scorer: Scorer, pairs: list[Pair]) -> Iterable[str]:
    """What was done so that the pairs can be compared, and what the whole of today's outcomes would score."""
    notes = dict.fromkeys(one.note for one in pairs if one.note)
    wholes = [one.now if one.whole is None else one.whole for one in pairs]
    now, whole = scorer.value(*(one.now for one in pairs)), scorer.value(*wholes)
    told = [scorer.measure.number(value) for value in (whole, now)]
    if notes and told[0] != told[1]:
        notes[f"with the new ones they score {told[0]} instead of {told[1]}"] = None
    return notes


def _beside(cells: Cells, primary: Scorer, pairs: list[Pair], task: str) -> Iterable[str]:
    """What changed by the task's further metrics, as far as the baseline kept what they look at; it is not judged."""
    about = cells.manifest.tasks.get(task)
    for name in about.metrics if about else ():
        scorer = scorer_of(str(name))
        if name == primary.name or (scorer.is_of_items and not primary.is_of_items):
            continue
        try:
            then, now = (scorer.measure.number(scorer.value(*side)) for side in sides(pairs))
        except KeyError:  # a column that one of both does not have
            continue
        if then != now:
            yield f"{scorer.label} {then} -> {now}, not judged"


def _trainings(asked: _Asked, found: Mapping[Names, Pair | str]) -> list[list[Pair]]:
    """The pairs of each seed of training."""
    by_seed: dict[int | None, list[Pair]] = {}
    for address, one in found.items():
        if isinstance(one, Pair):
            by_seed.setdefault(asked.now[address].address.repeat.train, []).append(one)
    return list(by_seed.values())


def _without(cells: Cells, asked: _Asked) -> tuple[Verdict, str] | None:
    """The verdict of a check that cannot be compared as a whole, and why."""
    if not asked.now and not asked.then:
        return "missing", f"no {asked.name} cell is planned"
    failed = [address for address, p in asked.now.items() if p.status == "failed"]
    if failed:
        return "failed", _first_of(failed, asked.now[failed[0]].why)
    then, now = asked.versions
    if asked.then and asked.now and then != now:
        return "not comparable", f"bundle {asked.name.rsplit(' v', 1)[0]} v{then} -> v{now}"
    idle = [p.address.names for p in asked.now.values() if p.status != "done"]
    gone = [a for a in asked.then if a not in asked.now]
    for addresses, why in (
        (gone, cells.absent(gone[0]) if gone else ""),
        (idle, "has not been run; run the suite again to go on"),
        ([a for a in asked.now if a not in asked.then], "not in the baseline; renew it with `harness baseline`"),
    ):
        if addresses:
            return "missing", _first_of(addresses, why)
    return None


def _first_of(addresses: Sequence[Names], why: str) -> str:
    more = f" (and {numbers.plural(len(addresses) - 1, 'cell')} more)" if len(addresses) > 1 else ""
    return f"{named(addresses[0])}{more}: {why}"


def others(cells: Cells, baseline: Baseline, rows: Iterable[Row]) -> Iterator[Check]:
    """Every cell, of the run or the baseline, that is in no check of these rows: a change there fails nothing."""
    gated = {a for row in rows for asked in _asked(cells, baseline, row) for a in [*asked.now, *asked.then]}
    for planned in cells:
        if planned.address.names not in gated:
            yield _other(cells, baseline, planned)
    for address in baseline.by_address:
        if address not in gated and address not in cells.by_address:
            yield Check(named(address), "quality", "missing", cells.absent(address))


def _other(cells: Cells, baseline: Baseline, planned: RunCell) -> Check:
    name, kept = named(planned.address.names), baseline.by_address.get(planned.address.names)
    if planned.status != "done":
        why = f"failed: {planned.why}" if planned.status == "failed" else "has not been run"
        return Check(name, "quality", "missing", why)
    scorer = scorer_of(planned.metric)
    found = "not in the baseline" if kept is None else pair(cells, kept, planned)
    if isinstance(found, str):
        why = found if kept is None else f"not comparable: {found}"
        return Check(name, "quality", "not comparable", why, scorer.measure)
    then, now = scorer.value(found.then), scorer.value(found.now)
    n_items, n_changed = len(found.now), found.n_changed
    return Check(name, "quality", "ok", "", scorer.measure, then, now, n_items=n_items, n_changed=n_changed)
