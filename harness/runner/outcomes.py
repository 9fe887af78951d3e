"""Outcomes of a classification or a search, in the one schema."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.core.registry import Component
from harness.metrics import in_ranking, judged, query_sums


def _outcomes(clean: Examples, gold: Any, predicted: Any, scores: Any) -> Outcomes:
    return Outcomes(
        item=np.array(clean.items),
        cluster=np.array(clean.clusters),
        draw=np.zeros(len(clean), dtype=np.int32),
        gold=np.asarray(gold).astype(str),
        prediction=np.asarray(predicted).astype(str),
        score=np.asarray(scores, dtype=np.float64),
        content=contents(clean),
    )


def contents(clean: Examples) -> Any:
    """Of each item, 16 hex digits over its id and its text before anything was done to it."""
    named = (f"{len(item)}:{item}{text}" for item, text in zip(clean.items, clean.text, strict=True))
    return np.array([hashlib.blake2b(one.encode(), digest_size=8).hexdigest() for one in named])


def class_outcomes(clean: Examples, predicted: Any, scores: Any) -> Outcomes:
    """Outcomes of a classification; `clean` are its test items before any perturbation."""
    return _outcomes(clean, np.array(clean.labels), predicted, scores)


def ranked_outcomes(
    clean: Examples,
    corpus: Examples,
    metrics: Sequence[Component],
    order: Any,
    similarity: Any,
    ranks: Sequence[Sequence[int]] | None = None,
) -> Outcomes:
    """Outcomes of a search: prediction is the first document, gold all relevant ones, sums what the metrics add up.

    `clean` are the queries and `corpus` the documents before any perturbation; `order` and `similarity`
    (n_queries, depth) are the documents found, as places in the corpus; `ranks` are those of the relevant documents
    among all, where a metric needs them.
    """
    assert clean.relevant is not None
    ids, texts = np.array(corpus.items)[order], np.array([document_hash(text) for text in corpus.text])
    by_id = dict(zip(corpus.items, texts.tolist(), strict=True))
    gold = ["|".join(r) for r in clean.relevant]
    outcomes = _outcomes(clean, gold, ids[:, 0], similarity[:, 0])
    return replace(
        outcomes,
        sums=query_sums(metrics, in_ranking(ids, clean.relevant) if ranks is None else judged(ranks)),
        answers=np.array(["|".join(sorted(by_id[one] for one in r)) for r in clean.relevant]),
        ranking=np.array(["|".join(row) for row in texts[order].tolist()]),
    )


def document_hash(text: str) -> str:
    """8 hex digits over the text of a document, whatever its id."""
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
