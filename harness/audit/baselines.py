"""What an encoder has to beat: the rows without an encoder, on the very texts that the suite will use."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness import stats
from harness.catalogue import catalogue
from harness.core.data import Examples
from harness.metrics import Metric
from harness.metrics.retrieval import DEPTH
from harness.modes import Predictor
from harness.modes.baselines import majority, tfidf
from harness.tasks.kinds import Kind


@dataclass(frozen=True)
class Score:
    """One row without an encoder, by what its metrics are called: each value with its 95 % interval over clusters."""

    name: str
    values: Mapping[str, stats.Interval]


def baselines(kind: Kind, train: Mapping[str, Examples], test: Mapping[str, Examples]) -> tuple[Score, ...]:
    """Majority (of classes) and TF-IDF, judged on the test texts by role. BLAS is held to one thread.

    Fitted on the train texts where they are of classes; else how alike TF-IDF finds the texts of a pair.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        if kind.target != "class":
            return (judged(kind, "tfidf", tfidf(None, None, None), test)[0],)
        scoring = catalogue().function("scoring", kind.name)()
        learnt = {role: side.learnt for role, side in train.items()}
        texts, target = scoring.features(_texts(learnt)), scoring.target(learnt)
        rows = (("majority", majority), ("tfidf", tfidf))
        return tuple(judged(kind, name, fit(texts, target, None), test)[0] for name, fit in rows)


def _texts(side: Mapping[str, Examples]) -> dict[str, list[str]]:
    return {role: list(one.text) for role, one in side.items()}


def judged(kind: Kind, name: str, predictor: Predictor, test: Mapping[str, Examples]) -> tuple[Score, float]:
    """What the metrics of a kind say of predictions on the test items by role, and what chance scores by the first of a
    search, else NaN.
    """
    scoring = catalogue().function("scoring", kind.name)()
    metrics = [Metric(catalogue().get("metric", metric)) for metric in kind.metrics]
    found = scoring.predict(predictor, _texts(test), DEPTH)
    outcomes = scoring.outcomes(test, found, [metric.component for metric in metrics])
    score = Score(name, {own.label: own.interval([outcomes], "audit", name, own.name) for own in metrics})
    chance = metrics[0].component.facts["chance"]
    return score, math.nan if kind.trains else float(chance(*scoring.knows(outcomes, test, None)))
