"""What holds for all tests."""

import platform
import subprocess
from collections.abc import Callable, Generator, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from harness.catalogue import catalogue
from harness.core import plugins

platform.processor()  # on some systems by `uname -p`; kept from here on, so that no test is the one to start it


def _refuse(*_: Any, **__: Any) -> None:
    pytest.fail("a test that starts a process is marked with @pytest.mark.processes")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Without the mark `processes` neither a test nor a fixture that it is the first to use starts a process.

    So `-m "not processes"` leaves out all that do.
    """
    if item.get_closest_marker("processes"):
        return (yield)
    with mock.patch.object(subprocess.Popen, "__init__", _refuse), mock.patch.object(BaseProcess, "start", _refuse):
        return (yield)


@pytest.fixture(autouse=True)
def _not_below_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `make` that a test starts is not one that `make test` started: it tells of no folders that it enters."""
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Have the components of a source that the harness does not bring, as `--plugin` names it."""

    def bring(source: str) -> None:
        file = tmp_path / "brought.py"
        file.write_text(source, encoding="utf-8")
        monkeypatch.setenv(plugins.VARIABLE, str(file))
        catalogue.cache_clear()

    yield bring
    catalogue.cache_clear()
