"""Files to make tasks of."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.tasks import Task, resolve


def table(n_rows: int = 40) -> list[tuple[str, str]]:
    """(text, queue) of two classes, no text twice."""
    return [
        (f"ticket number {i} about {'money' if i % 2 else 'a login'}", ("billing", "access")[i % 2 == 0])
        for i in range(n_rows)
    ]


def csv_of(rows: Sequence[tuple[str, ...]], header: str = "text,label") -> str:
    lines = [",".join('"' + field.replace('"', '""') + '"' for field in row) for row in rows]
    return "\n".join([header, *lines]) + "\n"


@pytest.fixture
def task_of(tmp_path: Path) -> Callable[..., Task]:
    """Write a file (text or bytes) and give the task that a mapping with `data: NAME` and these fields makes."""

    def make(content: str | bytes, name: str = "tickets.csv", **fields: Any) -> Task:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(data)
        return resolve({"name": "tickets", "data": name, **fields}, tmp_path)

    return make
