"""Protocols of a probe: which texts a head is fitted on and tested on, and by which classifier."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Annotated, Any

import numpy as np
from annotated_types import Interval

from harness.core.errors import DataError
from harness.modes import LinearHead, Predictor, protocol
from harness.modes.heads import for_each

PerLabel = Annotated[int, Interval(ge=1, le=10_000)]
DrawsOf = Annotated[int, Interval(ge=2, le=100)]
Answers = Callable[[Any], tuple[Any, Any]]

#: SentEval's: folds outside and inside, its seed, and the C of its grids (with folds on the train side alone).
N_FOLDS, SEED = 10, 1111
C_GRID = tuple(float(2.0**power) for power in range(-2, 4))
C_GRID_TRAIN = tuple(float(2.0**power) for power in range(-1, 6))
#: What a fit by L-BFGS is put at: operations a text, dimension and class (of two: once), and what any takes.
_PASSES, _FIT = 2500.0, 0.2
#: MTEB's seed, and the most steps of its classifier.
MTEB_SEED, MTEB_STEPS = 42, 100


@dataclass(frozen=True)
class Learnt:
    """What may be learnt from: features and labels (n,), their places in the source (n,), how many words they have.

    `words` are (n, texts of an item). `fit` fits the head that the suite names on such features and labels. `held_out`:
    features and labels of a validation side. `draw`: the number of the draw. `is_fold` where it is what a fold leaves.
    """

    features: Any
    labels: Any
    places: Any
    words: Any
    fit: Callable[["Learnt"], Predictor]
    clusters: Any = None
    held_out: tuple[Any, Any] | None = None
    draw: int = 0
    is_fold: bool = False

    def part(self, index: Any) -> "Learnt":
        """The items at these places of the arrays, in this order, as a fold leaves them."""
        known = {name: getattr(self, name) for name in ("labels", "places", "words", "clusters")}
        columns: Any = {name: column if column is None else column[index] for name, column in known.items()}
        return replace(self, features=_rows(self.features, index), **columns, is_fold=True)


def _logistic_work(n: float, d: int, n_classes: int) -> float:
    """Billions of operations of one fit by L-BFGS: so many passes over the texts, which wait for memory."""
    return _PASSES * n * d * (n_classes if n_classes > 2 else 1) / 1e9 + _FIT


def _few_work(n: int, d: int, n_classes: int, given: Any) -> float:
    return _logistic_work(min(n, given.get("per_label", 8) * n_classes), d, n_classes)


def _senteval_work(n: int, d: int, n_classes: int, given: Any) -> float:
    """Of both fits where `crossed`, else of the grid over folds of the train side."""
    one, inner = _logistic_work(0.9 * n, d, n_classes), _logistic_work(0.81 * n, d, n_classes)
    return (
        N_FOLDS * (N_FOLDS * len(C_GRID) * inner + one) if given.get("crossed") else N_FOLDS * len(C_GRID_TRAIN) * one
    )


@protocol("standard", targets=("class", "labels", "number", "value"))
def standard(learnt: Learnt, rng: np.random.Generator) -> Predictor:
    """The head fitted on all training texts."""
    return learnt.fit(learnt)


@protocol("few-shot", targets=("class",))
def few_shot(learnt: Learnt, rng: np.random.Generator, *, per_label: PerLabel = 8, draws: DrawsOf = 10) -> Predictor:
    """The head fitted on `per_label` training texts a label, drawn `draws` times; the score is the mean over draws.

    The texts of a draw are the same for every row, and with more a label hold those with fewer. Of a label with fewer
    texts all are learnt.
    """
    drawn = sorted(first_of_each(rng.permutation(len(learnt.labels)), learnt.labels, per_label))
    return _told(learnt.fit(learnt.part(drawn)), learnt.labels, per_label)


@protocol(
    "mteb", targets=("class",), work=_few_work, probability=True, instead_of=("head",), crosses=False, is_seeded=False
)
def mteb(learnt: Learnt, rng: np.random.Generator, *, per_label: PerLabel = 8, draws: DrawsOf = 10) -> Predictor:
    """MTEB's classification: logistic regression (100 steps) on `per_label` texts a label, the mean of `draws` draws.

    As `mteb` 2 draws them (Muennighoff et al. 2023, arXiv:2210.07316): from the training texts in the order of the
    source, which the generator of seed 42 shuffles anew for each draw, from where the last one left them. Vectors are
    taken as they are.
    """
    order = np.argsort(learnt.places, kind="stable").tolist()
    for _ in range(learnt.draw + 1):
        np.random.RandomState(MTEB_SEED).shuffle(order)
    drawn = first_of_each(order, learnt.labels, per_label)
    model = _logistic(learnt.features[drawn], learnt.labels[drawn], max_iter=MTEB_STEPS, random_state=MTEB_SEED)
    return _told(_by(model), learnt.labels, per_label)


@protocol(
    "senteval",
    targets=("class",),
    work=_senteval_work,
    probability=True,
    instead_of=("head",),
    crosses=True,
    is_seeded=False,
)
def senteval(learnt: Learnt, rng: np.random.Generator) -> Predictor:
    """SentEval's classification by logistic regression: C by 10 folds or the validation side, as its tasks do it.

    Where no test side is given, 10-fold cross-validation over all texts, C by 10 folds of each nine tenths (Conneau and
    Kiela 2018, arXiv:1803.05449; `usepytorch: False`, `kfold: 10`). Vectors are taken as they are; folds are drawn in
    SentEval's order, by number of words.
    """
    order = senteval_order(learnt.words, learnt.labels, learnt.places)
    features, labels = learnt.features[order], learnt.labels[order]
    if learnt.held_out is not None:
        known, gold = learnt.held_out
        return _fitted(features, labels, C_GRID, [(features, labels, known, np.asarray(gold))])
    return _fitted(features, labels, C_GRID if learnt.is_fold else C_GRID_TRAIN, list(_inner(features, labels)))


def crossed(learnt: Learnt, fit: Callable[[Learnt], Predictor]) -> Predictor:
    """10-fold cross-validation in SentEval's order: `fit` gets nine tenths of the items, ten times.

    `predict` of what comes back is that of a head fitted on all, when first asked. DataError where no label has 10
    texts.
    """
    order = senteval_order(learnt.words, learnt.labels, learnt.places)
    folds = [(order[train], order[test]) for train, test in _folds(learnt.labels[order])]
    heads, whole = [_Later(partial(fit, learnt.part(train))) for train, _ in folds], _Later(partial(fit, learnt))

    def predict(features: Any) -> tuple[Any, Any]:
        values, scores = np.empty(len(order), dtype=object), np.empty(len(order))
        for head, (_, test) in zip(heads, folds, strict=True):
            values[test], scores[test] = head.predict(_rows(features, test))
        return values.astype(str), scores

    return Predictor(whole.predict, crossed=predict)


def senteval_order(words: Any, labels: Any, places: Any) -> Any:
    """Places of items as SentEval sorts them: by number of words (of the first text, then the second), then label."""
    return np.lexsort([places, labels, *np.asarray(words).T[::-1]])


def first_of_each(order: Any, labels: Any, per_label: int) -> list[int]:
    """The first `per_label` places of each label, in this order."""
    seen, found = Counter[str](), []
    for place in order:
        if seen[label := str(labels[place])] < per_label:
            seen[label] += 1
            found.append(int(place))
    return found


@dataclass
class _Later:
    """A head that is fitted when it is first asked; BLAS is held to one thread meanwhile."""

    fit: Callable[[], Predictor]

    @cached_property
    def _head(self) -> Predictor:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            return self.fit()

    def predict(self, features: Any) -> tuple[Any, Any]:
        assert self._head.predict is not None
        return self._head.predict(features)


def _rows(features: Any, index: Any) -> Any:
    return [features[place] for place in index] if isinstance(features, list) else features[index]


def _folds(labels: Any) -> list[tuple[Any, Any]]:
    """SentEval's folds. DataError where there cannot be any."""
    from sklearn.model_selection import StratifiedKFold

    most = Counter(labels.tolist()).most_common(1)
    if not most or most[0][1] < N_FOLDS:
        raise DataError(
            f"protocol senteval has {N_FOLDS} folds, and no label has {N_FOLDS} texts. Take the protocol few-shot."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some label has fewer texts
        return list(StratifiedKFold(N_FOLDS, shuffle=True, random_state=SEED).split(labels, labels))


def _inner(features: Any, labels: Any) -> Iterator[tuple[Any, Any, Any, Any]]:
    for train, test in _folds(labels):
        yield features[train], labels[train], features[test], labels[test]


def _fitted(features: Any, labels: Any, grid: Sequence[float], folds: Sequence[tuple[Any, Any, Any, Any]]) -> Predictor:
    """The head with the C of the best mean accuracy, rounded as SentEval does; of equals the smallest."""
    means = []
    for c in grid:
        right = [_logistic(x, y, C=c, random_state=SEED).score(asked, gold) for x, y, asked, gold in folds]
        means.append(round(100 * float(np.mean(right)), 2))
    chosen = grid[int(np.argmax(means))]
    return _by(_logistic(features, labels, C=chosen, random_state=SEED), C=chosen)


def _logistic(features: Any, labels: Any, **given: Any) -> Any:
    """scikit-learn's logistic regression; that it stopped after its steps is what the source's does too."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(**given).fit(features, labels)


def _by(model: Any, **facts: Any) -> Predictor:
    def predict(new: Any) -> tuple[Any, Any]:
        shares = model.predict_proba(new)
        return model.classes_[shares.argmax(axis=1)], shares.max(axis=1)

    weight, bias = for_each(model.coef_, model.intercept_)
    return Predictor(predict, facts=facts, linear=LinearHead(weight, bias, tuple(map(str, model.classes_))))


def _told(head: Predictor, labels: Any, per_label: int) -> Predictor:
    """The head with the number of labels that have fewer texts than were asked for."""
    n_short = sum(n < per_label for n in Counter(np.asarray(labels).tolist()).values())
    return replace(head, facts={**head.facts, "n_short": n_short})
