"""A linear head for numbers."""

from typing import Any

import numpy as np

from harness.modes import Predictor, head

ALPHAS = tuple(float(10.0**power) for power in range(-1, 7))


@head("ridge", targets=("number",), resources=("held_out",))
def ridge(
    vectors: Any, numbers: Any, rng: np.random.Generator, *, held_out: tuple[Any, Any] | None = None
) -> Predictor:
    """Ridge regression on standardised vectors, its penalty chosen by leave-one-out among 8, or by a validation side.

    vectors (n, d), numbers (n,). The smallest mean squared error chooses.
    """
    from sklearn.linear_model import Ridge, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    vectors, numbers = np.asarray(vectors, dtype=np.float64), np.asarray(numbers, dtype=np.float64)
    if held_out is None:
        model = make_pipeline(StandardScaler(), RidgeCV(alphas=ALPHAS)).fit(vectors, numbers)
        chosen = float(model[-1].alpha_)
    else:
        fits = {alpha: make_pipeline(StandardScaler(), Ridge(alpha)).fit(vectors, numbers) for alpha in ALPHAS}
        beside, known = np.asarray(held_out[0], dtype=np.float64), np.asarray(held_out[1], dtype=np.float64)
        chosen = min(ALPHAS, key=lambda alpha: float(((fits[alpha].predict(beside) - known) ** 2).mean()))
        model = fits[chosen]

    def predict(new: Any) -> tuple[Any, Any]:
        values = model.predict(np.asarray(new, dtype=np.float64))
        return values, values

    return Predictor(predict, facts={"alpha": chosen})
