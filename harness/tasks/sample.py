"""Samples: even over domains, in proportion over labels, and nested (a bigger one holds the smaller)."""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from operator import itemgetter

from harness.tasks.splits import Item


def draw(items: Sequence[Item], size: int, seed: int) -> list[Item]:
    """`size` items (all where there are fewer), in order of id. The same for any order of `items`.

    Domains take turns, so a short one passes its turns on to the others. The head of one fixed order is
    taken, which is what makes samples nested.
    """
    domains: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        domains[item.domain].append(item)
    turns = [
        (turn, domain, item)
        for domain, members in domains.items()
        for turn, item in enumerate(_stratified(members, seed))
    ]
    return sorted(item for _, _, item in sorted(turns, key=itemgetter(0, 1))[:size])


def _stratified(items: list[Item], seed: int) -> list[Item]:
    """An order of which every head holds the labels in proportion, to about an item.

    The j-th item of a label with n items stands at (j + 1/2) / n: Webster's method, a quota that never
    shrinks as the sample grows (largest remainders can).
    """
    labels: dict[str, list[tuple[bytes, Item]]] = defaultdict(list)
    for item in items:
        labels[item.label].append((drawn_by(seed, item.id), item))
    places = [
        ((place + 0.5) / len(drawn), by, item)
        for drawn in labels.values()
        for place, (by, item) in enumerate(sorted(drawn))
    ]
    return [item for *_, item in sorted(places)]


def drawn_by(seed: int, name: str) -> bytes:
    """What items are put in order by: their id under this seed alone."""
    return blake2b(f"{seed}/{name}".encode(), digest_size=8, person=b"sample").digest()
