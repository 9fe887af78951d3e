"""The verdict for a step summary or a pull request: verdict first, cut to a size."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.gate import words
from harness.gate.model import Check, Judgement
from harness.wording import numbers
from harness.wording.markdown import escape, table

#: What fits into a comment of a pull request (65,536 characters) with room to spare.
SIZE = 60_000


@dataclass(frozen=True)
class _Block:
    """Lines of which the last `rows` may be left out and counted."""

    head: tuple[str, ...]
    rows: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()

    def text(self, n: int) -> str:
        """The block with its first `n` rows."""
        left = len(self.rows) - n
        more = ("", f"… and {numbers.count(left)} more") if left else ()
        return "\n".join([*self.head, *self.rows[:n], *more, *self.tail])


def render(judged: Judgement, size: int = SIZE) -> str:
    """At most `size` bytes of Markdown; what does not fit is counted, the least important first."""
    first = _Block((f"## {escape(words.headline(judged))}", "", escape(_held(judged))))
    blocks = [first, _checks(judged.checks), _reasons(judged), _changes(judged), _others(judged.others)]
    blocks = [block for block in blocks if block.head or block.rows]
    kept = [len(block.rows) for block in blocks]
    for i in reversed(range(len(blocks))):
        over = len(_joined(blocks, kept).encode()) - size
        while over > 0 and kept[i] > 0:
            kept[i] -= 1
            over -= len(blocks[i].rows[kept[i]].encode()) + 1
            if over <= 0:  # the line that counts has come in
                over = len(_joined(blocks, kept).encode()) - size
    text = _joined(blocks, kept)
    return text if len(text.encode()) <= size else text.encode()[: max(0, size - 4)].decode(errors="ignore") + "…\n"


def _joined(blocks: Sequence[_Block], kept: Sequence[int]) -> str:
    return "\n\n".join(block.text(n) for block, n in zip(blocks, kept, strict=True)) + "\n"


def _held(judged: Judgement) -> str:
    if not judged.baseline:
        return f"{judged.suite}: held to its own bounds alone, there is no baseline to compare {judged.primary} with."
    return (
        f"{judged.suite}: {judged.primary} against {judged.baseline} (accepted {judged.accepted}). "
        f"A loss counts beyond a margin of {judged.margin:g} and beyond chance."
    )


def _checks(checks: Sequence[Check]) -> _Block:
    headers = ["check", "verdict", "baseline", "now", "change", "p", "smallest visible loss", "changed predictions"]
    rows = [
        [
            escape(check.name),
            f"**{check.verdict}**" if check.verdict != "ok" else "ok",
            words.value(check, check.then),
            words.value(check, check.now),
            words.change(check),
            words.p_value(check),
            words.visible(check),
            _changed(check),
        ]
        for check in checks
    ]
    lines = table(headers, rows, ["left", "left", *["right"] * 6]).split("\n")
    return _Block(tuple(lines[:2]), tuple(lines[2:]))


def _changed(check: Check) -> str:
    if check.n_changed is None or check.kind != "quality":
        return numbers.NONE
    return f"{numbers.count(check.n_changed)} of {numbers.count(check.n_items)}"


def _reasons(judged: Judgement) -> _Block:
    told = [(check, words.reason(check, judged.margin)) for check in judged.checks]
    lines = [
        f"- {escape(c.name)}: {c.verdict}: {escape(why)}" for c, why in told if why and (c.why or c.verdict != "ok")
    ]
    return _Block((), tuple(lines + [f"- {escape(note)}" for note in judged.notes]))


def _changes(judged: Judgement) -> _Block:
    if judged.baseline is None:
        return _Block(())
    if not judged.changes:
        return _Block(("Under test nothing has changed: the same weights, settings, versions and machine.",))
    lines = [f"- {escape(c.what)}: {escape(c.then)} -> {escape(c.now)}" for c in judged.changes]
    return _Block(("### Under test: what is not as it was", ""), tuple(lines))


def _others(others: Sequence[Check]) -> _Block:
    changed = sorted((other for other in others if other.n_changed), key=lambda other: -(other.n_changed or 0))
    untold = [other for other in others if other.why]
    line = f"{numbers.plural(len(changed), 'other cell')} changed, of {len(others)}"
    line += f" ({sum(o.n_changed or 0 for o in changed):,} predictions)" if changed else ""
    line += f"; {len(untold)} could not be compared" if untold else ""
    if not changed and not untold:
        return _Block((f"{line}.",) if others else ())
    head: tuple[str, ...] = ("<details>", f"<summary>{line}</summary>", "", *_untold(untold))
    if not changed:
        return _Block(head, (), ("</details>",))
    headers = ["cell", "baseline", "now", "changed predictions"]
    rows = [[escape(o.name), words.value(o, o.then), words.value(o, o.now), _changed(o)] for o in changed]
    lines = table(headers, rows, ["left", "right", "right", "right"]).split("\n")
    return _Block((*head, *lines[:2]), tuple(lines[2:]), ("", "</details>"))


def _untold(untold: Sequence[Check]) -> list[str]:
    """A line a reason, at most ten."""
    by_why: dict[str, list[str]] = {}
    for other in untold:
        by_why.setdefault(other.why, []).append(other.name)
    lines = []
    for why, names in list(by_why.items())[:10]:
        first = escape(names[0]) if len(names) == 1 else f"{numbers.count(len(names))} cells ({escape(names[0])} …)"
        lines.append(f"- {first}: {escape(why)}")
    more = [f"- and {numbers.plural(len(by_why) - 10, 'reason')} more"] if len(by_why) > 10 else []
    return [*lines, *more, ""] if lines else []
