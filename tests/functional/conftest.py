"""A desk for each test; what is on it is made once."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.command import Command
from tests.fakes.encoders import tiny_encoder
from tests.functional.desk import Desk, reviews, write_csv


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    for name, family in (("one", "bert"), ("two", "roberta")):
        tiny_encoder(family, folder).rename(folder / name)
    write_csv(folder / "reviews.csv", reviews())
    return folder


@pytest.fixture
def desk(_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A folder of its own, which is also the current one, and a cache of its own."""
    folder = Path(shutil.copytree(_made, tmp_path / "desk"))
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(folder)
    return Desk(folder)


@pytest.fixture(autouse=True, scope="module")
def _one_core() -> Iterator[None]:
    """Tensors this small are computed faster by one thread; processes started here inherit the core."""
    import torch

    from harness.runner import timing

    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores, n_threads = os.sched_getaffinity(0), torch.get_num_threads()
    os.sched_setaffinity(0, {max(cores)})
    torch.set_num_threads(1)
    timing._machine.cache_clear()  # it may have counted more cores
    yield
    timing._machine.cache_clear()
    os.sched_setaffinity(0, cores)
    torch.set_num_threads(n_threads)


@pytest.fixture
def command(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`harness …` in this process, at the desk."""
    return Command(monkeypatch, capsys)
