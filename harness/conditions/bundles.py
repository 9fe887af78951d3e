"""The one table of bundles: conditions under the words that users have for them.

A bundle's version rises whenever its members change; it is part of the address of a result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

#: A task has long texts when its median text has more tokens than this, by the suite's reference encoder.
LONG_TEXT_TOKENS = 128


@dataclass(frozen=True)
class Bundle:
    """A named set of conditions. `members` are component names with the parameters that differ from default.

    `needs` says which tasks it applies to: those with `domains`, those whose texts are `long`, or all.
    """

    name: str
    version: int
    members: tuple[tuple[str, Mapping[str, Any]], ...]
    needs: Literal["domains", "long"] | None
    summary: str


_TABLE = (
    Bundle(
        "misspellings",
        1,
        (("keyboard", {"severity": 3}), ("keyboard", {"severity": 5})),
        None,
        "typing slips in 12 and 48 % of the words",
    ),
    Bundle(
        "long-texts",
        1,
        (
            ("max-length", {"tokens": 64}),
            ("max-length", {"tokens": 128}),
            ("truncate", {"keep": 0.5, "side": "last"}),
            ("truncate", {"keep": 0.25}),
            ("longer-than-read", {}),
        ),
        "long",
        "long texts read in part, cut short, or longer than the encoder reads",
    ),
    Bundle("domain-shift", 1, (("domain", {}),), "domains", "trained on one domain, tested on others"),
    Bundle("rare-terms", 1, (("rare-words", {}),), None, "the texts with most rare words"),
)

BUNDLES: Mapping[str, Bundle] = MappingProxyType({bundle.name: bundle for bundle in _TABLE})
