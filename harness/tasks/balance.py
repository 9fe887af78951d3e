"""What a coin a cluster does to few or large clusters, mended by moving as few of them as will do.

Every class that can gets a text on either side, and the test side its share of the rows. Clusters stay whole, and
those whose hash lies nearest to where sides change move first, so that the order of the rows does not matter.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from harness.tasks.splits import Item, Pool, distance, left_of
from harness.tasks.text import counted

#: Raised when other clusters are moved; in the key of a split in which some were.
BALANCE_VERSION = 1
#: How far the test side may be from its share of the rows; a little over five points, for rounding.
MOST_OFF = 0.05 + 1e-9
_OTHER = {"train": "test", "test": "train"}


class _Board:
    """Which cluster is on which side, and how many texts of which class it holds.

    `own` counts the texts of a cluster by class, `held` those of a side, `n` all of a side. `clusters` are those of a
    class; a class of one alone cannot be on both sides and has no place here. Clusters that are `fixed` do not move.
    `log` holds the moves so far.
    """

    def __init__(self, left: Pool, test_share: float, fixed: Collection[str]) -> None:
        found: dict[str, set[str]] = defaultdict(set)
        for item in (*left.train, *left.test):
            found[item.label].add(item.cluster)
        self.clusters = {label: clusters for label, clusters in sorted(found.items()) if len(clusters) > 1}
        self.own: dict[str, Counter[str]] = defaultdict(Counter)
        self.side: dict[str, str] = {}
        for side, items in (("train", left.train), ("test", left.test)):
            for item in items:
                if item.label in self.clusters:
                    self.own[item.cluster][item.label] += 1
                    self.side[item.cluster] = side
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
        self.n[side] -= self.own[cluster].total()
        self.side[cluster] = _OTHER[side]
        self._put(cluster, _OTHER[side])
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
            self.n[side] -= n
            self.held[side][label] -= n
            if not self.own[cluster]:
                del self.own[cluster], self.side[cluster]

    def _put(self, cluster: str, side: str) -> None:
        self.held[side].update(self.own[cluster])
        self.n[side] += self.own[cluster].total()


def balanced(split: Mapping[str, Sequence[Item]], test_share: float) -> Pool:
    """What is left of both sides once clusters were moved; where nothing is wanting, nothing moves."""
    moved = set[str]()
    while True:
        left = left_of(split)
        board = _Board(left, test_share, moved)
        _serve_classes(board)
        _serve_share(board)
        changed = board.moved
        if not changed:
            return left._replace(moved=bool(moved))
        # again, since other copies of a text count once its cluster has moved; each moves once, so this ends
        moved |= changed
        sides: dict[str, list[Item]] = {"train": [], "test": []}
        for side, items in split.items():
            for item in items:
                sides[_OTHER[side] if item.cluster in changed else side].append(item)
        split = sides


def share_note(left: Pool, test_share: float, is_grouped: bool) -> tuple[str, ...]:
    """A note where the test side is still far from its share, and why; none where it is near."""
    board = _Board(left, test_share, ())
    if not board.n_rows or abs(board.off) <= MOST_OFF:
        return ()
    if any(_helps(board, cluster) and not board.is_free(cluster) for cluster in board.on(board.heavy)):
        why = "each class keeps a text on either side"
    elif is_grouped:
        why = f"one group holds {_percent(max(own.total() for own in board.own.values()) / board.n_rows)}"
    else:
        why = f"there are only {counted(board.n_rows, 'text')}"
    has, wanted = _percent(board.n["test"] / board.n_rows), _percent(test_share)
    return (f"the test side has {has} of the rows, not {wanted}: {why}",)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _serve_classes(board: _Board) -> None:
    """Move a cluster of each class that one side lacks. Classes that no move serves have no say from then on."""
    before = -1
    while len(board.log) > before:  # again, since a move may free a cluster that an earlier class needs
        before = len(board.log)
        for label in board.lacking():
            free = [cluster for cluster in board.clusters[label] if board.is_free(cluster)]
            if free and board.lacks(label):
                board.move(min(free, key=board.place.__getitem__))
    for label in board.lacking():
        board.give_up(label)


def _serve_share(board: _Board) -> None:
    """Move clusters until the test side is near its share, or no move helps.

    Where that is not enough, one of the big ones of the heavy side goes first and small ones make up for it, while
    there are still small ones that keep its classes.
    """
    if not board.n_rows:
        return
    start, best, off = len(board.log), list[str](), float("inf")
    big = [cluster for cluster in board.on(board.heavy) if board.own[cluster].total() > 2 * MOST_OFF * board.n_rows]
    for first in (None, *filter(board.is_free, big)):
        if first is not None:
            board.move(first)
        _lighten(board, but=first)
        if abs(board.off) < off:
            best, off = board.log[start:], abs(board.off)
        board.undo(start)
        if off <= MOST_OFF:
            break
    for cluster in best:
        board.move(cluster)


def _lighten(board: _Board, but: str | None = None) -> None:
    """Move what helps from the heavy side, nearest first, all but this one."""
    before = -1
    while len(board.log) > before:  # the other side may be the heavy one in the end
        before, heavy = len(board.log), board.heavy
        for cluster in board.on(heavy) if abs(board.off) > MOST_OFF else ():
            if cluster != but and _helps(board, cluster) and board.is_free(cluster):
                board.move(cluster)
            if abs(board.off) <= MOST_OFF or board.heavy != heavy:
                break


def _helps(board: _Board, cluster: str) -> bool:
    """Whether the test side would be nearer to its share, by more than rounding, if this left the heavy side."""
    return board.own[cluster].total() / board.n_rows < 2 * abs(board.off) - 1e-9
