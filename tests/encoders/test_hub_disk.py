"""No room for what the hub gives: said before it is fetched where that can be known, and told as what it is."""

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from safetensors import SafetensorError

from harness.core.errors import HarnessError, MissingFileError
from harness.encoders import EncoderSpec, hub, resolve
from harness.tasks.sources.hub import _told
from tests.encoders.test_pickled_weights import pickled
from tests.fakes.broken import found

HUGE = 10**18
#: As the system says it, as hf-xet does, and as the data sets library does before it fetches.
FULL = {
    "system": OSError(errno.ENOSPC, "No space left on device"),
    "xet": RuntimeError("Data processing error: I/O error: No space left on device (os error 28)"),
    "datasets": OSError("Not enough disk space. Needed: 3.10 GiB (download: 1.00 GiB)"),
}
SAID = r"acme/big'?: /\S+ cannot be written \(No space left on device; .*free\)\. Free space .* or set HF_HOME"


def about(**sizes: int) -> Any:
    files = [SimpleNamespace(rfilename=name.replace("_", "."), size=size) for name, size in sizes.items()]
    return SimpleNamespace(siblings=files, sha="0" * 40)


def test_what_has_no_room_is_not_begun() -> None:
    with pytest.raises(MissingFileError, match=r"'acme/big': .*1,000,000,000\.0 GB to write, .* set HF_HOME"):
        hub._refuse_full_disk("acme/big", about(model_safetensors=HUGE, config_json=9), ["model.safetensors"])


def test_files_that_are_not_fetched_need_no_room() -> None:
    hub._refuse_full_disk("acme/big", about(model_safetensors=9, tf_model=HUGE), ["model.safetensors"])


@pytest.mark.parametrize("how", FULL)
def test_a_disk_that_is_full_is_no_hub_that_is_away(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Path:
        raise FULL[how]

    monkeypatch.setattr(hub, "_download", full)
    with pytest.raises(MissingFileError, match=SAID):
        resolve(EncoderSpec("mine", "acme/big"), Path())
    with pytest.raises(MissingFileError, match=SAID), _told("acme/big", None):
        raise FULL[how]


def test_a_transfer_that_breaks_is_told_of_models_and_data(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Path:
        raise RuntimeError("Data processing error: CAS service error : Reqwest Error")

    monkeypatch.setattr(hub, "_download", broken)
    with pytest.raises(MissingFileError, match=r"the model hub cannot be reached .*CAS service error"):
        resolve(EncoderSpec("mine", "acme/big"), Path())
    with (
        pytest.raises(HarnessError, match=r"hub:acme/big cannot be loaded: .*CAS service error"),
        _told("acme/big", None),
    ):
        broken()


@pytest.mark.usefixtures("own_cache")
def test_no_room_to_rewrite_pickled_weights(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(HarnessError, match=r"'mine': .*converted.* \(No space left on device; .* or set HARNESS_CACHE"):
        found(pickled(tiny))
