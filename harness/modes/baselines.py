"""Rows without an encoder: what any encoder has to beat."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.modes import Predictor, baseline
from harness.modes.zero_shot import rank

_ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0)


#: What can be learnt of texts; other targets are told by how alike these are.
_LEARNT = ("class", "value")


@baseline("majority", targets=_LEARNT, needs_train=_LEARNT)
def majority(texts: Sequence[str], labels: Any, rng: Any) -> Predictor:
    """Always the commonest label of the training texts; of numbers their mean."""
    labels = np.asarray(labels)
    if labels.dtype.kind == "f":
        return Predictor(lambda new: (np.full(len(new), labels.mean()),) * 2)
    names, counts = np.unique(labels, return_counts=True)
    commonest, share = names[counts.argmax()], float(counts.max() / counts.sum())

    def predict(new: Sequence[str]) -> tuple[Any, Any]:
        return np.repeat(commonest, len(new)), np.repeat(share, len(new))

    return Predictor(predict)


def fitted_tfidf(texts: Sequence[str], labels: Sequence[Any] | None) -> tuple[Any, Any]:
    """The two steps apart, for timing: texts -> features, and features -> labels (None without labels)."""
    from sklearn.linear_model import Ridge, RidgeClassifier

    vectorise = vectoriser()
    features = vectorise.fit_transform(texts)
    if labels is None:
        return vectorise.transform, None
    model = Ridge() if isinstance(labels[0], float) else RidgeClassifier()
    return vectorise.transform, model.fit(features, labels).predict


@baseline("tfidf", targets=("class", "number", "relevant", "value"), needs_train=_LEARNT, timed=fitted_tfidf)
def tfidf(texts: Sequence[str] | None, labels: Any, rng: Any) -> Predictor:
    """TF-IDF of words (1-2) and characters (2-4): a ridge classifier or regression on it, else its cosine similarity.

    The penalty is chosen by leave-one-out among 5 values. Words are weighted by the documents that are searched, or by
    the texts that are compared.
    """
    if texts is None:
        return Predictor(compare=_tfidf_compare, rank=tfidf_search)
    from sklearn.linear_model import RidgeClassifierCV, RidgeCV

    vectorise, labels = vectoriser(), np.asarray(labels)
    features = vectorise.fit_transform(texts)
    if labels.dtype.kind == "f":
        line = RidgeCV(alphas=_ALPHAS).fit(features, labels)
        return Predictor(lambda new: (line.predict(vectorise.transform(new)),) * 2, facts={"alpha": float(line.alpha_)})
    model = RidgeClassifierCV(alphas=_ALPHAS).fit(features, labels)

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
