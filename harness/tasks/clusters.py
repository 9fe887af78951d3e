"""What is resampled together: items that are likely right or wrong together."""

from collections.abc import Iterable, Sequence

from harness.tasks.retrieval import Query
from harness.tasks.splits import Item
from harness.tasks.task import Task
from harness.tasks.text import near, text_hash

#: Raised when what a cluster is changes. Test splits have it in their key, training knows nothing of it.
CLUSTERS_VERSION = 1


def meaning(task: Task, has_groups: bool) -> str:
    """What a cluster of the task is, in words. `has_groups`: whether its source says what belongs together."""
    if task.columns.group is not None:
        return f"values of {task.columns.group}"
    if task.kind == "retrieval":
        return "questions that share an answer"
    return "documents" if has_groups else "near copies together"


def near_together(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items with near copies as one cluster. Those that have a group keep it as theirs.

    A cluster is named by what its texts have alike, so no other row and no order of rows changes its name.
    """
    return tuple(
        item._replace(cluster=f"near:{text_hash(near(item.text))}") if item.cluster == item.key else item
        for item in items
    )


def sharing_answers(queries: Iterable[Query], documents: Sequence[Item]) -> list[Query]:
    """The queries with those that share an answer, be it through other queries, as one cluster, in the order given.

    Near copies among `documents`, all of the task, are one answer. Looked at is the whole task, not what a sample
    searches: so a query is in the same cluster in every sample, and less code does it. A cluster is named by the
    least of its answers. Queries that have a group keep it as theirs.
    """
    answer = {document.key: f"answer:{text_hash(near(document.text))}" for document in documents}
    root: dict[str, str] = {name: name for name in answer.values()}

    def least(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    found = list(queries)
    for query in found:
        first, *others = sorted({least(answer[key]) for key in query.relevant})
        root.update(dict.fromkeys(others, first))
    return [
        query._replace(cluster=least(answer[query.relevant[0]])) if query.cluster == query.id else query
        for query in found
    ]
