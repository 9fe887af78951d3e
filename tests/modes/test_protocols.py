"""Protocols of a probe, held draw by draw and fold by fold against the steps of their sources, written out here."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest

from harness.core.errors import DataError
from harness.modes import Predictor, protocols
from harness.modes.protocols import Learnt, crossed, few_shot, mteb, senteval, senteval_order, standard
from tests.modes.test_probe import data

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def learnt(n: int, n_classes: int = 3, d: int = 6, **given: Any) -> Learnt:
    """Items as the harness has them, not in the order of their source; `fit` tells what it was given."""
    vectors, labels = data(n, d, n_classes, noise=1.0)
    rng = np.random.default_rng(1)
    fit: Any = lambda some: Predictor(facts={"features": some.features, "labels": some.labels})  # noqa: E731
    words = rng.integers(1, 12, size=(n, 1))
    return Learnt(vectors, labels, rng.permutation(n), words, fit, clusters=np.arange(n), **given)


def of_mteb(texts: list[int], labels: list[str], per_label: int, n_experiments: int) -> list[list[int]]:
    """`AbsTaskClassification._undersample_data` of mteb 2.26, called as `_evaluate_subset` calls it."""
    drawn, order = [], list(range(len(labels)))
    for _ in range(n_experiments):
        np.random.RandomState(42).shuffle(order)
        counter: dict[str, int] = defaultdict(int)
        sampled = []
        for i in order:
            if counter[labels[i]] < per_label:
                sampled.append(texts[i])
                counter[labels[i]] += 1
        drawn.append(sampled)
    return drawn


@pytest.mark.parametrize("per_label", [2, 8])
def test_mteb_draws_the_texts_and_predicts_the_labels_that_its_source_does(per_label: int) -> None:
    from sklearn.linear_model import LogisticRegression

    own = learnt(90)
    by_place = np.argsort(own.places)  # the rows of the source in its order, by their place here
    expected = of_mteb(by_place.tolist(), own.labels[by_place].tolist(), per_label, 4)
    asked = data(50, 6, 3, seed=7)[0]
    for draw, places in enumerate(expected):
        plain = LogisticRegression(max_iter=100, random_state=42).fit(own.features[places], own.labels[places])
        found = mteb(learnt(90, draw=draw), np.random.default_rng(0), per_label=per_label)
        assert found.predict(asked)[0].tolist() == plain.predict(asked).tolist()
        np.testing.assert_allclose(found.predict(asked)[1], plain.predict_proba(asked).max(axis=1))


def in_order_of_senteval(own: Learnt) -> Any:
    """As its tasks sort: `sorted(zip(samples, labels), key=lambda z: (len(z[0]), z[1]))` over the rows of a file."""
    rows = sorted(range(len(own.labels)), key=lambda i: own.places[i])
    return np.array(sorted(rows, key=lambda i: (own.words[i, 0], own.labels[i])))


def test_senteval_crosses_folds_as_its_inner_k_fold_classifier_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 3 folds in place of 10: prediction by prediction."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    monkeypatch.setattr(protocols, "N_FOLDS", 3)
    own = learnt(60, 2)
    order = in_order_of_senteval(own)
    x, y = own.features[order], own.labels[order]
    regs = [2**t for t in range(-2, 4, 1)]
    outer, inner = (StratifiedKFold(n_splits=3, shuffle=True, random_state=1111) for _ in range(2))
    expected = np.empty(60, dtype=y.dtype)
    for train, test in outer.split(x, y):
        scores = []
        for reg in regs:
            found = []
            for some, others in inner.split(x[train], y[train]):
                clf = LogisticRegression(C=reg, random_state=1111).fit(x[train][some], y[train][some])
                found.append(clf.score(x[train][others], y[train][others]))
            scores.append(round(100 * np.mean(found), 2))
        clf = LogisticRegression(C=regs[np.argmax(scores)], random_state=1111).fit(x[train], y[train])
        expected[order[test]] = clf.predict(x[test])
    made = crossed(own, lambda some: senteval(some, np.random.default_rng(0)))
    assert made.crossed(own.features)[0].tolist() == expected.tolist()


def test_senteval_with_a_test_side_chooses_by_folds_of_the_train_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """`KFoldClassifier`, with 3 folds in place of 10."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    monkeypatch.setattr(protocols, "N_FOLDS", 3)
    own, asked = learnt(60), data(40, 6, 3, seed=3)[0]
    order = in_order_of_senteval(own)
    x, y = own.features[order], own.labels[order]
    regs, scores = [2**t for t in range(-1, 6, 1)], []
    for reg in regs:
        found = []
        for train, test in StratifiedKFold(n_splits=3, shuffle=True, random_state=1111).split(x, y):
            found.append(LogisticRegression(C=reg, random_state=1111).fit(x[train], y[train]).score(x[test], y[test]))
        scores.append(round(100 * np.mean(found), 2))
    plain = LogisticRegression(C=regs[np.argmax(scores)], random_state=1111).fit(x, y)
    made = senteval(own, np.random.default_rng(0))
    assert made.facts["C"] == regs[np.argmax(scores)]
    assert made.predict(asked)[0].tolist() == plain.predict(asked).tolist()


def test_senteval_with_a_validation_side_chooses_by_it() -> None:
    """`SplitClassifier`."""
    from sklearn.linear_model import LogisticRegression

    known, gold = data(40, 6, 3, seed=5, noise=1.0)
    own = learnt(60, held_out=(known, gold))
    order = in_order_of_senteval(own)
    regs = [2**t for t in range(-2, 4, 1)]
    fits = [LogisticRegression(C=reg, random_state=1111).fit(own.features[order], own.labels[order]) for reg in regs]
    scores = [round(100 * fit.score(known, gold), 2) for fit in fits]
    assert senteval(own, np.random.default_rng(0)).facts["C"] == regs[np.argmax(scores)]


def test_the_order_of_pairs_is_by_words_of_the_first_text_then_of_the_second() -> None:
    words = np.array([[2, 1], [1, 9], [1, 3], [2, 1]])
    assert senteval_order(words, np.array(["b", "a", "a", "a"]), np.arange(4)).tolist() == [2, 1, 3, 0]


def test_few_shot_learns_so_many_texts_a_label_and_fewer_are_among_more() -> None:
    def seen(per_label: int, draw: int = 0) -> Any:
        items: Any = []
        own = learnt(90)
        fit: Any = lambda some: items.append(some) or Predictor()  # noqa: E731
        made = few_shot(Learnt(**{**vars(own), "fit": fit}), np.random.default_rng(draw), per_label=per_label)
        return items[0], made.facts["n_short"]

    four, n_short = seen(4)
    assert set(Counter(four.labels.tolist()).values()) == {4}
    assert n_short == 0
    assert set(four.clusters) < set(seen(12)[0].clusters)
    assert set(four.clusters) != set(seen(4, draw=1)[0].clusters)
    assert seen(89)[1] == 3  # all labels have fewer


def test_the_standard_protocol_learns_from_all() -> None:
    own = learnt(30)
    assert standard(own, np.random.default_rng(0)).facts["labels"].tolist() == own.labels.tolist()


def test_labels_of_fewer_texts_than_folds_cannot_be_crossed() -> None:
    with pytest.raises(DataError, match="no label has 10 texts"):
        crossed(learnt(12), lambda some: senteval(some, np.random.default_rng(0)))
