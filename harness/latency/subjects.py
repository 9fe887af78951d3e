"""What can be timed: an encoder under its poolers, and a row without one."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.inputs import Input
from harness.core.records import Tokenization
from harness.encoders.backends import Encoder
from harness.encoders.encode import Poolings, batches, forward, layers_of

#: What stands for the pooler of a row without an encoder.
NO_POOLER = "–"


@dataclass(frozen=True)
class EncoderSubject:
    """A loaded encoder; `names` are the poolers as the suite calls them, in step with `poolings`."""

    encoder: Encoder
    tokenization: Tokenization
    poolings: Poolings
    names: tuple[str, ...]

    def one(self, text: str) -> tuple[float, float, Mapping[str, float], int]:
        """See `Subject.one`; the device is waited for at the end of each phase."""
        start = time.perf_counter()
        tokens = next(self.encoder.tokenizer([text], self.tokenization))
        tokenised = time.perf_counter()
        states = self.encoder.hidden_states([tokens], layers_of(self.poolings))
        self.encoder.synchronize()
        ran = time.perf_counter()
        pooled = {}
        for name, (_, function) in zip(self.names, self.poolings, strict=True):
            begun = time.perf_counter()
            function(states).cpu()
            pooled[name] = time.perf_counter() - begun
        return tokenised - start, ran - tokenised, pooled, len(tokens.ids)

    def many(self, texts: Sequence[str]) -> tuple[int, int]:
        """See `Subject.many`; the first pooler stands for all."""
        distinct: list[Input] = list(dict.fromkeys(texts))
        tokens = dict(zip(distinct, self.encoder.tokenizer(distinct, self.tokenization), strict=True))
        n_real = n_padded = 0
        for batch in batches(tokens, self.encoder.token_budget):
            forward(self.encoder, batch, tokens, self.poolings[:1])
            lengths = [len(tokens[t].ids) for t in batch]
            n_real, n_padded = n_real + sum(lengths), n_padded + max(lengths) * len(lengths)
        return n_real, n_padded


@dataclass(frozen=True)
class BaselineSubject:
    """Features of texts and, for classification, the classifier on them."""

    vectorise: Callable[[Sequence[str]], Any]
    predict: Callable[[Any], Any] | None

    def one(self, text: str) -> tuple[float, float, Mapping[str, float], int]:
        """See `Subject.one`: vectorise, predict."""
        start = time.perf_counter()
        features = self.vectorise([text])
        vectorised = time.perf_counter()
        if self.predict is not None:
            self.predict(features)
        return vectorised - start, time.perf_counter() - vectorised, {NO_POOLER: 0.0}, len(text.split())

    def many(self, texts: Sequence[str]) -> tuple[int, int]:
        """See `Subject.many`; words stand for tokens, and nothing is padded."""
        features = self.vectorise(list(texts))
        if self.predict is not None:
            self.predict(features)
        n_words = sum(len(t.split()) for t in texts)
        return n_words, n_words
