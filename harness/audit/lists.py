"""Tasks whose columns hold lists: words and their tags, a query's own candidates, several labels a text.

They are told by names of columns alone, and `init` writes their suite without an audit of the texts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.audit.column import Column
from harness.audit.found import planned
from harness.audit.parts import Given, is_long
from harness.audit.source import Source
from harness.tasks import TaskInfo
from harness.tasks.kinds import kind_of
from harness.tasks.sources import names
from harness.tasks.sources.nested import LISTS
from harness.tasks.text import words_of, yaml_scalar

#: By kind: the fields that are lists, and those that are texts, each with what its column may be called.
_KINDS: Mapping[str, tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]] = {
    "tagging": (
        {"tokens": ("tokens", "words", "token", "word"), "tags": ("tags", "tag", "ner", "labels", "iob", "bio")},
        {},
    ),
    "reranking": ({"positive": ("positive", "pos"), "negative": ("negative", "neg")}, {"query": names.QUESTIONS}),
    "multi-label": ({"label": ("labels", "label", "tags", "topics", "classes", "emotions")}, {"text": names.TEXTS}),
}


def guess(source: Source, given: Given) -> dict[str, Any] | None:
    """The kind and the columns of such a task; None where the user names columns, or cells that are no lists tell."""
    lists = [name for name, why in source.left_out.items() if why == LISTS]
    if given or not lists:
        return None
    lists += [name.removesuffix(".0") for name in source.columns if name.endswith(".0")]  # of one each
    columns = [Column(name, values) for name, values in source.columns.items()]
    for kind, (of_lists, of_texts) in _KINDS.items():
        found = {field: _called(lists, called) for field, called in of_lists.items()}
        texts = [column.name for column in columns if is_long(column)]
        found |= {field: _called(texts, called) or (texts[0] if texts else None) for field, called in of_texts.items()}
        if None not in found.values() and not (texts and not of_texts):
            return {"kind": kind, **found}
    return None


def _called(columns: Sequence[str], called: Sequence[str]) -> str | None:
    return next((name for name in columns if set(words_of(name)) & set(called)), None)


def suite(source: Source, guessed: Mapping[str, Any], name: str, folder: Path) -> tuple[str, TaskInfo]:
    """The text of a suite in this folder, and what the task is. DataError where it cannot be one."""
    fields = {field: value for field, value in guessed.items() if field == "kind" or value != field}
    spec, _, info = planned(source, name, folder, {}, **fields)
    task = ", ".join(f"{field}: {yaml_scalar(value)}" for field, value in spec.items())
    trains = kind_of(str(guessed["kind"])).trains
    lines = [
        f"name: {name}",
        "encoders: [minilm, minilm-3layers]   # any hub id or folder beside them",
        f"modes: [{'probe' if trains else 'zero-shot'}]",
        f"tasks: [{{{task}}}]",
        "conditions: [misspellings, rare-terms]",
        f"max_samples: {{{'train: 800, ' if trains else ''}test: 400}}",
        "latency: false",
        "report: {texts: none}   # no text in the results; `full` shows what changed",
    ]
    return "\n".join(lines) + "\n", info
