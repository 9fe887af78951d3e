"""Distributions from scipy.special, as scipy.stats has them, whose import takes most of a second."""

from typing import Any

from harness.stats.resample import Floats


def student(p: Floats | float, df: Floats | float) -> Any:
    """The value below which a share `p` of Student's t lies, with `df` degrees of freedom; both broadcast."""
    from scipy.special import stdtrit

    return stdtrit(df, p)


def student_tail(value: float, df: float) -> float:
    """The chance of a larger value of Student's t."""
    from scipy.special import stdtr

    return float(stdtr(df, -value))


def chi_squared(p: Floats | float, df: float) -> Any:
    """The value below which a share `p` of chi-squared lies, with `df` degrees of freedom."""
    from scipy.special import gammaincinv

    return 2 * gammaincinv(df / 2, p)
