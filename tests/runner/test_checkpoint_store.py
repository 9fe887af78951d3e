"""Built checkpoints are kept under a size limit; what a run may still need stays."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from harness.core.errors import HarnessError
from harness.runner.checkpoints import tidy, used


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three checkpoints of 1 MB, `a` used longest ago, and room for two."""
    for age, key in enumerate("abc"):
        (tmp_path / key).mkdir()
        (tmp_path / key / "model.safetensors").write_bytes(bytes(2**20))
        (tmp_path / key / "training.json").write_text("{}")
        os.utime(tmp_path / key, (1_000 + age, 1_000 + age))
    monkeypatch.setenv("HARNESS_CHECKPOINTS_GB", str(2.5 / 1024))
    return tmp_path


def test_the_least_recently_used_goes_first(store: Path) -> None:
    used(store / "a", "mine")
    assert tidy(store) == ["b"]
    assert sorted(f.name for f in store.iterdir() if f.is_dir()) == ["a", "c"]


def test_what_was_used_lately_stays(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run may be about to read it."""
    monkeypatch.setenv("HARNESS_CHECKPOINTS_GB", "0")
    used(store / "b", "mine")
    assert tidy(store) == ["a", "c"]
    assert tidy(store) == []


def test_a_checkpoint_in_use_by_another_run_is_left_alone(store: Path) -> None:
    with FileLock(store / "a.lock"):
        assert tidy(store) == ["b"]


def test_nothing_is_removed_below_the_limit(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CHECKPOINTS_GB", "1")
    assert tidy(store) == []
    assert tidy(store / "nowhere") == []


def test_a_training_that_nobody_took_up_again_goes_too(store: Path) -> None:
    (store / "a").rename(store / "d.work")
    assert tidy(store) == ["d.work"]


def test_a_limit_that_is_no_number_is_named(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CHECKPOINTS_GB", "much")
    with pytest.raises(HarnessError, match="HARNESS_CHECKPOINTS_GB is 'much'"):
        tidy(store)
