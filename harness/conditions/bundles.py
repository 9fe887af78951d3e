"""The bundles: conditions under the words that users have for them.

A bundle's version rises whenever its members change; it is part of the address of a result.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from harness.core.registry import F, component

#: A task has long texts when its median text has more tokens than this, by the suite's reference encoder.
LONG_TEXT_TOKENS = 128


def bundle(
    name: str,
    *members: tuple[str, Mapping[str, Any]],
    version: int = 1,
    needs: Literal["domains", "long"] | None = None,
) -> Callable[[F], F]:
    """Make a function that does nothing, but whose docstring sums it up, a bundle of conditions.

    `members` are component names with the parameters that differ from default. `needs` says which tasks it applies to:
    those with `domains`, those whose texts are `long`, or all.
    """
    return component("bundle", name, version=version, members=members, needs=needs, over_tokens=LONG_TEXT_TOKENS)


@bundle("misspellings", ("keyboard", {"severity": 3}), ("keyboard", {"severity": 5}))
def misspellings() -> None:
    """typing slips in 12 and 48 % of the words"""


@bundle(
    "long-texts",
    ("max-length", {"tokens": 64}),
    ("max-length", {"tokens": 128}),
    ("truncate", {"keep": 0.5, "side": "last"}),
    ("truncate", {"keep": 0.25}),
    ("longer-than-read", {}),
    needs="long",
)
def long_texts() -> None:
    """long texts read in part, cut short, or longer than the encoder reads"""


@bundle("domain-shift", ("domain", {}), needs="domains")
def domain_shift() -> None:
    """trained on one domain, tested on others"""


@bundle("rare-terms", ("rare-words", {}))
def rare_terms() -> None:
    """the texts with most rare words"""
