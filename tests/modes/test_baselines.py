"""The rows that need no encoder."""

import math
import re

import numpy as np
import pytest

from harness.modes import baselines
from harness.modes.baselines import bm25, fitted_tfidf, majority, tfidf, tfidf_search
from tests.fakes.components import component_of, predicted

GOOD = ["what a good film", "good food, kind waiter", "a good and lovely book", "lovely day", "so good"]
BAD = ["what a bad film", "bad food, rude waiter", "a bad and awful book", "awful day", "so bad"]
MEH = ["an average film", "average food", "an average book, by and large", "average day", "so average"]
LABELS = np.array(["good"] * 5 + ["bad"] * 5 + ["meh"] * 5)


def test_majority_always_answers_with_the_commonest_label() -> None:
    predictor = majority(["a"] * 5, np.array(["x", "y", "y", "y", "x"]), None)
    values, scores = predicted(predictor, ["anything", "at", "all"])
    assert values.tolist() == ["y"] * 3
    assert scores.tolist() == [0.6] * 3


def test_majority_of_numbers_is_their_mean() -> None:
    values, _ = predicted(majority(["a"] * 3, np.array([1.0, 2.0, 6.0]), None), ["anything", "at all"])
    assert values.tolist() == [3.0, 3.0]


def test_tfidf_learns_the_words_that_go_with_large_numbers() -> None:
    predictor = tfidf(GOOD + BAD, np.array([5.0] * 5 + [1.0] * 5), None)
    good, bad, unknown = predicted(predictor, ["a good phone", "a bad phone", "zzz"])[0]
    assert good > unknown > bad
    assert predictor.facts["alpha"] in (0.1, 0.3, 1.0, 3.0, 10.0)
    vectorise, predict = fitted_tfidf(GOOD + BAD, (5.0,) * 5 + (1.0,) * 5)
    assert predict(vectorise(["a good phone"]))[0] > 3  # what is timed predicts a number too


@pytest.mark.parametrize("n_classes", [2, 3])
def test_tfidf_learns_the_words_that_tell_classes_apart(n_classes: int) -> None:
    texts, labels = (GOOD + BAD + MEH)[: 5 * n_classes], LABELS[: 5 * n_classes]
    predictor = tfidf(texts, labels, None)
    new = ["this phone is good", "bad phone", "an average phone"][:n_classes]
    values, scores = predicted(predictor, new)
    assert values.tolist() == ["good", "bad", "meh"][:n_classes]
    assert len(scores) == n_classes
    assert predictor.facts["alpha"] in (0.1, 0.3, 1.0, 3.0, 10.0)


def test_tfidf_learns_from_one_text_a_class() -> None:
    predictor = tfidf([GOOD[0], BAD[1], MEH[3]], np.array(["good", "bad", "meh"]), None)
    assert predicted(predictor, ["good film", "rude waiter", "average"])[0].tolist() == ["good", "bad", "meh"]


def test_tfidf_reads_texts_without_a_known_word() -> None:
    values, scores = predicted(tfidf(GOOD + BAD, LABELS[:10], None), ["", "😀", "日本語", "go0d"])
    assert set(values) <= {"good", "bad"}
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("kind", ["class", "value", "labels"])
def test_tfidf_of_many_texts_answers_as_of_few(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The penalty is chosen on some of them, the fit is of all."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["red", "blue", "green", "grey", "old", "new"], 5)) for _ in range(400)]
    n_red = np.array([text.count("red") for text in texts])
    told = {"class": np.where(n_red > 1, "many", "few"), "value": n_red * 1.0, "labels": None}[kind]
    target = told if told is not None else [tuple(w for w in ("red", "old") if w in text) for text in texts]
    learnt, asked = target[:300], texts[300:]
    whole = tfidf(texts[:300], learnt, None)
    monkeypatch.setattr(baselines, "MOST_TO_CHOOSE", 150)
    some = tfidf(texts[:300], learnt, None)
    if some.facts == whole.facts:
        np.testing.assert_allclose(whole.predict(asked)[1], some.predict(asked)[1], atol=1e-6)
    answers = [model.predict(asked)[0] for model in (whole, some)]
    if kind == "value":
        assert np.corrcoef(*answers)[0, 1] > 0.99
    else:
        assert (answers[0] == answers[1]).mean() > 0.97


def test_tfidf_search_finds_the_document_that_shares_rare_words() -> None:
    cat = "the cat sat on the mat"
    documents = [cat, "rates rose in March", "the dog sat on the rug", cat]
    order, similarity = tfidf_search(["cat on a mat", "March rates", "zzz", cat], documents, depth=3)
    assert order[:2, 0].tolist() == [0, 1]
    assert order[0, :2].tolist() == [0, 3]  # the same text twice: the first comes first
    assert order[2].tolist() == [0, 1, 2]
    assert similarity[2].tolist() == [0, 0, 0]
    assert similarity[3, :2] == pytest.approx([1.0, 1.0])  # a cosine: a text is as similar to itself as can be


def test_every_baseline_says_where_it_applies() -> None:
    for function in (majority, tfidf, bm25):
        component = component_of(function)
        assert component.kind == "baseline"
        assert set(component.facts["needs_train"]) <= set(component.facts["targets"])
        assert component.summary
        assert getattr(baselines, component.name) is function


def test_bm25_ranks_as_its_formula_does() -> None:
    """Robertson's formula by hand: idf times tf (k1 + 1) / (tf + k1 (1 - b + b length / mean length))."""
    documents = ["The cat sat on the mat", "rates rose in March, rates fell in May", "a dog", ""]
    words = [re.findall(r"\w+", text.lower()) for text in documents]
    mean = float(np.mean([len(one) for one in words]))

    def score(query: str, one: list[str]) -> float:
        total = 0.0
        for word in re.findall(r"\w+", query.lower()):
            n, tf = sum(word in other for other in words), one.count(word)
            idf = math.log(1 + (len(words) - n + 0.5) / (n + 0.5))
            total += idf * tf / (tf + 1.5 * (1 - 0.75 + 0.75 * len(one) / mean)) if n else 0.0
        return total

    queries = ["rates in march", "Cat on a mat", "nothing known", ""]
    predictor = bm25(None, None, None)
    assert predictor.rank is not None
    order, similarity = predictor.rank(queries, documents, 4, None)
    for query, places, values in zip(queries, order, similarity, strict=True):
        by_hand = np.array([score(query, one) for one in words])
        assert places.tolist() == np.argsort(-by_hand, kind="stable").tolist()
        assert values == pytest.approx(np.sort(by_hand)[::-1], rel=1e-4)


def test_tfidf_compares_pairs_by_cosine() -> None:
    predictor = tfidf(None, None, None)
    assert predictor.compare is not None
    found = predictor.compare(["a cat sat", "rates rose", ""], ["a cat sat", "why not", "x"])
    assert found.tolist() == pytest.approx([1.0, 0.0, 0.0])
