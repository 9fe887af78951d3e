"""Rows without an encoder: what any encoder has to beat."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.core.inputs import Input, Words
from harness.core.tags import OUTSIDE
from harness.modes import Predictor, baseline
from harness.modes.zero_shot import rank

_ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0)


@baseline("majority", targets=("class", "tags"), needs_train=("class", "tags"))
def majority(texts: Sequence[Input], labels: Any, rng: Any) -> Predictor:
    """Always the commonest label of the training texts; of a word the tag that it has there most often, else O."""
    if texts and isinstance(texts[0], Words):
        return _tag_of_word(words_of(texts), labels)
    names, counts = np.unique(labels, return_counts=True)
    commonest, share = names[counts.argmax()], float(counts.max() / counts.sum())

    def predict(new: Sequence[Input]) -> tuple[Any, Any]:
        return np.repeat(commonest, len(new)), np.repeat(share, len(new))

    return Predictor(predict)


def words_of(lists: Sequence[Any]) -> list[str]:
    """The words of all lists, one after the other."""
    return [word for one in lists for word in one.words]


def _tag_of_word(words: Sequence[str], tags: Any) -> Predictor:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for word, tag in zip(words, tags.tolist(), strict=True):
        counts[word][tag] += 1
    known = {word: min(own, key=lambda tag: (-own[tag], tag)) for word, own in counts.items()}

    def predict(new: Sequence[Input]) -> tuple[Any, Any]:
        asked = words_of(new)
        shares = [counts[word][known[word]] / counts[word].total() if word in known else 1.0 for word in asked]
        return np.array([known.get(word, OUTSIDE) for word in asked], dtype=str), np.array(shares)

    return Predictor(predict)


def fitted_tfidf(texts: Sequence[str], labels: Sequence[str] | None) -> tuple[Any, Any]:
    """The two steps apart, for timing: texts -> features, and features -> labels (None without labels)."""
    from sklearn.linear_model import RidgeClassifier

    vectorise = vectoriser()
    features = vectorise.fit_transform(texts)
    predict = None if labels is None else RidgeClassifier().fit(features, labels).predict
    return vectorise.transform, predict


@baseline("tfidf", targets=("class", "number", "relevant"), needs_train=("class",), timed=fitted_tfidf)
def tfidf(texts: Sequence[str] | None, labels: Any, rng: Any) -> Predictor:
    """TF-IDF of words (1-2) and characters (2-4): a ridge classifier on it, else its cosine similarity.

    The penalty is chosen by leave-one-out among 5 values. Words are weighted by the documents that are searched, or by
    the texts that are compared.
    """
    if texts is None:
        return Predictor(compare=_tfidf_compare, rank=tfidf_search)
    from sklearn.linear_model import RidgeClassifierCV

    vectorise = vectoriser()
    model = RidgeClassifierCV(alphas=_ALPHAS).fit(vectorise.fit_transform(texts), labels)

    def predict(new: Sequence[str]) -> tuple[Any, Any]:
        margins = model.decision_function(vectorise.transform(new))
        if margins.ndim == 1:
            return model.classes_[(margins > 0).astype(int)], np.abs(margins)
        return model.classes_[margins.argmax(axis=1)], margins.max(axis=1)

    return Predictor(predict, facts={"alpha": float(model.alpha_)})


@baseline("bm25", targets=("relevant",), needs_train=())
def bm25(texts: None, labels: None, rng: Any) -> Predictor:
    """BM25 (k1 = 1.5, b = 0.75) over lower-cased words, as the library bm25s scores it."""
    return Predictor(rank=_bm25_search)


def _bm25_search(
    queries: Sequence[str], documents: Sequence[str], depth: int, sought: Sequence[Any] | None = None
) -> tuple[Any, ...]:
    import bm25s

    words = [re.findall(r"\w+", text.lower()) for text in documents]
    index = bm25s.BM25(k1=1.5, b=0.75)
    index.index(words, show_progress=False)
    asked = [[word for word in re.findall(r"\w+", text.lower()) if word in index.vocab_dict] for text in queries]
    nothing = np.zeros(len(documents), dtype=np.float32)
    similarity = np.stack([index.get_scores(words) if words else nothing for words in asked])
    return rank(similarity, depth, sought)


def _tfidf_compare(one: Sequence[str], other: Sequence[str]) -> Any:
    from sklearn.preprocessing import normalize

    vectorise = vectoriser().fit([*one, *other])
    left, right = (normalize(vectorise.transform(side)) for side in (one, other))
    return np.asarray(left.multiply(right).sum(axis=1)).ravel()


def tfidf_search(
    queries: Sequence[str], documents: Sequence[str], depth: int, sought: Sequence[Any] | None = None
) -> tuple[Any, ...]:
    """Cosine search over TF-IDF vectors fitted on the documents. Returns what `zero_shot.search` does."""
    from sklearn.preprocessing import normalize

    vectorise = vectoriser()  # each half has length 1, or 0 where a text has no word
    corpus = normalize(vectorise.fit_transform(documents))
    similarity = (normalize(vectorise.transform(queries)) @ corpus.T).toarray()
    return rank(similarity, depth, sought)


def vectoriser() -> Any:
    """Word 1-2-grams and in-word character 2-4-grams, TF-IDF weighted, the two halves side by side."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    return make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
    )
