"""The objective of tags: encoder, a pooler of words and a linear head. Needs torch: import it late."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from harness.core.errors import DataError
from harness.encoders.forward import batch_of
from harness.training.classify import Classifier, linear_layer, n_dimensions, save_head
from harness.training.data import Row
from harness.training.objectives import Material, Objective

#: What stands for a word that is not in a row, or has no token; Trainer fills up with it too.
NO_WORD = -100


def tagging_words(material: Material) -> Objective:
    """The objective of a linear head on the vector of each word. DataError where there is one tag to learn."""
    tags = material.examples.tags
    assert tags is not None
    classes = tuple(sorted({tag for own in tags for tag in own}))
    number = {tag: place for place, tag in enumerate(classes)}
    _check_tags(material, tags)
    start = material.start
    order = [start.classes.index(tag) for tag in classes] if start else []
    begun = (np.asarray(start.weight)[order], np.asarray(start.bias)[order]) if start else None
    head = linear_layer(n_dimensions(material), len(classes), begun, material.seed)

    def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        found = [sorted({word for word in row.tokens.words or () if word >= 0}) for row in rows]
        labels = torch.full((len(rows), 1 + max((own[-1] for own in found if own), default=-1)), NO_WORD)
        for place, (row, own) in enumerate(zip(rows, found, strict=True)):
            labels[place, own] = torch.tensor([row.target[word] for word in own], dtype=torch.long)
        return {**batch_of([row.tokens for row in rows], material.pad_id), "labels": labels}

    def metrics(logits: Any, numbers: Any) -> Mapping[str, float]:
        known = numbers != NO_WORD
        logits, numbers = logits[known].astype(np.float64), numbers[known]
        mean = cross_entropy(torch.from_numpy(logits), torch.from_numpy(numbers))
        return {"loss": float(mean), "accuracy": float((logits.argmax(axis=1) == numbers).mean())}

    module = Classifier(material.encoder, material.pool, head, material.states, _loss)
    targets = [tuple(number[tag] for tag in own) for own in tags]
    return Objective(module, targets, collate, metrics, partial(save_head, head, classes, 1.0, 0.0))


def _loss(logits: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """The mean over words of logits (batch, n_words, k), numbers of tags (batch, n_words)."""
    return cross_entropy(logits.flatten(0, 1), numbers.flatten(), ignore_index=NO_WORD)


def _check_tags(material: Material, tags: Sequence[Sequence[str]]) -> None:
    left = {tag for place in material.learnt for tag in tags[place]}
    if len(left) < 2:
        raise DataError(
            f"all words of the {len(material.learnt)} sentences to train on have the tag {min(left, default='O')!r}; "
            "expected some with another. Raise max_samples.train, or lower validation."
        )
