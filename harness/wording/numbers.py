"""How numbers are written: the one place that decides decimals, units and signs."""

import math

#: What stands where there is no number.
NONE = "–"


def fixed(value: float, decimals: int) -> str:
    """A number with thousands separators and a true minus sign; never a negative zero."""
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and text.strip("0.,") != ""
    return f"−{text}" if negative else text


def signed(value: float, decimals: int) -> str:
    """The same with a plus sign for what is above zero."""
    text = fixed(value, decimals)
    return text if text.startswith("−") or text.strip("0.,") == "" else f"+{text}"


def significant(value: float, digits: int = 3) -> str:
    """A positive number with this many significant digits, without an exponent: `0.123`, `12.3`, `1,230`."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else NONE
    magnitude = math.floor(math.log10(abs(value)))
    rounded = round(value, digits - 1 - magnitude)
    magnitude = math.floor(math.log10(abs(rounded)))
    return fixed(rounded, max(0, digits - 1 - magnitude))


def optional(value: float | None, digits: int = 3) -> str:
    """`significant`, or a dash."""
    return NONE if value is None else significant(value, digits)


def bounds(low: float, high: float, decimals: int = 1) -> str:
    """`[77.3, 82.1]`; nothing where there is no interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{fixed(low, decimals)}, {fixed(high, decimals)}]"


def percent(share: float | None) -> str:
    """A share of 0..1 as `12 %`; one decimal below ten percent, none at exactly 0 or 1."""
    if share is None:
        return NONE
    value = 100 * share
    if share in (0, 1):
        return f"{value:.0f} %"
    if value < 0.05:
        return "<0.1 %"
    return f"{fixed(value, 1 if value < 9.95 or 99.5 < value < 100 else 0)} %"


def count(value: int | None) -> str:
    """`1,000`, or a dash."""
    return NONE if value is None else f"{value:,}"


def parameters(value: int | None) -> str:
    """`22.7M`, `110M`, `1.24B`, or a dash."""
    if value is None:
        return NONE
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return significant(value / size) + unit
    return str(value)


def megabytes(n_bytes: float) -> str:
    """Bytes as `438.0 MB`, from a thousand of these on as `1.2 GB`; never less than `0.1 MB`."""
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{max(0.1, n_bytes / 1e6):,.1f} MB"


def milliseconds(value: float | None) -> str:
    """Three significant digits and the unit, or a dash."""
    return NONE if value is None else f"{significant(value)} ms"


def times(ratio: float) -> str:
    """A ratio as `1.9×`."""
    return f"{significant(ratio, ratio_digits(ratio))}×"


def ratio_digits(ratio: float) -> int:
    """Two significant digits for a ratio; three close to 1 and from 10 on, where two would say too little."""
    return 3 if ratio >= 10 or 0.9 < ratio < 1.1 else 2


def plural(n: int, one: str, many: str | None = None) -> str:
    """`1 cell`, `2 cells`."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def listed(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def trimmed(value: float) -> str:
    """At most one decimal, none where it would be a zero: `3`, `1.5`."""
    return f"{value:.1f}".removesuffix(".0")


def duration(seconds: float) -> str:
    """`41 s`, `12 min`, `3.1 h`: two digits that matter."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{significant(seconds / size, 2)} {unit}"
    return f"{significant(seconds, 2)} s"
