"""What an encoder has to beat: the rows without an encoder, on the very texts that the suite will use."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness import stats
from harness.catalogue import catalogue
from harness.core.data import Examples
from harness.metrics import Metric
from harness.modes import Predictor
from harness.modes.baselines import majority, tfidf
from harness.tasks.kinds import Kind


@dataclass(frozen=True)
class Score:
    """One row without an encoder, by what its metrics are called: each value with its 95 % interval over clusters."""

    name: str
    values: Mapping[str, stats.Interval]


def floor(kind: Kind, train: Mapping[str, Examples], test: Mapping[str, Examples]) -> tuple[Score, ...]:
    """Majority (of classes) and TF-IDF, judged on the test texts by role. BLAS is held to one thread.

    Fitted on the train texts where they are of classes; else how alike TF-IDF finds the texts of a pair.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        if kind.target != "class":
            return (_score(kind, "tfidf", tfidf(None, None, None), test),)
        scoring = catalogue().function("scoring", kind.name)()
        learnt = {role: side.learnt for role, side in train.items()}
        texts, target = scoring.features(_texts(learnt)), scoring.target(learnt)
        rows = (("majority", majority), ("tfidf", tfidf))
        return tuple(_score(kind, name, fit(texts, target, None), test) for name, fit in rows)


def _texts(side: Mapping[str, Examples]) -> dict[str, list[str]]:
    return {role: list(one.text) for role, one in side.items()}


def _score(kind: Kind, name: str, predictor: Predictor, test: Mapping[str, Examples]) -> Score:
    scoring = catalogue().function("scoring", kind.name)()
    outcomes = scoring.outcomes(test, scoring.predict(predictor, _texts(test), 0), ())
    metrics = [Metric(catalogue().get("metric", metric)) for metric in kind.metrics]
    return Score(name, {own.label: own.interval([outcomes], "audit", name, own.name) for own in metrics})
