"""Distributions are those of scipy.stats, to the last bit."""

import numpy as np

from harness.stats import distributions


def test_quantiles_and_tails_are_those_of_scipy() -> None:
    from scipy.stats import chi2, t

    rng = np.random.default_rng(0)
    p, df = 10 ** rng.uniform(-9, 0, 5000), 10 ** rng.uniform(0, 5, 5000)
    assert np.array_equal(distributions.student(p, df), t.ppf(p, df))
    assert np.array_equal(-distributions.student(p, df), t.isf(p, df))
    assert distributions.student(0.975, np.inf) == t.ppf(0.975, np.inf)
    for value in (-3.0, 0.0, 0.4, 12.0):
        assert distributions.student_tail(value, 7.5) == t.sf(value, 7.5)
    for freedom in (1, 2, 7, 300):
        assert np.array_equal(distributions.chi_squared(p, freedom), chi2.ppf(p, freedom))
        assert distributions.chi_squared(0.5, freedom) == chi2.median(freedom)
