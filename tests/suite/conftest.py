"""Suites from text, with the catalogue that the command line uses."""

from collections.abc import Callable, Sequence

import pytest

from harness import suite, tasks
from harness.catalogue import catalogue
from harness.core.errors import SuiteError

Parse = Callable[..., suite.Suite]


def parsed(text: str, overrides: Sequence[str] = (), name: str = "suite.yaml") -> suite.Suite:
    return suite.parse(text, name, catalogue(), overrides, tasks.faults)


def faults_of(text: str, overrides: Sequence[str] = ()) -> list[str]:
    """What is said of a suite, a line each; nothing where it is sound."""
    try:
        parsed(text, overrides)
    except SuiteError as error:
        return str(error).splitlines()
    return []


@pytest.fixture
def parse() -> Parse:
    return parsed


@pytest.fixture
def faults() -> Callable[..., list[str]]:
    return faults_of
