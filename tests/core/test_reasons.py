"""Every error has a reason class, and says all at once."""

import pytest

from harness.core import errors
from harness.core.errors import Fault, HarnessError, SuiteError, reason_of

REASONS = {"missing-file", "bad-data", "bad-encoder", "not-finite", "out-of-memory", "not-applicable"}
OURS = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, HarnessError)]


@pytest.mark.parametrize("kind", OURS)
def test_our_errors_have_a_known_reason_and_a_docstring(kind: type[HarnessError]) -> None:
    assert kind.reason in REASONS
    assert kind.__doc__


def test_an_error_may_be_filed_under_another_reason() -> None:
    assert reason_of(errors.EncoderError("x")) == "bad-encoder"
    assert reason_of(errors.EncoderError("x", reason="missing-file")) == "missing-file"
    assert errors.EncoderError.reason == "bad-encoder"


def test_the_systems_errors_are_recognised() -> None:
    import torch

    assert reason_of(FileNotFoundError("a")) == "missing-file"
    assert reason_of(MemoryError()) == reason_of(torch.OutOfMemoryError("x")) == "out-of-memory"
    assert reason_of(ValueError("x")) == "bug"


def test_a_suite_error_says_everything_with_its_place() -> None:
    error = SuiteError([Fault("s.yaml:3:5", "bad.", "Do this."), Fault("s.yaml:9:1", "worse.")])
    assert str(error) == "s.yaml:3:5: bad. Do this.\ns.yaml:9:1: worse."
    assert len(error.faults) == 2
