"""Each kind of task is named in its own files alone: what else in the harness depends on it asks the kind."""

import ast
from collections.abc import Iterator
from pathlib import Path

from harness.tasks.kinds import kind_of, names

ROOT = Path(__file__).parents[2] / "harness"
#: What says what it says of named kinds alone, and why.
APART = {
    "tasks/sources": "rows of packaged data say of which kind their tasks are; columns have names that people give",
    "audit": "it guesses what a file is, kind by kind, and writes the suite for it",
    "cli/init.py": "its options are those of the audit",
    "encoders/layout.py": "names of prompts are sentence-transformers' own",
    "suite/served.py": "`retrieval` is a key of a suite, and what belongs to a search are its two sides",
    "index/served.py": "an index is asked by queries",
    "cli/plan.py": "it prints the keys of a suite",
    "export/pipeline.py": "names of problems are transformers' own",
}


def constants(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_kinds_and_their_roles_are_named_in_their_own_files_alone() -> None:
    homes: dict[str, set[str]] = {}
    for name in names():
        file = f"{type(kind_of(name)).__module__.rpartition('.')[2]}.py"
        for word in {name, *kind_of(name).roles} - {"text"}:
            homes.setdefault(word, set()).update((f"tasks/kinds/{file}", f"scoring/{file}"))
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT)
        if not any(place.is_relative_to(part) for part in APART):
            named = [
                (line, word)
                for line, word in constants(path)
                if place.as_posix() not in homes.get(word, {place.as_posix()})
            ]
            found += [f"{place}:{line}: {word!r}" for line, word in named]
    assert found == []
