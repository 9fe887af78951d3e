"""Scores of a tag a word: which entities of a sentence are found."""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from harness.core.data import Examples, Outcomes
from harness.core.inputs import Words, as_text
from harness.core.registry import Component
from harness.core.tags import Entity, entities, read_written, written
from harness.metrics.tagging import entity_sums
from harness.modes import Predictor
from harness.scoring import Found, Scoring, contents, outcomes_of, scoring


@scoring("tagging")
class Tagging(Scoring):
    """The tag that a head predicts for each word by its vector; what is scored are the entities of sentences."""

    def features(self, inputs: Mapping[str, Any]) -> Any:
        """(n_words, d), the words of all sentences; lists of words for a row without an encoder."""
        given = inputs["text"]
        return given[0] if isinstance(given, tuple) else given

    def target(self, examples: Mapping[str, Examples]) -> Any:
        """(n_words,) the tags of all sentences."""
        return np.array([tag for own in examples["text"].tags or () for tag in own], dtype=str)

    def predict(self, predictor: Predictor, inputs: Mapping[str, Any], depth: int, sought: Any = None) -> Found:
        """The tags of each sentence, a tuple each, and the probability of the least sure of them."""
        assert predictor.predict is not None
        tags, sure = predictor.predict(self.features(inputs))
        given = inputs["text"]
        ends = given[1] if isinstance(given, tuple) else np.cumsum([0, *(len(own.words) for own in given)])
        spans = list(pairwise(ends))
        values = np.empty(len(spans), dtype=object)
        values[:] = [tuple(np.asarray(tags[start:end]).tolist()) for start, end in spans]
        return Found(values, np.array([float(np.min(sure[start:end], initial=1.0)) for start, end in spans]))

    def outcomes(self, clean: Mapping[str, Examples], found: Found, metrics: Sequence[Component]) -> Outcomes:
        """The entities of each sentence, gold and predicted; and hashes of their words as they were read."""
        one = clean["text"]
        gold = [entities(tags) for tags in one.tags or ()]
        predicted = [entities(tags) for tags in found.values]
        read = one.fields.get("read", one.text)
        return outcomes_of(
            one,
            np.array(list(map(written, gold))),
            Found(np.array(list(map(written, predicted))), found.scores),
            contents(one.items, tuple(map(as_text, one.text))),
            sums=entity_sums(gold, predicted),
            answers=np.array(list(map(_surfaces, read, gold))),
            ranking=np.array(list(map(_surfaces, read, predicted))),
        )

    def facts(self, outcomes: Outcomes) -> dict[str, Any]:
        """Of each type how many entities are found, predicted and there."""
        counts: dict[str, list[int]] = {}
        for pair in zip(outcomes.gold.tolist(), outcomes.prediction.tolist(), strict=True):
            gold, predicted = (set(read_written(text)) for text in pair)
            for place, some in enumerate((gold & predicted, predicted, gold)):
                for entity in some:
                    counts.setdefault(entity.type, [0, 0, 0])[place] += 1
        return {"entities": dict(sorted(counts.items()))}


def _surfaces(sentence: Words, found: Sequence[Entity]) -> str:
    """8 hex digits over words and type of each entity, with bars between."""
    told = (f"{one.type}\n{' '.join(sentence.words[one.start : one.end])}" for one in found)
    return "|".join(hashlib.blake2b(text.encode(), digest_size=4).hexdigest() for text in told)
