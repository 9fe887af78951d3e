"""Files and folders that are there as a whole or not at all."""

from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from harness.core.files import whole_file, whole_folder
from harness.core.fingerprint import is_whole, seal


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    file = whole_file(tmp_path / "a.txt", "Löffel\n")
    assert file.read_bytes() == "Löffel\n".encode()
    whole_file(file, b"\x00\x01")
    assert file.read_bytes() == b"\x00\x01"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = whole_file(tmp_path / "a.txt", "before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(HarnessError, match=r"a.txt: cannot be written \(No space left on device"):
        whole_file(file, "after")
    assert file.read_text() == "before"


def test_a_folder_is_there_when_its_block_has_ended(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "made"
    with whole_folder(target) as folder:
        (folder / "a.txt").write_text("a")
        assert not target.exists()
    assert names(target) == ["a.txt"]
    assert names(target.parent) == ["made"]


def test_a_folder_whose_block_fails_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "made") as folder:
        (folder / "a.txt").write_text(str(1 / 0))
    assert names(tmp_path) == []


def test_a_damaged_folder_is_replaced(tmp_path: Path) -> None:
    for text in ("first", "second"):
        with whole_folder(tmp_path / "made") as folder:
            (folder / "a.txt").write_text(text)
            seal(folder)
        (tmp_path / "made" / "a.txt").write_text("half")
        assert not is_whole(tmp_path / "made")
    with whole_folder(tmp_path / "made") as folder:
        (folder / "a.txt").write_text("third")
    assert (tmp_path / "made" / "a.txt").read_text() == "third"


def test_what_another_process_has_made_meanwhile_stays(tmp_path: Path) -> None:
    """Somebody may be reading it."""
    target = tmp_path / "made"
    with whole_folder(target) as folder:
        (folder / "a.txt").write_text("ours")
        target.mkdir()
        (target / "a.txt").write_text("theirs")
        seal(target)
    assert (target / "a.txt").read_text() == "theirs"
    assert names(tmp_path) == ["made"]


@pytest.mark.parametrize("locked", [True, False])
def test_what_a_killed_process_left_is_removed_under_a_lock(tmp_path: Path, locked: bool) -> None:
    """Without one it may be that of a process which is still at work."""
    (tmp_path / "made.part-dead").mkdir()
    with whole_folder(tmp_path / "made", locked=locked):
        pass
    assert names(tmp_path) == (["made"] if locked else ["made", "made.part-dead"])
