"""How numbers are written."""

import pytest

from harness.wording import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.123"), (9.996, "10.0"), (12.34, "12.3"), (1234.5, "1,230"), (0.0009996, "0.00100"), (0, "0")],
)
def test_three_significant_digits(value: float, text: str) -> None:
    assert numbers.significant(value) == text


@pytest.mark.parametrize(("value", "text"), [(-0.04, "0.0"), (-2.15, "−2.1"), (2.1, "+2.1"), (0.0, "0.0")])
def test_signs(value: float, text: str) -> None:
    """A true minus sign, a plus sign where a change is meant, and never a negative zero."""
    assert numbers.signed(value, 1) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (1, "100 %"), (0.0004, "<0.1 %"), (0.0312, "3.1 %"), (0.48, "48 %"), (0.997, "99.7 %"), (None, "–")],
)
def test_percent(share: float | None, text: str) -> None:
    """All and nothing are said only where it is all or nothing."""
    assert numbers.percent(share) == text


@pytest.mark.parametrize(("n", "text"), [(22_713_216, "22.7M"), (1_240_000_000, "1.24B"), (512, "512"), (None, "–")])
def test_parameters(n: int, text: str) -> None:
    assert numbers.parameters(n) == text


@pytest.mark.parametrize(("ratio", "text"), [(1.94, "1.9×"), (0.0365, "0.036×"), (28.21, "28.2×"), (1.012, "1.01×")])
def test_ratios_close_to_one_have_another_digit(ratio: float, text: str) -> None:
    assert numbers.times(ratio) == text


def test_bounds_are_left_out_where_there_are_none() -> None:
    assert numbers.bounds(77.34, 82.06) == "[77.3, 82.1]"
    assert numbers.bounds(float("nan"), float("nan")) == ""


def test_lists_read_as_a_sentence() -> None:
    assert [numbers.listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
