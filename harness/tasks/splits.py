"""The split rule, what is done about texts that occur more than once, samples, and what is resampled together.

Samples are even over domains, in proportion over labels, and nested: a bigger one holds the smaller.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import Any, NamedTuple

from harness.tasks.text import near, text_hash

#: Raised when the rule, the merging or the drawing of samples changes.
RULE_VERSION = 1
#: Raised when what a cluster is changes. Test splits have it in their key, training knows nothing of it.
CLUSTERS_VERSION = 1


class Item(NamedTuple):
    """A text of one side, or two (`second`). `key` is the hash of the normalised texts, `value` a number to learn.
    `labels` are those of an item that may have many.

    `words` are those of a text that comes cut into words, and `tags` theirs.
    `cluster` decides the side; of a test item it is then what is resampled together. A train item that is `held_out`
    is never learnt from: it serves to choose by. `place` is that of its row among those of its side's source.
    """

    id: str
    cluster: str
    key: str
    text: str
    label: str
    domain: str
    second: str = ""
    value: float = 0.0
    held_out: bool = False
    place: int = 0
    labels: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Pool(NamedTuple):
    """The items of both sides, in order of id, and how many are left out: merged, in test too, of several labels.

    `moved` where a cluster stands on another side than its hash says. `notes` tell what was done to get them, `asked`
    is what a kind keeps beside them.
    """

    train: Sequence[Item]
    test: Sequence[Item]
    n_merged: int = 0
    n_duplicates: int = 0
    n_conflicting: int = 0
    moved: bool = False
    notes: tuple[str, ...] = ()
    asked: tuple[Any, ...] = ()

    def noted(self, *notes: str) -> "Pool":
        """The same with more notes."""
        return self._replace(notes=(*self.notes, *notes))


def side_of(cluster: str, test_share: float) -> str:
    """`train` or `test`, by a hash of the cluster alone: row order, other rows and seeds do not matter."""
    return "test" if _hash(cluster) < test_share * 2**64 else "train"


def distance(cluster: str, test_share: float) -> float:
    """How far the hash of a cluster is from where sides change; the nearest are the first to be moved."""
    return abs(_hash(cluster) - test_share * 2**64)


def _hash(cluster: str) -> int:
    return int.from_bytes(blake2b(cluster.encode(), digest_size=8, person=b"split").digest(), "big")


def left_of(split: Mapping[str, Sequence[Item]]) -> Pool:
    """One item a text and side; of a text on both sides the one in test."""
    train, n_train_merged, n_train_dropped = merged(split["train"])
    test, n_test_merged, n_test_dropped = merged(split["test"])
    # compared with every test row, the dropped ones too: their texts are known to be in doubt
    kept = without(train, split["test"])
    n_merged, n_dropped = n_train_merged + n_test_merged, n_train_dropped + n_test_dropped
    return Pool(kept, test, n_merged, len(train) - len(kept), n_dropped)


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
        if len({(item.label, item.value, item.labels, item.tags) for item in group}) > 1:
            n_conflicting += len(group)
        else:
            kept.append(min(group))
            n_merged += len(group) - 1
    return sorted(kept), n_merged, n_conflicting


def without(train: list[Item], test: Iterable[Item]) -> list[Item]:
    """The train items whose text is not in test."""
    keys = {item.key for item in test}
    return [item for item in train if item.key not in keys]


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


def near_name(text: str) -> str:
    """The name of the cluster of a text and its near copies: by what they have alike, whatever other rows there are."""
    return f"near:{text_hash(near(text))}"


def clustered(items: Iterable[Item], names: Iterable[str]) -> tuple[Item, ...]:
    """The items in the clusters of these names; those that have a group keep it as theirs."""
    return tuple(
        item._replace(cluster=name) if item.cluster == item.key else item
        for item, name in zip(items, names, strict=True)
    )


def joined(parts: Sequence[Sequence[str]]) -> list[str]:
    """One name for each of these lists of parts: the same for lists that share a part, be it through other lists.

    The name is the least of all parts that are so joined.
    """
    root: dict[str, str] = {name: name for names in parts for name in names}

    def least(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for names in parts:
        first, *others = sorted({least(name) for name in names})
        root.update(dict.fromkeys(others, first))
    return [least(names[0]) for names in parts]
