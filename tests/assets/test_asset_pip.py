"""What pip is asked for, and what becomes of its answer."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.assets import Pip
from harness.assets.pip import download, reach
from harness.core.errors import MissingFileError

WHEEL = Pip("some-data", "1.0", "some_data-1.0-py3-none-any.whl")
SOURCE = Pip("some-data", "1.0", "some_data-1.0.tar.gz")
SHA = "ab" * 32


class FakePip:
    """Stands for the process: keeps what it was asked, leaves a file or says why not."""

    def __init__(self, leaves: str = "", stderr: str = "") -> None:
        self.leaves, self.stderr = leaves, stderr

    def __call__(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        self.command, self.environment = command, options["env"]
        self.requirement = Path(command[command.index("--requirement") + 1]).read_text()
        if self.leaves:
            Path(command[command.index("--dest") + 1], self.leaves).write_bytes(b"")
        return subprocess.CompletedProcess(command, 1 if self.stderr else 0, "", self.stderr)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakePip:
    process = FakePip()
    monkeypatch.setattr(subprocess, "run", process)
    return process


@pytest.mark.parametrize(("source", "kind"), [(WHEEL, "--only-binary some-data"), (SOURCE, "--no-binary some-data")])
def test_one_file_is_asked_for_by_its_hash(fake: FakePip, tmp_path: Path, source: Pip, kind: str) -> None:
    fake.leaves = source.file
    download(source, SHA, tmp_path)
    asked = " ".join(fake.command)
    assert "--require-hashes --no-deps" in asked
    assert kind in asked
    assert fake.requirement == f"some-data==1.0 --hash=sha256:{SHA}\n"
    assert [file.name for file in tmp_path.iterdir()] == [source.file]


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        (
            "WARNING: x\nERROR: a\nERROR: No matching distribution found for some-data==1.0\n",
            "No matching distribution",
        ),
        ("/usr/bin/python: No module named pip", "ensurepip"),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip object at 0x1>: "
            "Failed to establish a new connection: [Errno 111] Connection refused')': /simple/x/\nERROR: none found",
            r"none found \(Failed to establish a new connection: \[Errno 111\] Connection refused\)",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you\n"
            "    some-data==1.0 from x:\n        Expected sha256 aa\n             Got        bb\n",
            "serves another file: Expected sha256 aa, Got        bb",
        ),
    ],
)
def test_pips_own_words_are_passed_on(fake: FakePip, tmp_path: Path, stderr: str, expected: str) -> None:
    fake.stderr = stderr
    with pytest.raises(MissingFileError, match=expected):
        download(WHEEL, SHA, tmp_path)


def test_a_file_of_another_name_is_not_taken(fake: FakePip, tmp_path: Path) -> None:
    fake.leaves = "some_data-2.0.whl"
    with pytest.raises(MissingFileError, match=r"fetched some_data-2\.0\.whl where some_data-1\.0-py3"):
        download(WHEEL, SHA, tmp_path)


def test_the_index_is_asked_as_pip_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to say where it answers; else what pip says, or that it says nothing."""
    asked: list[str] = []
    refused = "WARNING: x\nERROR: No matching distribution found for some-data"

    def run(command: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
        asked.extend(command)
        return subprocess.CompletedProcess(command, 0 if asked.count("versions") == 1 else 1, "", refused)

    def hang(command: list[str], *, timeout: float, **given: Any) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", run)
    assert reach("some-data", 4) == ""
    assert "index versions some-data --no-input --retries 0" in " ".join(asked)
    assert reach("some-data", 4) == "No matching distribution found for some-data"
    monkeypatch.setattr(subprocess, "run", hang)
    assert reach("some-data", 4) == "no answer in 12 seconds"
