"""Student's t distribution from scipy.special, as scipy.stats has it, whose import takes most of a second."""

from typing import Any

from harness.stats.resample import Floats


def quantile(p: Floats | float, df: Floats | float) -> Any:
    """The value below which a share `p` lies, with `df` degrees of freedom; both broadcast."""
    from scipy.special import stdtrit

    return stdtrit(df, p)


def tail(value: float, df: float) -> float:
    """The chance of a larger value."""
    from scipy.special import stdtr

    return float(stdtr(df, -value))
