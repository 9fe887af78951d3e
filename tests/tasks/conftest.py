"""Files to make tasks of, and what is read of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import DataError
from harness.tasks import Task, describe, load, make_split, resolve

#: What the fixture `task_of` is.
Make = Callable[..., Task]


def table(n_rows: int = 40) -> list[tuple[str, str]]:
    """(text, queue) of two classes, no text twice."""
    return [
        (f"ticket number {i} about {'money' if i % 2 else 'a login'}", ("billing", "access")[i % 2 == 0])
        for i in range(n_rows)
    ]


def csv_of(rows: Sequence[tuple[str, ...]], header: str = "text,label") -> str:
    lines = [",".join('"' + field.replace('"', '""') + '"' for field in row) for row in rows]
    return "\n".join([header, *lines]) + "\n"


def all_texts(task: Task) -> set[str]:
    """The texts of both sides."""
    info = describe(task)
    return {t for side in ("train", "test") for t in load(task, make_split(task, info, side)).text}


def said_of(task: Task) -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(DataError) as caught:
        describe(task)
    return str(caught.value)


@pytest.fixture
def task_of(tmp_path: Path) -> Make:
    """Write a file (text or bytes) and give the task that a mapping with `data: NAME` and these fields makes."""

    def make(content: str | bytes, name: str = "tickets.csv", **fields: Any) -> Task:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(data)
        return resolve({"name": "tickets", "data": name, **fields}, tmp_path)

    return make
