"""Clusters on two sides, and what each side would hold if they moved."""

from collections import Counter, defaultdict
from collections.abc import Collection
from functools import cached_property

from harness.tasks.splits import Pool, distance

OTHER = {"train": "test", "test": "train"}


class Board:
    """Which cluster is on which side, and how many texts of which class it holds.

    `own` counts the texts of a cluster by class, `size` all of them, `held` those of a side by class, `n` all of a
    side. `clusters` are those of a class; a class of one alone cannot be on both sides and has no place here. Clusters
    that are `fixed` do not move. `log` holds the moves so far.
    """

    def __init__(self, left: Pool, test_share: float, fixed: Collection[str]) -> None:
        sides = {"train": left.train, "test": left.test}
        found: dict[str, set[str]] = defaultdict(set)
        for items in sides.values():
            for item in items:
                found[item.label].add(item.cluster)
        self.clusters = {label: clusters for label, clusters in sorted(found.items()) if len(clusters) > 1}
        self.own: dict[str, Counter[str]] = defaultdict(Counter)
        self.side: dict[str, str] = {}
        for side, items in sides.items():
            for item in items:
                if item.label in self.clusters:
                    self.own[item.cluster][item.label] += 1
                    self.side[item.cluster] = side
        self.size = {cluster: labels.total() for cluster, labels in self.own.items()}
        self.held: dict[str, Counter[str]] = {"train": Counter(), "test": Counter()}
        self.n = {"train": 0, "test": 0}
        for cluster, side in self.side.items():
            self._put(cluster, side)
        self.share, self.fixed, self.log = test_share, frozenset(fixed), list[str]()

    @property
    def moved(self) -> set[str]:
        """The clusters that are on the other side than at first."""
        return {cluster for cluster, n_moves in Counter(self.log).items() if n_moves % 2}

    @property
    def n_rows(self) -> int:
        """All texts of both sides."""
        return self.n["train"] + self.n["test"]

    @property
    def off(self) -> float:
        """What the test side has of the rows, less its share."""
        return self.n["test"] / self.n_rows - self.share

    @property
    def heavy(self) -> str:
        """The side that has more than its share."""
        return "test" if self.n_rows and self.off > 0 else "train"

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each cluster in the order in which they move: the nearest to where sides change first."""
        order = sorted(self.own, key=lambda cluster: (distance(cluster, self.share), cluster))
        return {cluster: place for place, cluster in enumerate(order)}

    def on(self, side: str) -> list[str]:
        """The clusters of a side, in the order in which they move."""
        return [cluster for cluster in self.place if self.side.get(cluster) == side]

    def lacks(self, label: str) -> bool:
        """Whether a side has no text of this class."""
        return not (self.held["train"][label] and self.held["test"][label])

    def lacking(self) -> list[str]:
        """The classes that a side has no text of, in order."""
        return [label for label in self.clusters if self.lacks(label)]

    def is_free(self, cluster: str) -> bool:
        """Whether it may move: it is not fixed, and leaves its side a text of each class that it holds."""
        held = self.held[self.side[cluster]]
        return cluster not in self.fixed and all(held[label] > n for label, n in self.own[cluster].items())

    def move(self, cluster: str) -> None:
        """Put a cluster on the other side."""
        side = self.side[cluster]
        self.held[side].subtract(self.own[cluster])
        self.n[side] -= self.size[cluster]
        self.side[cluster] = OTHER[side]
        self._put(cluster, OTHER[side])
        self.log.append(cluster)

    def undo(self, n_moves: int) -> None:
        """Take moves back until this many are left."""
        while len(self.log) > n_moves:
            self.move(self.log[-1])
            del self.log[-2:]

    def give_up(self, label: str) -> None:
        """Forget a class: its texts count no more, and clusters that hold no other are gone."""
        for cluster in self.clusters.pop(label):
            n, side = self.own[cluster].pop(label), self.side[cluster]
            self.size[cluster] -= n
            self.n[side] -= n
            self.held[side][label] -= n
            if not self.own[cluster]:
                del self.own[cluster], self.size[cluster], self.side[cluster]

    def _put(self, cluster: str, side: str) -> None:
        self.held[side].update(self.own[cluster])
        self.n[side] += self.size[cluster]
