"""What an encoder has to beat: the rows without an encoder, on the very texts that the suite will use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from harness import stats
from harness.core.data import Examples
from harness.core.seeds import generator_of
from harness.metrics.classification import accuracy, macro_f1
from harness.modes import Predictor
from harness.modes.baselines import majority, tfidf
from harness.scoring.classification import Classification


@dataclass(frozen=True)
class Score:
    """One row without an encoder, by what its metrics are called: each value with its 95 % interval over clusters."""

    name: str
    values: Mapping[str, stats.Interval]


def floor(train: Examples, test: Examples) -> tuple[Score, ...]:
    """Majority and TF-IDF, fitted on the train texts and judged on the test texts. BLAS is held to one thread."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return tuple(_score(name, fit, train.learnt, test) for name, fit in (("majority", majority), ("tfidf", tfidf)))


def _score(name: str, fit: Callable[..., Predictor], train: Examples, test: Examples) -> Score:
    scoring, predictor = Classification(), fit(list(train.text), np.array(train.labels), None)
    outcomes = scoring.outcomes({"text": test}, scoring.predict(predictor, {"text": list(test.text)}, 0))
    found = {}
    for metric in (accuracy, macro_f1):
        component = metric.component  # type: ignore[attr-defined]
        columns, rng = component.facts["columns"](outcomes), generator_of("audit", name, component.name)
        found[component.facts["label"]] = stats.interval(component.function, columns, outcomes.cluster, rng=rng)
    return Score(name, found)
