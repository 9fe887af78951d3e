"""A model by hub id: which files, at which revision, from the network or from what is already here."""

from collections.abc import Iterable
from pathlib import Path

from harness.core.errors import EncoderError, MissingFileError

_READ = ("*.json", "*.txt", "*.model", "*.codes")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "model-*.safetensors")
_PICKLED = ("pytorch_model.bin",)
#: What sentence-transformers saves in a folder a module: `2_Dense`, in older models also `0_Transformer`.
_MODULES = ("[0-9]_*/*.safetensors", "[0-9]_*/pytorch_model.bin")
_TIMEOUT_S = 10


def snapshot(repo: str, revision: str | None) -> tuple[Path, str]:
    """The local folder of a hub model and the commit it is at.

    Weights are asked for as safetensors; `pytorch_model.bin` only where there are none. Without a
    network the copy of an earlier run serves. MissingFileError where neither is to be had.
    """
    # HTTPError is the base of the errors of whichever transport this huggingface_hub uses
    from huggingface_hub.errors import (
        HFValidationError,
        HTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        path = _download(repo, revision)
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        raise EncoderError(
            f"{repo!r}: the hub has no such model or revision open to you ({type(error).__name__}). "
            "Check the id and revision, or log in with `hf auth login`.",
            reason="missing-file",
        ) from None
    except (HTTPError, OSError) as error:
        raise MissingFileError(
            f"{repo!r}: the model hub cannot be reached and there is no complete local copy "
            f"({_first_line(error)}). Name a folder instead, or run once where the hub can be reached."
        ) from None
    return path, path.name


def _download(repo: str, revision: str | None) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import (
        HTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        model = HfApi().model_info(repo, revision=revision, timeout=_TIMEOUT_S)
    except (RepositoryNotFoundError, RevisionNotFoundError):
        raise
    except (HTTPError, OSError) as unreachable:
        patterns = [
            *_READ,
            *_WEIGHTS,
            *_MODULES,
        ]  # also finds a copy with pickled weights: it is complete without these
        try:
            return Path(snapshot_download(repo, revision=revision, allow_patterns=patterns, local_files_only=True))
        except LocalEntryNotFoundError:
            raise unreachable from None
    weights = _weights_among(file.rfilename for file in model.siblings or ())
    return Path(snapshot_download(repo, revision=revision, allow_patterns=[*_READ, *weights, *_MODULES]))


def _weights_among(files: Iterable[str]) -> tuple[str, ...]:
    return _WEIGHTS if any(f.endswith(".safetensors") and "/" not in f for f in files) else _PICKLED


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).split("\n", 1)[0][:200]
