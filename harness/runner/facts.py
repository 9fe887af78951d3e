"""What reading the test texts of a cell showed: how many were cut, how many the condition changed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.core.records import Cell, Tokenization
from harness.encoders import Encoded
from harness.runner.data import Data
from harness.runner.texts import unperturbed


def reading_facts(cell: Cell, clean: Tokenization | None, encoded: Mapping[str, Encoded], data: Data) -> dict[str, Any]:
    """Facts of the side that is cut most and of the side that is changed most (queries or documents).

    `n_texts`, `n_truncated`: texts of the side and how many are longer than the encoder reads. `texts_changed`,
    `ids_unchanged`: shares of texts changed by the condition, and read as the same token ids all the same;
    None where nothing is changed. `clean` is how the encoder reads by itself; None without an encoder.
    """
    facts: dict[str, Any] = {"n_texts": 0, "n_truncated": None, "texts_changed": None, "ids_unchanged": None}
    for split in cell.test.values():
        now, before = (data(cell.address.task, s).text for s in (split, unperturbed(split)))
        n_cut = None
        if split.perturbations:
            facts["texts_changed"] = float(np.mean([a != b for a, b in zip(now, before, strict=True)]))
        if cell.head.tokenization is not None and clean is not None:
            read, own = encoded[cell.head.tokenization.key], encoded[clean.key]
            rows = read.rows(now)
            n_cut = int((read.n_tokens[rows] > cell.head.tokenization.max_length).sum())
            if split.perturbations or cell.head.tokenization != clean:
                same = float((read.digests[rows] == own.digests[own.rows(before)]).mean())
                facts["ids_unchanged"] = same if facts["ids_unchanged"] is None else min(same, facts["ids_unchanged"])
        if (n_cut or 0) / len(now) >= (facts["n_truncated"] or 0) / max(1, facts["n_texts"]):
            facts |= {"n_texts": len(now), "n_truncated": n_cut}
    return facts
