"""Tasks told by the names of their columns alone, whose suite `init` writes without an audit of the texts: those with
lists (words and their tags, a query's own candidates, several labels a text), and texts that lie in clusters.
"""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.audit.column import Column
from harness.audit.found import planned
from harness.audit.parts import Given, is_label, is_long
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
    if given:
        return None
    columns = [Column(name, values) for name, values in source.columns.items()]
    if not lists:
        return None if "train" in source.sizes else _clustered(columns)
    lists += [name.removesuffix(".0") for name in source.columns if name.endswith(".0")]  # of one each
    for kind, (of_lists, of_texts) in _KINDS.items():
        found = {field: _called(lists, called) for field, called in of_lists.items()}
        texts = [column.name for column in columns if is_long(column)]
        found |= {field: _called(texts, called) or (texts[0] if texts else None) for field, called in of_texts.items()}
        if None not in found.values() and not (texts and not of_texts):
            return {"kind": kind, **found}
    return None


def _clustered(columns: Sequence[Column]) -> dict[str, Any] | None:
    """Texts beside a column called after clusters, of few values that repeat, and nothing that is called a label."""
    texts = [column for column in columns if is_long(column)]
    clusters = [column for column in columns if column.is_named(names.CLUSTERS) and is_label(column)]
    is_labelled = any(column.is_named(names.SURE_LABELS) for column in columns if column not in clusters)
    if is_labelled or len(texts) != 1 or len(clusters) != 1:
        return None
    return {"kind": "clustering", "text": texts[0].name, "label": clusters[0].name}


def otherwise(guessed: Mapping[str, Any]) -> tuple[str, ...]:
    """A line that says what else the columns could be."""
    if guessed["kind"] != "clustering":
        return ()
    return (f"nothing is learnt; to learn the clusters as classes: --label {shlex.quote(guessed['label'])}",)


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
