"""What is resampled together: items that are likely right or wrong together."""

from collections.abc import Iterable, Sequence

from harness.tasks.splits import Item
from harness.tasks.text import near, text_hash

#: Raised when what a cluster is changes. Test splits have it in their key, training knows nothing of it.
CLUSTERS_VERSION = 1


def near_together(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items with near copies as one cluster. Those that have a group keep it as theirs.

    A cluster is named by what its texts have alike, so no other row and no order of rows changes its name.
    """
    return tuple(
        item._replace(cluster=f"near:{text_hash(near(item.text))}") if item.cluster == item.key else item
        for item in items
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
