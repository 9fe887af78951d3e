"""A desk for each test; what is on it is made once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path

import pytest

from harness.assets import cache_root
from harness.results import Run
from tests.fakes import forked
from tests.fakes.command import Command
from tests.fakes.desk import Desk, at, reviews, write_csv
from tests.fakes.encoders import tiny_encoder


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    for name, family in (("one", "bert"), ("two", "roberta")):
        tiny_encoder(family, folder).rename(folder / name)
    write_csv(folder / "reviews.csv", reviews())
    return folder


@pytest.fixture(scope="session")
def packaged() -> Path:
    """The packaged files that were fetched once for all tests, and by set-up."""
    folder = cache_root() / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def desk(_made: Path, packaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A folder of its own, which is also the current one, and a cache of its own but for packaged files."""
    folder = Path(shutil.copytree(_made, tmp_path / "desk"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "assets").symlink_to(packaged, target_is_directory=True)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(folder)
    return Desk(folder)


@pytest.fixture(scope="session")
def _ran(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a desk and its cache lie, at which the suite of most tests was run."""
    folder = tmp_path_factory.mktemp("ran")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(folder / "cache"))
        patch.chdir(shutil.copytree(_made, folder / "desk"))
        Desk(folder / "desk").run()
    return folder


@pytest.fixture
def ran(desk: Desk, _ran: Path) -> Run:
    """What `desk.run()` leaves at this desk and in its cache, run once for all tests."""
    return at(desk, _ran)


@contextmanager
def one_core() -> Iterator[None]:
    """Tensors this small are computed faster by one thread; processes that are started here inherit the core.

    Where pytest works in several processes, `gw0`, `gw1` and so on, each takes another.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = sorted(os.sched_getaffinity(0))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw"))
    os.sched_setaffinity(0, {cores[worker % len(cores)]})
    yield
    os.sched_setaffinity(0, cores)


@pytest.fixture(scope="session")
def _server() -> None:
    """The server that job processes are forked from, with more imported than a run asks for: a second a process."""
    with one_core():
        forked.context()
        forkserver.ensure_running()


@pytest.fixture(autouse=True, scope="module")
def _one_core(_server: None) -> Iterator[None]:
    import torch

    from harness.runner import turns

    n_threads = torch.get_num_threads()
    with one_core():
        torch.set_num_threads(1)
        turns._machine.cache_clear()  # it may have counted more cores
        yield
    turns._machine.cache_clear()
    torch.set_num_threads(n_threads)


@pytest.fixture
def command(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`harness …` in this process, at the desk."""
    return Command(monkeypatch, capsys)
