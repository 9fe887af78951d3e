"""Work that never ends is given up, and what ends in a way of its own is an error like others."""

import threading

import pytest

from harness.core.errors import EncoderError
from harness.encoders.library import LibraryError, within


class Panic(BaseException):
    """As native code raises them: no `Exception`."""


def fail(error: BaseException) -> None:
    raise error


def test_what_ends_in_time_gives_what_it_returns() -> None:
    assert within(9, "work", lambda: 3) == 3
    assert within(9, "work", lambda: None) is None


def test_what_does_not_end_is_given_up_by_its_name() -> None:
    never = threading.Event()
    with pytest.raises(EncoderError, match=r"encoder 'a': loading took over 0 seconds and was given up"):
        within(0.05, "encoder 'a': loading", never.wait)
    never.set()


def test_an_error_goes_on_as_it_is_and_a_panic_as_one_of_a_library() -> None:
    with pytest.raises(ZeroDivisionError, match="of mine"):
        within(9, "work", lambda: fail(ZeroDivisionError("of mine")))
    with pytest.raises(LibraryError, match="of theirs") as caught:
        within(9, "work", lambda: fail(Panic("of theirs")))
    assert caught.value.kind == "Panic"
