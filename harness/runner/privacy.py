"""What a private run keeps back: names of items become hashes, and values quoted in messages too."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from harness.core.data import Outcomes
from harness.core.errors import HarnessError
from harness.scoring import Scoring
from harness.suite import Suite
from harness.tasks.kinds import kind_of, names

#: A value in quotes, as `repr` writes it; an apostrophe inside a word opens none.
_QUOTED = re.compile(r"(?<!\w)('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?!\w)")


def hashed(value: str) -> str:
    """12 hex digits that stand for a value."""
    return blake2b(value.encode(errors="surrogatepass"), digest_size=6).hexdigest()


def private_outcomes(outcomes: Outcomes, scoring: Scoring) -> Outcomes:
    """Outcomes whose items and clusters are hashes, and what else the kind of task hides. Classes keep their names."""
    import numpy as np

    def hide(column: Any) -> Any:
        return np.array([hashed(value) for value in column.tolist()])

    columns = {"item": hide(outcomes.item), "cluster": hide(outcomes.cluster), **scoring.hidden(outcomes, hide)}
    return replace(outcomes, **columns)


def private_message(message: str, reason: str, known: Collection[str]) -> str:
    """A message without values of the data: what is quoted and not `known` becomes a hash.

    Of an error that the harness did not make only the kind and the places in the code are left.
    """
    if reason == "bug":
        kind, _, trace = message.partition(":")
        places = [line for line in trace.splitlines() if line.startswith("  File ")]
        return "\n".join([f"{kind} (what it says is kept back: report.texts is none)", *places])
    return _QUOTED.sub(lambda m: m[0] if m[0][1:-1] in known else f"<{hashed(m[0][1:-1])}>", message)


@contextmanager
def redacted(suite: Suite) -> Iterator[None]:
    """Errors of a private suite, raised without values of the data."""
    try:
        yield
    except HarnessError as error:
        if suite.texts != "none":
            raise
        known = known_words(suite) | error.plain
        raise HarnessError(private_message(str(error), error.reason, known), reason=error.reason) from None


def known_words(suite: Suite) -> frozenset[str]:
    """Every text that stands in the suite itself: no secret, wherever it is quoted.

    So are columns that are looked for where a suite names none, and what stands for a text in an example.
    """
    return frozenset(["…", *(field for name in names() for field in kind_of(name).fields), *_strings(suite.plain())])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
