"""What the gate sees: false alarms on unchanged runs, power, real changes, planted ones, wall time.

`python -m benchmarks.gate [RUN]` replays a stored run of quick.yaml (default reports/quick); nothing is encoded.
`python -m benchmarks.gate --power` needs no run: it holds what the gate prints against what it sees, on builds that are
made by chance. Both print tables that docs/ci.md quotes.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.builds import Case, failing, printed, timed
from harness.core.data import Outcomes
from harness.core.seeds import generator_of
from harness.gate.cells import Cells, Row, primary
from harness.gate.compare import Compared, Measured, Pair, compared
from harness.gate.cost import TIME_MARGIN
from harness.gate.cost import wall_time as time_measured
from harness.gate.judge import verdicts
from harness.gate.model import Check
from harness.report.model import CONDITIONS
from harness.report.scorer import scorer_of
from harness.results import Run
from harness.stats import Interval, assumed, p_greater, texts_of

N, N_SHORT, MARGIN = 1000, 20, 0.01
Checks = dict[str, list[Outcomes]]
#: Of one side of a check's members: what a later run would have predicted.
Rerun = Callable[[Sequence[Outcomes], Any], list[Outcomes]]


def checks_of(cells: Cells, row: Row) -> Checks:
    """The outcomes of each check's members."""
    found: Checks = {"clean": [p.outcomes for p in cells.of(row) if p.kind == "clean"]}
    for planned in cells.of(row):
        for bundle in planned.bundles if planned.kind in CONDITIONS else ():
            found.setdefault(bundle, []).append(planned.outcomes)
    return found


def resampled(members: Sequence[Outcomes], rng: Any) -> list[Outcomes]:
    """Other texts of the same kind: clusters drawn with replacement, the same for every member."""
    names = np.unique(np.concatenate([m.cluster for m in members]))
    drawn = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
    found = []
    for member in members:
        index = np.repeat(np.arange(len(member)), drawn[np.searchsorted(names, member.cluster)])
        copy = np.concatenate([np.arange(n) for n in np.unique(index, return_counts=True)[1]])
        taken = member.take(index)
        tag = np.char.add("#", copy.astype(str))
        found.append(replace(taken, cluster=np.char.add(taken.cluster, tag), content=np.char.add(taken.content, tag)))
    return found


def noisy(lost: float, gained: float) -> Rerun:
    """A text turns wrong with a share `lost` of all texts and right with `gained`, in all members that can alike."""

    def rerun(members: Sequence[Outcomes], rng: Any) -> list[Outcomes]:
        texts = np.unique(np.concatenate([m.content for m in members]))
        u = rng.random(len(texts))
        found = []
        for member in members:
            right = member.gold == member.prediction
            mine = u[np.searchsorted(texts, member.content)]
            chance = np.where(right, lost / max(right.mean(), 1e-9), gained / max(1 - right.mean(), 1e-9))
            turned = np.where(right, "turned wrong", member.gold)
            found.append(replace(member, prediction=np.where(mine < chance, turned, member.prediction)))
        return found

    return rerun


def swapped(others: Checks, name: str) -> Callable[[Sequence[Outcomes], Any], list[Pair]]:
    """Two real rows, clusters exchanged at random: no true difference, and real discordance and correlation."""

    def pairs(members: Sequence[Outcomes], rng: Any) -> list[Pair]:
        names = np.unique(np.concatenate([m.cluster for m in members]))
        swap = rng.random(len(names)) < 0.5
        found = []
        for member, other in zip(members, others[name], strict=True):
            mine = swap[np.searchsorted(names, member.cluster)]
            then = np.where(mine, other.prediction, member.prediction)
            now = np.where(mine, member.prediction, other.prediction)
            found.append(Pair(replace(member, prediction=then), replace(member, prediction=now)))
        return found

    return pairs


def quick(scorer: Any, pairs: Sequence[Pair], rng: Any) -> Compared:
    """`compared` without what the verdict on a loss does not need: the interval and the test of a gain."""
    sums = [[scorer.columns(side) for side in (p.then, p.now)] for p in pairs]
    cluster = np.concatenate([p.now.cluster for p in pairs])
    then, now = ((np.concatenate([pair[i] for pair in sums]), cluster) for i in (0, 1))
    n_changed = sum(p.n_changed for p in pairs)
    value = float(then[0][:, 0].mean() - now[0][:, 0].mean())
    p = p_greater("sign-flip", scorer.component.function, then, now, rng=rng, n_resamples=2000)
    texts = texts_of("sign-flip", scorer.component.function, then, now, rng=rng) if n_changed else None
    texts = texts or assumed(np.unique(cluster, return_counts=True)[1])
    return Compared(0.0, 0.0, Interval(value, np.nan, np.nan), p, 1.0, len(cluster), n_changed, texts)


def judged(scorer: Any, pairs: dict[str, list[Pair]], rng: Any) -> dict[str, Check]:
    found = [Measured(name, "quality", scorer.measure, quick(scorer, one, rng)) for name, one in pairs.items()]
    return {check.name: check for check in verdicts(found, MARGIN)}


def replays(scorer: Any, checks: Checks, n: int, what: str, *, rerun: dict[str, Rerun]) -> list[dict[str, Check]]:
    """`n` replays: other texts each time, and predictions as `rerun` changes them, check by check."""
    found = []
    for i in range(n):
        rng = generator_of("replay", what, i)
        pairs = {}
        for name, members in checks.items():
            then = resampled(members, rng)
            pairs[name] = [Pair(a, b) for a, b in zip(then, rerun.get(name, same)(then, rng), strict=True)]
        found.append(judged(scorer, pairs, rng))
    return found


def same(members: Sequence[Outcomes], rng: Any) -> list[Outcomes]:
    return list(members)


def share(found: Sequence[dict[str, Check]], of: Callable[[dict[str, Check]], bool]) -> str:
    return f"{100 * np.mean([of(one) for one in found]):.1f} %"


def alarm(checks: dict[str, Check]) -> bool:
    return any(check.verdict == "regressed" for check in checks.values())


def heading(title: str, *columns: str) -> None:
    print(f"\n## {title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)


def false_alarms(scorer: Any, checks: Checks, rows: dict[str, Checks]) -> None:
    heading(f"False alarms of a whole build, {len(checks)} checks, {N} replays", "unchanged run", "alarms")
    for d in (0.02, 0.10, 0.20):
        rerun = dict.fromkeys(checks, noisy(d / 2, d / 2))
        found = replays(scorer, checks, N, f"noise {d}", rerun=rerun)
        print(f"| other texts, {d:.0%} of them answered otherwise by chance | {share(found, alarm)} |")
    for name, others in rows.items():
        found = []
        for i in range(N):
            rng = generator_of("swap", name, i)
            pairs = {check: swapped(others, check)(members, rng) for check, members in checks.items()}
            found.append(judged(scorer, pairs, rng))
        print(f"| {name} and the primary, documents exchanged by chance | {share(found, alarm)} |")


def power(scorer: Any, checks: Checks) -> None:
    losses = [f"seen: a loss of {points} points" for points in (2, 3, 5)]
    heading(f"Power at 10 % discordance, {N} replays", "check", "items", *losses)
    for name, members in checks.items():
        seen = []
        for loss in (0.02, 0.03, 0.05):
            rerun = {name: noisy(0.05 + loss / 2, 0.05 - loss / 2)}
            found = replays(scorer, checks, N, f"power {name} {loss}", rerun=rerun)
            seen.append(share([{name: one[name]} for one in found], alarm))
        print(f"| {name} | {sum(map(len, members)):,} | {' | '.join(seen)} |")


def real(scorer: Any, checks: Checks, rows: dict[str, Checks]) -> None:
    heading("Real changes", "now", "check", "discordance", "loss", "p (Holm)", "smallest visible loss", "verdict")
    for row, others in rows.items():
        found = []
        for name, members in checks.items():
            pairs = [Pair(a, replace(a, prediction=b.prediction)) for a, b in zip(members, others[name], strict=True)]
            found.append(Measured(name, "quality", scorer.measure, compared(scorer, pairs, row, name)))
        for check in verdicts(found, MARGIN):
            a, b = (np.concatenate([o.gold == o.prediction for o in side[check.name]]) for side in (checks, others))
            numbers = (
                f"{np.mean(a != b):.2f} | {100 * check.loss.value:+.1f} | {check.p:.3f} | {100 * check.visible:.1f}"
            )
            print(f"| {row} | {check.name} | {numbers} | {check.verdict} |")


def planted(scorer: Any, checks: Checks) -> None:
    rerun = dict.fromkeys(checks, noisy(0.075, 0.025))
    caught = replays(scorer, checks, N_SHORT, "planted", rerun=rerun)
    passed = replays(scorer, checks, N_SHORT, "identical", rerun={})
    print(f"\nA planted loss of 5 points: caught {sum(map(alarm, caught))} of {N_SHORT}.")
    ok = sum(all(check.verdict == "ok" for check in one.values()) for one in passed)
    print(f"An identical run: passes {ok} of {N_SHORT}.")


def wall_time() -> None:
    verdicts_ = ("regressed", "too weak", "ok")
    heading(f"Wall time, {N} pairs of runs", "replicates, noise of a ratio", "slower by", *verdicts_)
    for n, noise, slower in [(n, s, x) for n in (5, 7, 15) for s in (0.02, 0.05, 0.15) for x in (1.0, 1.25)]:
        found = []
        for i in range(N):
            rng = generator_of("time", n, noise, slower, i)
            measured = time_measured(*(timed(by * np.exp(noise * rng.normal(size=n))) for by in (1.0, slower)))
            assert isinstance(measured, Measured), measured
            found.append(str(verdicts([measured], MARGIN)[0].verdict))
        shares = " | ".join(f"{100 * found.count(v) / N:.1f} %" for v in verdicts_)
        print(f"| {n}, {noise:.0%} | {slower - 1:.0%} | {shares} |")


CASES = [
    *(Case(300, d, m) for d, m in ((0.02, 0.01), (0.1, 0.01), (0.1, 0.05), (0.2, 0.05))),
    *(Case(1150, 0.1, m, k) for m in (0.0, 0.01, 0.02, 0.05) for k in (1, 5)),
    Case(1150, 0.02, 0.01),
    Case(5000, 0.2, 0.02, 4),
    *(Case(20_000, 0.1, m) for m in (0.005, 0.01)),
    Case(1200, 0.1, 0.01, 4, cluster=2, whole=True),
    Case(1200, 0.1, 0.03, 4, cluster=3),
    Case(1200, 0.1, 0.01, metric="macro-f1"),
    Case(1200, 0.1, 0.03, 4, metric="macro-f1"),
    *(Case(1150, 0.2, m, seeds=k, spread=0.012) for m, k in ((0.01, 2), (0.01, 3), (0.01, 5), (0.05, 3))),
    Case(1150, 0.2, 0.02, 4, seeds=5, spread=0.006),
    *(Case(n, spread=s, n_checks=k, time=True) for n, s, k in ((7, 0.02, 1), (7, 0.1, 1), (7, 0.15, 4), (15, 0.1, 4))),
]


def power_at_what_is_printed() -> None:
    """`--power`: the smallest visible loss that every second unchanged build prints more than, planted."""
    what = ("what is compared", "changed answers", "margin", "checks", "printed")
    heading("Printed against seen", *what, "fail at the printed loss", "at the margin", "with no loss")
    for case in CASES:
        visible, alarms = printed(case, 2 * N)
        margin = TIME_MARGIN if case.time else case.margin
        shares = [failing(case, loss, 2 * N) for loss in (visible, margin)]
        changed = "–" if case.time else f"{100 * case.discordance:g} %"
        fails = " | ".join(f"{100 * share:.1f} %" for share in (*shares, alarms))
        print(f"| {named(case)} | {changed} | {100 * margin:g} | {case.n_checks} | {100 * visible:.2f} | {fails} |")


def named(case: Case) -> str:
    if case.time:
        return f"time, {case.n} replicates that vary by {100 * case.spread:g} %"
    kind = f"{case.n:,} texts" + (", macro F1" if case.metric != "accuracy" else "")
    if case.cluster > 1:
        kind += f" in {'wholes' if case.whole else 'clusters'} of {case.cluster}"
    return kind + (f", {case.seeds} trainings that differ by {100 * case.spread:g}" if case.seeds else "")


def main() -> None:
    if sys.argv[1:] == ["--power"]:
        power_at_what_is_printed()
        return
    cells = Cells(Run(sys.argv[1] if len(sys.argv) > 1 else "reports/quick"))
    row = primary(cells)[0]
    task, encoder, pooler, mode = row
    scorer = scorer_of(next(iter(cells.of(row))).metric)
    rows = {r: checks_of(cells, r) for r in cells.rows if r[0] == task and r[3] == mode and r != row}
    changed = {f"{r[1]} / {r[2]}": c for r, c in rows.items() if (r[1] == encoder) != (r[2] == pooler)}
    checks = checks_of(cells, row)
    print(f"# The gate on {' / '.join(row)}, {len(checks['clean'][0]):,} test items, margin {MARGIN:g}")
    real(scorer, checks, changed)
    planted(scorer, checks)
    power(scorer, checks)
    false_alarms(scorer, checks, changed)
    wall_time()


if __name__ == "__main__":
    main()
