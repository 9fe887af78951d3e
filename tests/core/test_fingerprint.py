"""Canonical JSON and its hash."""

import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.fingerprint import canonical, file_hash, fingerprint

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("aé😀")
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text("abc", max_size=3), v, max_size=4),
    max_leaves=9,
)


@dataclass(frozen=True)
class Point:
    x: int
    y: Any


def reordered(value: Any) -> Any:
    """The same value with the keys of every mapping in another order, and tuples for lists."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(list(value))}
    return tuple(map(reordered, value)) if isinstance(value, list) else value


@given(values)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    assert canonical(reordered(value)) == canonical(value)
    assert fingerprint(reordered(value)) == fingerprint(value)


@given(values, values)
def test_different_values_have_different_fingerprints(a: Any, b: Any) -> None:
    """Types count: Python calls 1, 1.0 and True equal, a key must not."""
    assert (fingerprint(a) == fingerprint(b)) == (repr(typed(a)) == repr(typed(b)))


def typed(value: Any) -> Any:
    """The value with its types, for comparison by `repr`."""
    if isinstance(value, dict):
        return "mapping", sorted((key, repr(typed(inner))) for key, inner in value.items())
    return [typed(v) for v in value] if isinstance(value, list) else (type(value).__name__, value)


def test_numbers_of_another_type_are_other_values() -> None:
    assert len({fingerprint(v) for v in (1, 1.0, True, "1", [1], None, 0, "")}) == 8


@given(st.lists(st.integers(), min_size=2, unique=True))
def test_the_order_of_a_list_matters(value: list[int]) -> None:
    assert fingerprint(value) != fingerprint(value[::-1])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_without_a_canonical_form_are_refused_wherever_they_are(value: float) -> None:
    for holder in (value, [1, value], {"a": (value,)}, Point(1, {"b": value})):
        with pytest.raises(TypeError, match="has no canonical form"):
            fingerprint(holder)


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), Point, lambda: 0, Path("a"), 1j])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="has no canonical form"):
        fingerprint({"a": value})


def test_keys_must_be_texts() -> None:
    """JSON would make `1` and `"1"` the same key."""
    with pytest.raises(TypeError, match=r"a key of .* is not a string"):
        fingerprint({1: 2})


def test_a_dataclass_is_its_fields() -> None:
    assert canonical(Point(1, Point(2, None))) == '{"x":1,"y":{"x":2,"y":null}}'


def test_the_fingerprint_of_a_value_stays() -> None:
    """Stored keys must be found again by every later version, process and machine."""
    value = {"b": [1, 2.5, None, True], "a": "é😀"}
    assert canonical(value) == '{"a":"é😀","b":[1,2.5,null,true]}'
    assert fingerprint(value) == "5b533feb3b685c1ebcb5a5e447010e7f"


@pytest.mark.processes
def test_another_process_with_another_hash_seed_gives_the_same() -> None:
    code = "from harness.core.fingerprint import fingerprint; print(fingerprint(dict.fromkeys({'x', 'y', 'z'})))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert said == {fingerprint({"z": None, "y": None, "x": None})}


def test_the_hash_of_a_file_is_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert file_hash(tmp_path / "empty").startswith("e3b0c44298fc1c14")
    (tmp_path / "abc").write_bytes(b"abc")
    assert file_hash(tmp_path / "abc").startswith("ba7816bf8f01cfea")
