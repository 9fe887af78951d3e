"""The split rule, and what is done about texts that occur more than once."""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

#: Raised when the rule, the merging or the drawing of samples changes.
RULE_VERSION = 1


class Item(NamedTuple):
    """A text of one side. `key` is the hash of the normalised text.

    `cluster` decides the side; of a test item it is then what is resampled together.
    """

    id: str
    cluster: str
    key: str
    text: str
    label: str
    domain: str


def side_of(cluster: str, test_share: float) -> str:
    """`train` or `test`, by a hash of the cluster alone: row order, other rows and seeds do not matter."""
    digest = blake2b(cluster.encode(), digest_size=8, person=b"split").digest()
    return "test" if int.from_bytes(digest, "big") < test_share * 2**64 else "train"


def merged(items: Iterable[Item]) -> tuple[list[Item], int, int]:
    """One item a text, in order of id: (items, n_merged, n_conflicting).

    Of the same text under one label the first by id is kept. Under several labels no copy can be trusted,
    and all are dropped.
    """
    copies: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        copies[item.key].append(item)
    kept, n_merged, n_conflicting = [], 0, 0
    for group in copies.values():
        if len({item.label for item in group}) > 1:
            n_conflicting += len(group)
        else:
            kept.append(min(group))
            n_merged += len(group) - 1
    return sorted(kept), n_merged, n_conflicting


def without(train: list[Item], test: Iterable[Item]) -> list[Item]:
    """The train items whose text is not in test."""
    keys = {item.key for item in test}
    return [item for item in train if item.key not in keys]
