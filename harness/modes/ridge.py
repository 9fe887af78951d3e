"""Ridge regression on standardised vectors, the head for numbers."""

from typing import Any

import numpy as np

from harness.modes import LinearHead, Predictor, head

#: Strengths of the L2 penalty that are chosen from.
ALPHAS = tuple(float(10.0**power) for power in range(-1, 7))


@head("ridge", version=2, targets=("number", "value"), resources=("held_out", "clusters"))
def ridge(
    vectors: Any,
    numbers: Any,
    rng: np.random.Generator,
    *,
    held_out: tuple[Any, Any] | None = None,
    clusters: Any = None,
) -> Predictor:
    """Ridge regression on standardised vectors, its penalty chosen among 8 by left-out clusters or a validation side.

    vectors (n, d), numbers (n,), clusters (n,) names of what is left out together, or None. The smallest mean squared
    error chooses.
    """
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import StandardScaler

    vectors, numbers = np.asarray(vectors, dtype=np.float64), np.asarray(numbers, dtype=np.float64)
    scaler = StandardScaler().fit(vectors)
    features = scaler.transform(vectors)
    fits = {alpha: Ridge(alpha).fit(features, numbers) for alpha in ALPHAS}
    if held_out is None:
        lost = dict(zip(ALPHAS, left_out(features, numbers, clusters, ALPHAS), strict=True))
    else:
        beside = scaler.transform(np.asarray(held_out[0], dtype=np.float64))
        lost = {a: float(((fit.predict(beside) - np.asarray(held_out[1])) ** 2).mean()) for a, fit in fits.items()}
    chosen = min(ALPHAS, key=lambda alpha: lost[alpha])
    fit = fits[chosen]

    def predict(new: Any) -> tuple[Any, Any]:
        values = fit.predict(scaler.transform(np.asarray(new, dtype=np.float64)))
        return values, values

    weight = (fit.coef_ / scaler.scale_)[None, :]
    linear = LinearHead(weight, np.array([fit.intercept_]) - weight @ scaler.mean_, ())
    return Predictor(predict, facts={"alpha": chosen}, linear=linear)


def left_out(features: Any, numbers: Any, clusters: Any, alphas: tuple[float, ...]) -> list[float]:
    """The mean squared error of each penalty on items that it was fitted without, a cluster at a time.

    features (n, d) with means of 0, numbers (n,), clusters (n,) or None, where each item is one. Nothing is fitted
    again: with H the hat matrix, the errors of a cluster g that is left out solve (I - H_gg) e = r_g (Cook and Weisberg
    1982, section 3.6).
    """
    names = np.arange(len(numbers)) if clusters is None else np.unique(clusters, return_inverse=True)[1].reshape(-1)
    sizes = np.bincount(names)
    single, several = np.flatnonzero(sizes[names] == 1), [np.flatnonzero(names == g) for g in np.flatnonzero(sizes > 1)]
    axes, lengths, _ = np.linalg.svd(features, full_matrices=False)
    centred = numbers - numbers.mean()
    found = []
    for alpha in alphas:
        scaled = axes * (lengths**2 / (lengths**2 + alpha))
        errors = centred - scaled @ (axes.T @ centred)
        hats = (scaled[single] * axes[single]).sum(axis=1) + 1 / len(numbers)
        squares = float(((errors[single] / (1 - hats)) ** 2).sum())
        for rows in several:
            own = np.eye(len(rows)) - scaled[rows] @ axes[rows].T - 1 / len(numbers)
            squares += float((np.linalg.lstsq(own, errors[rows], rcond=None)[0] ** 2).sum())
        found.append(squares / len(numbers))
    return found
