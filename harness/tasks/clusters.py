"""What is resampled together: items that are likely right or wrong together."""

from collections.abc import Iterable, Sequence

from harness.tasks.splits import Item
from harness.tasks.text import near, text_hash

#: Raised when what a cluster is changes. Test splits have it in their key, training knows nothing of it.
CLUSTERS_VERSION = 1


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
