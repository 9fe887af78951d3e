"""What can be timed: an encoder under its poolers, and a row without one."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.inputs import Input, as_text
from harness.core.records import Tokenization
from harness.encoders.backends import Encoder
from harness.encoders.encode import Poolings, forward, layers_of
from harness.encoders.pieces import batches, pieces_of

#: What stands for the pooler of a row without an encoder.
NO_POOLER = "–"


@dataclass(frozen=True)
class EncoderSubject:
    """A loaded encoder; `names` are the poolers as the suite calls them, in step with `poolings`."""

    encoder: Encoder
    tokenization: Tokenization
    poolings: Poolings
    names: tuple[str, ...]

    def one(self, text: Input) -> tuple[float, float, Mapping[str, float], int]:
        """See `Subject.one`; the device is waited for at the end of each phase."""
        start = time.perf_counter()
        pieces = pieces_of({text: next(self.encoder.tokenizer([text], self.tokenization))})
        tokenised = time.perf_counter() - start
        forward_s, pooled = 0.0, dict.fromkeys(self.names, 0.0)
        for batch in batches(pieces, self.encoder.token_budget):
            begun = time.perf_counter()
            states = self.encoder.hidden_states([pieces[piece] for piece in batch], layers_of(self.poolings))
            self.encoder.synchronize()
            forward_s += time.perf_counter() - begun
            for name, (_, function) in zip(self.names, self.poolings, strict=True):
                begun = time.perf_counter()
                function(states).cpu()
                pooled[name] += time.perf_counter() - begun
        return tokenised, forward_s, pooled, sum(len(one.ids) for one in pieces.values())

    def many(self, texts: Sequence[Input]) -> tuple[int, int]:
        """See `Subject.many`; the first pooler stands for all."""
        distinct: list[Input] = list(dict.fromkeys(texts))
        pieces = pieces_of(dict(zip(distinct, self.encoder.tokenizer(distinct, self.tokenization), strict=True)))
        n_real = n_padded = 0
        for batch in batches(pieces, self.encoder.token_budget):
            forward(self.encoder, batch, pieces, self.poolings[:1])
            lengths = [len(pieces[piece].ids) for piece in batch]
            n_real, n_padded = n_real + sum(lengths), n_padded + max(lengths) * len(lengths)
        return n_real, n_padded


@dataclass(frozen=True)
class BaselineSubject:
    """Features of texts and, for classification, the classifier on them."""

    vectorise: Callable[[Sequence[Any]], Any]
    predict: Callable[[Any], Any] | None

    def one(self, text: Input) -> tuple[float, float, Mapping[str, float], int]:
        """See `Subject.one`: vectorise, predict."""
        start = time.perf_counter()
        features = self.vectorise([text])
        vectorised = time.perf_counter()
        if self.predict is not None:
            self.predict(features)
        return vectorised - start, time.perf_counter() - vectorised, {NO_POOLER: 0.0}, len(as_text(text).split())

    def many(self, texts: Sequence[Input]) -> tuple[int, int]:
        """See `Subject.many`; words stand for tokens, and nothing is padded."""
        features = self.vectorise(list(texts))
        if self.predict is not None:
            self.predict(features)
        n_words = sum(len(as_text(t).split()) for t in texts)
        return n_words, n_words
