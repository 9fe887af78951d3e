"""The bundles: conditions under the words that users have for them.

A bundle's version rises whenever its members change; it is part of the address of a result.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from harness.core.registry import F, component

#: A task has long texts when its median text has more tokens than this, by the suite's reference encoder.
LONG_TEXT_TOKENS = 128


#: Which tasks something applies to: those with domains, with long texts, with short ones; None: all.
Needs = Literal["domains", "long", "short"] | None


def bundle(
    name: str,
    *members: tuple[str, Mapping[str, Any]],
    version: int = 1,
    needs: Needs = None,
    short: tuple[tuple[str, Mapping[str, Any]], ...] = (),
) -> Callable[[F], F]:
    """Make a function that does nothing, but whose docstring sums it up, a bundle of conditions.

    `members` are component names with the parameters that differ from default. `needs` says which tasks they apply to:
    those with `domains`, those whose texts are `long`, or all. `short` are the members for tasks of short texts.
    """
    of_tasks = (*((*member, needs) for member in members), *((*member, "short") for member in short))
    return component("bundle", name, version=version, members=of_tasks, over_tokens=LONG_TEXT_TOKENS)


@bundle(
    "misspellings",
    ("keyboard", {"severity": 3}),
    ("keyboard", {"severity": 5}),
    ("human-misspellings", {"severity": 3}),
    version=2,
)
def misspellings() -> None:
    """typing slips in 12 and 48 % of the words, and people's misspellings in 12 %"""


@bundle(
    "long-texts",
    ("max-length", {"tokens": 64}),
    ("max-length", {"tokens": 128}),
    ("truncate", {"keep": 0.5, "side": "last"}),
    ("truncate", {"keep": 0.25}),
    ("longer-than-read", {}),
    version=2,
    needs="long",
    short=(("distractors", {"words": 50}),),
)
def long_texts() -> None:
    """long texts read in part, cut short, or longer than the encoder reads; short ones among other sentences"""


@bundle("domain-shift", ("domain", {}), needs="domains")
def domain_shift() -> None:
    """trained on one domain, tested on others"""


@bundle("rare-terms", ("rare-words", {}), ("rare-synonyms", {}), version=2)
def rare_terms() -> None:
    """the texts with most rare words; rarer words for common ones"""
