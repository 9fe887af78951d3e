"""Words and their tags: what to write for them, which `init` does not do by itself."""

from collections.abc import Mapping

from harness.audit.parts import Given
from harness.audit.source import Source
from harness.core.errors import DataError
from harness.tasks.sources.nested import LISTS
from harness.tasks.text import words_of, yaml_scalar

_WORDS, _TAGS = ("tokens", "words", "token", "word"), ("tags", "tag", "ner", "labels", "iob", "bio")


def refuse_tagged(source: Source, given: Given) -> None:
    """DataError with the suite to write, where the lists of a source seem to be words and tags and nothing is named."""
    lists = [name for name, why in source.left_out.items() if why == LISTS]
    found = {"tokens": _called(lists, _WORDS), "tags": _called(lists, _TAGS)}
    if given or None in found.values():
        return
    data = {"data": source.path} | ({"config": source.config} if source.config else {})
    named = {field: name for field, name in found.items() if name and name != field}
    task = {"name": source.stem, "kind": "tagging", **(source.sides or data), **named}
    raise DataError(
        f"{source.place}: words and their tags ({found['tokens']!r}, {found['tags']!r}), for which init writes no "
        f"suite. Write one: a file with\n  name: {source.stem}\n  encoders: [minilm]\n  tasks: [{_flow(task)}]\n"
        "  conditions: [misspellings]\nand `harness run` it.",
        plain=[name for name in found.values() if name],
    )


def _called(lists: list[str], words: tuple[str, ...]) -> str | None:
    return next((name for name in lists if set(words_of(name)) & set(words)), None)


def _flow(task: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{field}: {yaml_scalar(value)}" for field, value in task.items()) + "}"
