"""What reading the test texts of a cell showed: how many were cut, how many the condition changed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.core.inputs import Input
from harness.core.records import Cell, read_as, reading_key
from harness.encoders import Encoded
from harness.runner.data import Data
from harness.runner.texts import Readings


def reading_facts(cell: Cell, own: Sequence[Readings], encoded: Mapping[str, Encoded], data: Data) -> dict[str, Any]:
    """Facts of the side that is cut most and of the side that is changed most (queries or documents).

    `n_texts`, `n_truncated`: texts of the side and how many are longer than the encoder reads. `texts_changed`,
    `edits_per_text`: share of texts changed by a perturbation, and edits in a text, of the training side where it
    changes no other. `ids_unchanged`: by the key
    of each of `own` readings, the share of texts that are read as the same token ids as the clean text is there.
    `tokens_per_text`: tokens read of a text, on average over all sides.
    `content`: a hash of each side's items and texts. None, or nothing, where it does not apply.
    """
    facts: dict[str, Any] = {"n_texts": 0, "n_truncated": None, "texts_changed": None, "edits_per_text": None}
    same: dict[str, float] = {}
    n_read: list[Any] = []
    task = cell.address.task
    clean = data.read(cell.head, task, {role: split.clean for role, split in cell.test.items()})
    for split in cell.head.train.values():  # what is told is told of the test side, where that is changed
        if split.perturbations:
            facts |= _edited(data(task, split).text, data(task, split.clean).text, data.edits_per_text(split))
    for role, examples in data.read(cell.head, task, cell.test).items():
        now, before, n_cut = examples.text, clean[role].text, None
        splits = [cell.test[role]] if role in cell.test else list(cell.test.values())
        edits = [data.edits_per_text(split) for split in splits if split.perturbations]
        if edits:
            facts |= _edited(now, before, sum(edits))
        if cell.head.readings is not None:
            tokenization = cell.head.readings[role]
            read = encoded[tokenization.key]
            n_tokens = read.n_tokens[read.rows(now)]
            n_read.append(np.minimum(n_tokens, tokenization.max_length))
            n_cut = int((n_tokens > tokenization.max_length).sum())
            for readings in own:
                usual, key = read_as(readings, role), reading_key(readings)
                if edits or tokenization != usual:
                    share = _same(read, now, encoded[usual.key], before)
                    same[key] = min(share, same.get(key, 1.0))
        if (n_cut or 0) / len(now) >= (facts["n_truncated"] or 0) / max(1, facts["n_texts"]):
            facts |= {"n_texts": len(now), "n_truncated": n_cut}
    facts["tokens_per_text"] = float(np.mean(np.concatenate(n_read))) if n_read else None
    content = {role: data.content(task, split) for role, split in cell.test.items()}
    return {**facts, "ids_unchanged": same, "content": content}


def _edited(now: Sequence[Input], before: Sequence[Input], n_edits: float) -> dict[str, Any]:
    changed = float(np.mean([a != b for a, b in zip(now, before, strict=True)]))
    return {"texts_changed": changed, "edits_per_text": n_edits}


def _same(read: Encoded, now: Sequence[Input], clean: Encoded, before: Sequence[Input]) -> float:
    return float((read.digests[read.rows(now)] == clean.digests[clean.rows(before)]).mean())
