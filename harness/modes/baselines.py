"""Rows without an encoder: what any encoder has to beat."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from harness.core.inputs import Input, Words
from harness.core.tags import OUTSIDE
from harness.metrics.labels import best_constant
from harness.modes import Predictor, baseline, several
from harness.modes.kmeans import kmeans
from harness.modes.zero_shot import in_turns, within

_ALPHAS = (0.1, 0.3, 1.0, 3.0, 10.0)
#: The penalty is chosen on no more texts than these: leave-one-out takes the cube of their number.
MOST_TO_CHOOSE = 2_500

#: What can be learnt of texts; other targets are told by how alike these are.
_LEARNT = ("class", "labels", "value")


@baseline("majority", targets=(*_LEARNT, "tags"), needs_train=(*_LEARNT, "tags"), probability=True)
def majority(texts: Sequence[Input], labels: Any, rng: Any) -> Predictor:
    """Always the commonest label of the training texts; of numbers their mean; of several labels those that pay.

    These are the commonest ones, as many as have the best micro F1 as the answer for all training texts. Of a word the
    tag that it has there most often, else O.
    """
    if texts and isinstance(texts[0], Words):
        return _tag_of_word(words_of(texts), labels)
    if several.are(labels):
        known = sorted({label for own in labels for label in own})
        shares = several.indicators(labels, known).mean(axis=0)
        said, _ = best_constant(shares)
        return Predictor(
            lambda new: (np.tile(said, (len(new), 1)), np.tile(shares, (len(new), 1))), labels=tuple(known)
        )
    labels = np.asarray(labels)
    if labels.dtype.kind == "f":
        return Predictor(lambda new: (np.full(len(new), labels.mean()),) * 2)
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


def fitted_tfidf(texts: Sequence[str], labels: Sequence[Any] | None) -> tuple[Any, Any]:
    """The two steps apart, for timing: texts -> features, and features -> labels (None without labels)."""
    from sklearn.linear_model import Ridge, RidgeClassifier

    vectorise = vectoriser()
    features = vectorise.fit_transform(texts)
    if labels is None:
        return vectorise.transform, None
    model = Ridge() if isinstance(labels[0], float) else RidgeClassifier()
    target = several.columns(labels, several.names_of(labels)) if several.are(labels) else labels
    return vectorise.transform, model.fit(features, target).predict


@baseline(
    "tfidf", version=2, targets=(*_LEARNT, "number", "cluster", "relevant"), needs_train=_LEARNT, timed=fitted_tfidf
)
def tfidf(texts: Sequence[str] | None, labels: Any, rng: Any) -> Predictor:
    """TF-IDF of words (1-2) and characters (2-4): a ridge classifier or regression on it, else its cosine similarity.

    The penalty is chosen by leave-one-out among 5 values, on at most 2,500 of the texts. Words are weighted by the
    documents that are searched, or by the texts that are compared or clustered: these by k-means on 2 k principal
    dimensions.
    """
    if texts is None:
        return Predictor(compare=_tfidf_compare, rank=tfidf_search, group=_tfidf_groups)
    from sklearn.linear_model import Ridge, RidgeClassifier, RidgeClassifierCV, RidgeCV

    vectorise = vectoriser()
    features = vectorise.fit_transform(texts)
    if several.are(labels):
        known = several.names_of(labels)
        lines = _chosen(RidgeClassifierCV, RidgeClassifier, features, several.columns(labels, known))
        return Predictor(
            partial(_of_several, vectorise, lines), facts={"alpha": float(lines.alpha_)}, labels=tuple(known)
        )
    labels = np.asarray(labels)
    if labels.dtype.kind == "f":
        line = _chosen(RidgeCV, Ridge, features, labels)
        return Predictor(lambda new: (line.predict(vectorise.transform(new)),) * 2, facts={"alpha": float(line.alpha_)})
    model = _chosen(RidgeClassifierCV, RidgeClassifier, features, labels)

    def predict(new: Sequence[str]) -> tuple[Any, Any]:
        margins = model.decision_function(vectorise.transform(new))
        if margins.ndim == 1:
            return model.classes_[(margins > 0).astype(int)], np.abs(margins)
        return model.classes_[margins.argmax(axis=1)], margins.max(axis=1)

    return Predictor(predict, facts={"alpha": float(model.alpha_)})


def _chosen(choosing: Any, fixed: Any, features: Any, target: Any) -> Any:
    """The model fitted with the penalty that leave-one-out chooses, of many texts on some that stand for all.

    Those are evenly spaced in the order of the target, so that every class has its share of them.
    """
    n = features.shape[0]
    if n <= MOST_TO_CHOOSE:
        return choosing(alphas=_ALPHAS).fit(features, target)
    order = np.argsort(target, kind="stable") if target.ndim == 1 else np.arange(n)
    some = np.sort(order[np.linspace(0, n - 1, MOST_TO_CHOOSE).astype(int)])
    alpha = choosing(alphas=_ALPHAS).fit(features[some], target[some]).alpha_
    model = fixed(alpha=alpha, solver="sparse_cg", tol=1e-8).fit(features, target)
    model.alpha_ = alpha
    return model


def _of_several(vectorise: Any, model: Any, new: Sequence[str]) -> tuple[Any, Any]:
    margins = model.decision_function(vectorise.transform(new)).reshape(len(new), -1)
    return margins > 0, margins


@baseline("bm25", targets=("relevant",), needs_train=())
def bm25(texts: None, labels: None, rng: Any) -> Predictor:
    """BM25 (k1 = 1.5, b = 0.75) over lower-cased words, as the library bm25s scores it."""
    return Predictor(rank=_bm25_search)


def _bm25_search(
    queries: Sequence[str],
    documents: Sequence[str],
    depth: int,
    sought: Sequence[Any] | None = None,
    among: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    import bm25s

    words = [re.findall(r"\w+", text.lower()) for text in documents]
    index = bm25s.BM25(k1=1.5, b=0.75)
    index.index(words, show_progress=False)
    asked = [[word for word in re.findall(r"\w+", text.lower()) if word in index.vocab_dict] for text in queries]
    nothing = np.zeros(len(documents), dtype=np.float32)

    def scores(words: Sequence[str]) -> Any:
        return index.get_scores(words) if words else nothing

    if among is not None:
        return within([scores(words)[own] for words, own in zip(asked, among, strict=True)], among)
    shape = len(queries), len(documents)
    return in_turns(lambda some: np.stack([scores(words) for words in asked[some]]), shape, depth, sought)


def _tfidf_compare(one: Sequence[str], other: Sequence[str]) -> Any:
    from sklearn.preprocessing import normalize

    vectorise = vectoriser().fit([*one, *other])
    left, right = (normalize(vectorise.transform(side)) for side in (one, other))
    return np.asarray(left.multiply(right).sum(axis=1)).ravel()


def _tfidf_groups(texts: Sequence[str], k: int) -> Any:
    """K-means on what TruncatedSVD keeps of TF-IDF vectors, made of length 1 (latent semantic analysis).

    Twice as many dimensions as clusters: of short texts more of them hold little but what single texts are made of.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    features = normalize(vectoriser().fit_transform(texts))
    n_dimensions = min(2 * k, features.shape[1], len(texts))
    return kmeans(normalize(TruncatedSVD(n_dimensions, random_state=0).fit_transform(features)), k)


def tfidf_search(
    queries: Sequence[str],
    documents: Sequence[str],
    depth: int,
    sought: Sequence[Any] | None = None,
    among: Sequence[Any] | None = None,
) -> tuple[Any, ...]:
    """Cosine search over TF-IDF vectors fitted on the documents. Returns what `zero_shot.search` does."""
    from sklearn.preprocessing import normalize

    vectorise = vectoriser()  # each half has length 1, or 0 where a text has no word
    corpus = normalize(vectorise.fit_transform(documents))
    asked = normalize(vectorise.transform(queries))
    if among is not None:
        return within([(corpus[own] @ asked[at].T).toarray()[:, 0] for at, own in enumerate(among)], among)
    shape = len(queries), len(documents)
    return in_turns(lambda some: (asked[some] @ corpus.T).toarray(), shape, depth, sought)


def vectoriser() -> Any:
    """Word 1-2-grams and in-word character 2-4-grams, TF-IDF weighted, the two halves side by side."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    return make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
    )
