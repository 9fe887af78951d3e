"""What an encoder sees of changed texts, beside the texts as they were: tokens, unknown ones, vectors."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from harness.core.inputs import Input, as_text
from harness.core.records import Head, Tokenization
from harness.encoders import Encoded
from harness.encoders.tokenizer import Tokenizer


class Sight:
    """Looks at the texts of one job's encoder, by its tokenizer. Counts of texts that were seen before are kept."""

    def __init__(self, tokenizer: Callable[[], Tokenizer]) -> None:
        self._tokenizer = tokenizer
        self._unknown: dict[tuple[str, tuple[Input, ...]], float] = {}

    def __call__(
        self, head: Head, tokenization: Tokenization, read: Encoded, before: Sequence[Input], now: Sequence[Input]
    ) -> dict[str, Any]:
        """What `results.records.Seen` says, for texts (n,) before and after an edit, read in one way.

        A rate is over all texts together, tokens are counted with special ones and before any are cut.
        """
        found: dict[str, Any] = {}
        for which, texts in (("before", before), ("now", now)):
            n_tokens = read.n_tokens[read.rows(texts)]
            n_words = sum(len(as_text(one).split()) for one in texts)
            found[f"tokens_per_word_{which}"] = float(n_tokens.sum() / n_words) if n_words else None
            found[f"tokens_cut_{which}"] = float(np.maximum(n_tokens - tokenization.max_length, 0).mean())
            found[f"unknown_{which}"] = self._share_unknown(tokenization, tuple(texts))
        return found | {"drift": _drift(head, read, before, now)}

    def n_around(self, tokenization: Tokenization) -> int:
        """How many tokens stand around every text: special ones and the prefix."""
        return next(iter(self._tokenizer()(("",), tokenization))).n_full

    def _share_unknown(self, tokenization: Tokenization, texts: tuple[Input, ...]) -> float:
        """The share of the tokens read that stand for what the vocabulary has no piece for."""
        key = (tokenization.key, texts)
        if key not in self._unknown:
            tokenizer = self._tokenizer()
            unknown, n_unknown, n = tokenizer.unknown_id, 0, 0
            if unknown is not None:
                for tokens in tokenizer(texts, tokenization):
                    n_unknown += tokens.ids.count(unknown)
                    n += len(tokens.ids)
            self._unknown[key] = n_unknown / max(1, n)
        return self._unknown[key]


def _drift(head: Head, read: Encoded, before: Sequence[Input], now: Sequence[Input]) -> float | None:
    """1 − cosine of a text's vectors, the mean over the texts that are read as other tokens. None where none is."""
    assert head.pooling is not None
    if head.pooling.per != "text":
        return None
    differs = np.flatnonzero(read.digests[read.rows(before)] != read.digests[read.rows(now)])
    if not len(differs):
        return None
    old, new = (read.of(head.pooling, [texts[int(i)] for i in differs]).astype(float) for texts in (before, now))
    lengths = np.linalg.norm(old, axis=1) * np.linalg.norm(new, axis=1)
    cosines = (old * new).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    return float(np.mean(1 - np.clip(cosines, -1, 1)))
