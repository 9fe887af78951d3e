"""Objectives of vectors that are compared: each side of an item is read by itself. Needs torch: import it late."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy, normalize

from harness.core.errors import DataError
from harness.encoders.forward import batch_of
from harness.encoders.tokens import Tokens
from harness.training.data import Row
from harness.training.objectives import Material, Objective

#: Vectors of length 1, a tensor (batch, d) a side, and what is told of each item -> what each loses (batch,).
Loss = Callable[[Sequence[torch.Tensor], torch.Tensor], torch.Tensor]
#: A similarity that no softmax sees.
_NEVER = -1e4


class Towers(torch.nn.Module):
    """Inputs of all items, one side after the other -> {"loss": the mean, "logits": (batch, 3)}.

    Of each item what it loses; the squared distance of its first two sides; and the mean of e^(-2 squared distance) of
    its second side to those of the other items of the batch.
    """

    accepts_loss_kwargs = False  # Trainer takes `**` for a wish to be told of accumulation

    def __init__(self, material: Material, loss: Loss) -> None:
        super().__init__()
        self.encoder, self._states, self._pool, self._loss = material.encoder, material.states, material.pool, loss

    def forward(self, labels: torch.Tensor, **batch: torch.Tensor) -> dict[str, torch.Tensor]:
        """`batch` as `batch_of` makes it of `labels` (batch, …) times the sides. Pooled and compared in fp32 always."""
        sides = [self._vectors(batch, start, len(labels)) for start in range(0, len(batch["input_ids"]), len(labels))]
        with torch.autocast(labels.device.type, enabled=False):
            losses = self._loss(sides, labels)
            with torch.no_grad():
                apart = (sides[0] - sides[1]).square().sum(dim=1)
                near = torch.exp(-2 * torch.cdist(sides[1], sides[1]).square()).fill_diagonal_(0)
            spread = near.sum(dim=1) / max(1, len(near) - 1)
            return {"loss": losses.mean(), "logits": torch.stack([losses, apart, spread], dim=1)}

    def _vectors(self, batch: Mapping[str, torch.Tensor], start: int, n: int) -> torch.Tensor:
        """(n, d) of one side, which is padded to its own longest input."""
        longest = int(batch["attention_mask"][start : start + n].sum(dim=1).max())
        own = {name: values[start : start + n, :longest] for name, values in batch.items()}
        states = self._states(self.encoder, own)
        with torch.autocast(states.hidden.device.type, enabled=False):
            return normalize(self._pool(states), dim=1)


def telling_apart(material: Material, temperature: float, n_hard: int) -> Objective:
    """The objective of `contrastive`, of examples with an answer each. DataError where there is one answer alone.

    Held-out items are told apart from those of their batch.
    """
    examples, (asked, answers) = material.examples, material.read.values()
    documents = [own[0] for own in examples.candidates or ()]
    answering = [frozenset(own) for own in examples.relevant or ()]
    if len({documents[place] for place in material.learnt}) < 2:
        raise DataError(
            f"the {len(material.learnt)} pairs to train on have one document; there is nothing to tell it apart from. "
            "Raise max_samples.train, or lower validation."
        )
    queries, corpus = (examples.fields[field] for field in material.read)
    beside = hard(queries, corpus, documents, answering, n_hard) if n_hard else [()] * len(documents)
    read = [(one, answers[place], *(answers[at] for at in beside[place])) for place, one in enumerate(asked)]
    targets = [
        (answering[place], (documents[place], *(documents[at] for at in own))) for place, own in enumerate(beside)
    ]

    def labels(rows: Sequence[Row]) -> torch.Tensor:
        """(batch, batch · documents a row) 1 where a document answers a query, its own apart, which is 0."""
        columns = list(chain.from_iterable(zip(*(row.target[1] for row in rows), strict=True)))
        found = torch.tensor([[int(name in row.target[0]) for name in columns] for row in rows])
        return found.fill_diagonal_(0)

    def loss(sides: Sequence[torch.Tensor], answered: torch.Tensor) -> torch.Tensor:
        query, *found = sides
        similarity = query @ torch.cat(found).T / temperature
        others = similarity.masked_fill(answered.bool(), _NEVER)
        return cross_entropy(others, torch.arange(len(query), device=query.device), reduction="none")

    return _objective(material, loss, targets, labels, read)


def ordering(material: Material, temperature: float) -> Objective:
    """The objective of `cosent`, of pairs with a number each. DataError where all are the same."""
    numbers = list(map(float, material.examples.labels or ()))
    if len({numbers[place] for place in material.learnt}) < 2:
        raise DataError(
            f"all {len(material.learnt)} pairs to train on have the number {numbers[material.learnt[0]]:g}; there is "
            "nothing to learn. Raise max_samples.train, or lower validation."
        )

    def loss(sides: Sequence[torch.Tensor], wanted: torch.Tensor) -> torch.Tensor:
        similarity = (sides[0] * sides[1]).sum(dim=1) / temperature
        wrong = similarity[None, :] - similarity[:, None]  # of i and j, where i should be the more similar
        wrong = wrong.masked_fill(wanted[:, None] <= wanted[None, :], -torch.inf)
        own = torch.logsumexp(torch.cat([torch.zeros_like(similarity[:1]), wrong.flatten()]), dim=0)
        return own.expand(len(wanted))

    def labels(rows: Sequence[Row]) -> torch.Tensor:
        return torch.tensor([row.target for row in rows])

    return _objective(material, loss, numbers, labels, list(zip(*material.read.values(), strict=True)))


def _objective(
    material: Material,
    loss: Loss,
    targets: Sequence[Any],
    labels: Callable[[Sequence[Row]], torch.Tensor],
    read: Sequence[tuple[Tokens, ...]],
) -> Objective:
    def collate(rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        inputs = chain.from_iterable(zip(*(row.read for row in rows), strict=True))
        return {**batch_of(list(inputs), material.pad_id), "labels": labels(rows)}

    return Objective(Towers(material, loss), targets, collate, _told, together=read, watch=lambda curve: [])


def _told(rows: Any, _: Any) -> Mapping[str, float]:
    """The mean loss; alignment and uniformity of held-out pairs (Wang and Isola 2020, arXiv:2005.10242), in batches."""
    loss, apart, near = rows.astype(np.float64).mean(axis=0)
    return {"loss": float(loss), "alignment": float(apart), "uniformity": float(np.log(max(near, 1e-300)))}


def hard(
    queries: Sequence[str],
    texts: Sequence[str],
    documents: Sequence[str],
    answering: Sequence[frozenset[str]],
    n: int,
) -> list[tuple[int, ...]]:
    """For each query the places of `n` texts of documents that do not answer it, those most like it by tf-idf.

    Of `documents`, the id of each text, each stands once. DataError where a query has fewer.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    first = {name: place for place, name in reversed(list(enumerate(documents)))}
    names, places = list(first), list(first.values())
    words = TfidfVectorizer(sublinear_tf=True)
    known = words.fit_transform([texts[place] for place in places])
    similarity = (words.transform(queries) @ known.T).toarray()
    found = []
    for own, answers in zip(similarity, answering, strict=True):
        ranked = (at for at in np.argsort(-own, kind="stable") if names[at] not in answers)
        best = tuple(places[at] for at, _ in zip(ranked, range(n), strict=False))
        if len(best) < n:
            raise DataError(
                f"hard_negatives: {n}, and a query has {len(best)} documents that do not answer it. Lower it, or raise "
                "max_samples.train."
            )
        found.append(best)
    return found
