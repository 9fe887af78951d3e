"""Fixtures are those of the tests of encoders."""

from tests.encoders.conftest import _one_thread, own_cache, tiny

__all__ = ["_one_thread", "own_cache", "tiny"]
