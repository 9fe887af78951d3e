"""What a coin a cluster does to few or large clusters, mended by moving as few of them as will do.

Every class that can gets a text on either side, and the test side its share of the rows. Clusters stay whole, and
those whose hash lies nearest to where sides change move first, so that the order of the rows does not matter.
"""

from collections.abc import Mapping, Sequence

from harness.tasks.board import OTHER, Board
from harness.tasks.splits import Item, Pool, left_of
from harness.tasks.text import counted

#: Raised when other clusters are moved; in the key of a split in which some were.
BALANCE_VERSION = 1
#: How far the test side may be from its share of the rows; a little over five points, for rounding.
MOST_OFF = 0.05 + 1e-9


def balanced(split: Mapping[str, Sequence[Item]], test_share: float) -> Pool:
    """What is left of both sides once clusters were moved; where nothing is wanting, nothing moves."""
    moved = set[str]()
    while True:
        left = left_of(split)
        board = Board(left, test_share, moved)
        _serve_classes(board)
        _serve_share(board)
        if not board.moved:
            return left._replace(moved=bool(moved))
        # again, since other copies of a text count once its cluster has moved; each moves once, so this ends
        moved |= board.moved
        split = _with_moved(split, board.moved)


def _with_moved(split: Mapping[str, Sequence[Item]], clusters: set[str]) -> dict[str, list[Item]]:
    """The same items, those of these clusters on the other side."""
    sides: dict[str, list[Item]] = {"train": [], "test": []}
    for side, items in split.items():
        for item in items:
            sides[OTHER[side] if item.cluster in clusters else side].append(item)
    return sides


def share_note(left: Pool, test_share: float, is_grouped: bool) -> tuple[str, ...]:
    """A note where the test side is still far from its share, and why; none where it is near."""
    board = Board(left, test_share, ())
    if not board.n_rows or abs(board.off) <= MOST_OFF:
        return ()
    if any(_helps(board, cluster) and not board.is_free(cluster) for cluster in board.on(board.heavy)):
        why = "each class keeps a text on either side"
    elif is_grouped:
        why = f"one group holds {_percent(max(board.size.values()) / board.n_rows)}"
    else:
        why = f"there are only {counted(board.n_rows, 'text')}"
    has, wanted = _percent(board.n["test"] / board.n_rows), _percent(test_share)
    return (f"the test side has {has} of the rows, not {wanted}: {why}",)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _serve_classes(board: Board) -> None:
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


def _serve_share(board: Board) -> None:
    """Move clusters until the test side is near its share, or no move helps.

    Where that is not enough, one of the big ones of the heavy side goes first and small ones make up for it, while
    there are still small ones that keep its classes.
    """
    if not board.n_rows:
        return
    start, best, off = len(board.log), list[str](), float("inf")
    big = [cluster for cluster in board.on(board.heavy) if board.size[cluster] > 2 * MOST_OFF * board.n_rows]
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


def _lighten(board: Board, but: str | None = None) -> None:
    """Move what helps from the heavy side, nearest first, all but this one."""
    before = -1
    while len(board.log) > before:  # the other side may be the heavy one in the end
        before, heavy = len(board.log), board.heavy
        for cluster in board.on(heavy) if abs(board.off) > MOST_OFF else ():
            if cluster != but and _helps(board, cluster) and board.is_free(cluster):
                board.move(cluster)
            if abs(board.off) <= MOST_OFF or board.heavy != heavy:
                break


def _helps(board: Board, cluster: str) -> bool:
    """Whether the test side would be nearer to its share, by more than rounding, if this left the heavy side."""
    return board.size[cluster] / board.n_rows < 2 * abs(board.off) - 1e-9
