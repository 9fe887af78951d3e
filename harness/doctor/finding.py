"""What a look gives: findings under a heading."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.core.errors import message_of
from harness.wording.visible import one_line

Status = Literal["ok", "warning", "failed", ""]
#: From the best to the worst; a plain fact is none of them.
STATUSES: tuple[Status, ...] = ("", "ok", "warning", "failed")
#: How something is, and what is said of it.
Said = tuple[Status, str]


@dataclass(frozen=True)
class Finding:
    """`what` was looked at, and what is `said` of it, with a figure. `status` is empty for a plain fact."""

    what: str
    said: str
    status: Status = ""


@dataclass(frozen=True)
class Part:
    """Findings of one kind, in order."""

    title: str
    findings: tuple[Finding, ...]


def tried(what: str, check: Callable[[], Finding], encoder: str = "") -> Finding:
    """What a check finds; `failed` with the reason where it raises: files of others make libraries raise anything.

    The name of the `encoder` that is looked at is not said again.
    """
    try:
        return replace(check(), what=what)
    except Exception as error:  # the boundary of a check
        said = one_line(message_of(error)).replace(f"encoder {encoder!r}: ", "")
        return Finding(what, said, "failed")


def together(what: str, said: Sequence[Said], place: str = "") -> Finding:
    """One finding of all that is said, as bad as the worst; of nothing but failures where there are some."""
    status = max((status for status, _ in said), key=STATUSES.index)
    shown = [text for one, text in said if one == "failed" or status != "failed"]
    return Finding(what, (f"{place}: " if place else "") + "; ".join(shown), status)
