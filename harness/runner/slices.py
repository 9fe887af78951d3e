"""What the harness itself hands to a slice that asks for it: token counts, and texts that a head has seen."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from harness.core.data import Examples
from harness.core.errors import EncoderError
from harness.core.records import Cell, Tokenization, read_as
from harness.encoders import EncoderFolder
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.tokens import Tokens
from harness.runner.data import Data


def given(
    names: Sequence[str], cell: Cell, test: Examples, data: Data, reference: EncoderFolder | None
) -> dict[str, Any]:
    """Those of `catalogue.GIVEN` that are among these names, for the test items of a cell."""
    found: dict[str, Any] = {}
    if "known_texts" in names:
        found["known_texts"] = tuple(_known(cell, data))
    if {"n_tokens", "max_length"} & set(names):
        assert reference is not None
        found |= _lengths(cell, test, data, reference)
    if "n_subwords" in names:
        assert reference is not None
        alone = Tokenization(reference.tokenization.max_length)
        found["n_subwords"] = np.array([one.n_full - len(one.special) for one in _read(reference, test.text, alone)])
    return {name: value for name, value in found.items() if name in names}


def _known(cell: Cell, data: Data) -> Iterator[str]:
    """All texts that the head learnt from; of a search the documents, since nothing is learnt."""
    task = cell.address.task
    if not cell.head.train:
        for role in data.task_kind(task).searched:
            yield from data(task, cell.test[role]).text
    for split in cell.head.train.values():
        yield from data(task, split).learnt.text


def _lengths(cell: Cell, test: Examples, data: Data, reference: EncoderFolder) -> dict[str, Any]:
    """Tokens of the longest text of an item, or of the documents that answer it; and how many of them are read."""
    kind, lengths = data.task_kind(cell.address.task), list[list[int]]()
    for role in kind.read:
        read = data(cell.address.task, cell.test[role])
        lengths.append([one.n_full for one in _read(reference, read.text, read_as(reference.readings, role))])
    counts = [max(own) for own in zip(*lengths, strict=True)]
    if test.relevant is not None:
        by_item = dict(zip(read.items, counts, strict=True))
        counts = [max(by_item[item] for item in relevant) for relevant in test.relevant]
    most = read_as(reference.readings, kind.read[0]).most
    return {"n_tokens": np.array(counts), "max_length": max(counts) if most == math.inf else int(most)}


def _read(reference: EncoderFolder, texts: Sequence[Any], tokenization: Tokenization) -> list[Tokens]:
    try:
        return list(Tokenizer(reference)(texts, tokenization))
    except EncoderError as error:
        raise EncoderError(
            f"the texts of this slice are chosen by the tokens of the reference, and it fails: {error}"
        ) from None
