import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import OK, app
from harness.core.errors import HarnessError

if TYPE_CHECKING:
    from harness.runner.kept import Kept

cache = typer.Typer(help="What is kept on this machine, and removing some of it.", invoke_without_command=True)
app.add_typer(cache, name="cache")

_SECONDS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}


@cache.callback()
def show(context: typer.Context) -> None:
    """What is kept on this machine, by encoder, size and age: vectors, built checkpoints, packaged files."""
    if context.invoked_subcommand is not None:
        return
    from harness import assets
    from harness.runner import checkpoints, kept, vectors
    from harness.wording.numbers import megabytes

    found, root = kept.kept(), assets.cache_root()
    limits = {
        kept.VECTORS: f" of at most {vectors.size_limit() / 2**30:g} GB (HARNESS_CACHE_GB)",
        kept.CHECKPOINTS: f" of at most {vectors.size_limit(*checkpoints.LIMIT) / 2**30:g} GB ({checkpoints.LIMIT[0]})",
    }
    for store in (kept.VECTORS, kept.CHECKPOINTS, kept.ASSETS):
        own = [one for one in found if one.store == store]
        size = megabytes(sum(one.n_bytes for one in own)) if own else "nothing"
        _say(f"{store} in {root / store}: {size}{limits.get(store, '')}")
        for line in _lines(own):
            _say(f"  {line}")
    for line in filter(None, (kept.shared()[0], vectors.old_cache())):
        _say(line)


@cache.command()
def prune(
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="What was stored of this encoder.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="30d", help="What was not used for so long: 12h, 30d, 8w.")
    ] = None,
    old: Annotated[bool, typer.Option("--old", help="What an earlier version stored, which nothing reads.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
) -> int:
    """Remove vectors and built checkpoints by encoder and age; a run makes them again. Packaged files stay."""
    from harness.runner import kept

    if encoder is None and older_than is None and not old:
        raise HarnessError("say what is to go: --encoder NAME, --older-than 30d, both, or --old. --dry-run only looks.")
    found, gone = kept.kept(), list(kept.older()) if old else []
    if encoder is not None or older_than is not None:
        _refuse_unknown(encoder, found)
        gone += kept.chosen(found, encoder, _seconds(older_than))
    if not gone:
        _say("nothing to remove")
        return OK
    removed = gone if dry_run else kept.remove(gone)
    for line in _lines(removed):
        _say(f"{'would remove' if dry_run else 'removed'} {line}")
    if len(removed) < len(gone):
        _say(f"left alone, a run at work uses it: {'; '.join(_lines([one for one in gone if one not in removed]))}")
    return OK


def _refuse_unknown(encoder: str | None, found: "Sequence[Kept]") -> None:
    from harness.runner import kept

    names = sorted({one.encoder for one in found if one.store in kept.PRUNED and one.encoder})
    if encoder is not None and encoder not in names:
        raise HarnessError(
            f"nothing is kept of an encoder {encoder!r}; there is something of: {', '.join(names) or '–'}"
        )


def _seconds(age: str | None) -> float | None:
    """Seconds of `12h`, `30d`, `8w`."""
    if age is None:
        return None
    read = re.fullmatch(r"(\d{1,6})([hdw])", age.strip())
    if read is None:
        raise HarnessError(f"--older-than {age}: expected a number and a unit: 12h, 30d or 8w.")
    return int(read[1]) * _SECONDS[read[2]]


def _lines(found: "Iterable[Kept]") -> list[str]:
    """A line for each encoder and what is kept of it, the largest first."""
    from harness.wording.numbers import megabytes

    groups: dict[tuple[str, ...], list[Kept]] = {}
    for one in found:
        groups.setdefault(tuple(filter(None, (one.encoder or "–", one.what))), []).append(one)
    rows = [(sum(one.n_bytes for one in own), max(one.used for one in own), key) for key, own in groups.items()]
    return [f"{', '.join(key)}: {megabytes(size)}, used {_ago(used)}" for size, used, key in sorted(rows, reverse=True)]


def _ago(when: float) -> str:
    import time

    from harness.wording.numbers import plural

    hours = max(0, int((time.time() - when) / 3600))
    return (
        f"{plural(hours // 24, 'day')} ago" if hours >= 24 else f"{plural(hours, 'hour')} ago" if hours else "just now"
    )


def _say(line: str) -> None:
    """A line, without the control characters that names may hold."""
    from harness.wording.visible import visible

    typer.echo(visible(line))
