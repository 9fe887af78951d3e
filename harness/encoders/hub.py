"""A model by hub id: which files, at which revision, from the network or from what is already here."""

from collections.abc import Iterable
from pathlib import Path

from harness.core.errors import EncoderError, MissingFileError

#: `[0-9]_*` are the folders of sentence-transformers, one a module: `2_Dense`, in older models also `0_Transformer`.
_READ = ("*.json", "*.txt", "*.model", "*.codes", "[0-9]_*/*.safetensors", "[0-9]_*/pytorch_model.bin")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "model-*.safetensors")
_TIMEOUT_S = 10


def snapshot(repo: str, revision: str | None) -> tuple[Path, str]:
    """The local folder of a hub model and the commit it is at.

    Weights are asked for as safetensors; `pytorch_model.bin` only where there are none. Without a
    network the copy of an earlier run serves. MissingFileError where neither is to be had.
    """
    # HTTPError is the base of the errors of whichever transport this huggingface_hub uses
    from huggingface_hub import errors

    try:
        path = _download(repo, revision)
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        raise EncoderError(
            f"{repo!r}: the hub has no such model or revision open to you ({type(error).__name__}). "
            "Check the id and revision, or log in with `hf auth login`.",
            reason="missing-file",
        ) from None
    except (errors.HTTPError, OSError) as error:
        first_line = (str(error).strip() or type(error).__name__).split("\n", 1)[0]
        raise MissingFileError(
            f"{repo!r}: the model hub cannot be reached and there is no complete local copy "
            f"({first_line[:200]}). Name a folder instead, or run once where the hub can be reached."
        ) from None
    return path, path.name


def _download(repo: str, revision: str | None) -> Path:
    from huggingface_hub import HfApi, errors, snapshot_download

    try:
        model = HfApi().model_info(repo, revision=revision, timeout=_TIMEOUT_S)
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
        raise
    except (errors.HTTPError, OSError) as unreachable:
        # also finds a copy with pickled weights: it is complete without these
        patterns = [*_READ, *_WEIGHTS]
        try:
            return Path(snapshot_download(repo, revision=revision, allow_patterns=patterns, local_files_only=True))
        except errors.LocalEntryNotFoundError:
            raise unreachable from None
    patterns = patterns_of([file.rfilename for file in model.siblings or ()])
    return Path(snapshot_download(repo, revision=revision, allow_patterns=patterns))


def patterns_of(files: Iterable[str]) -> list[str]:
    """What is fetched of a repository that has these files: patterns, for `fnmatch`."""
    is_safe = any(file.endswith(".safetensors") and "/" not in file for file in files)
    return [*_READ, *(_WEIGHTS if is_safe else ["pytorch_model.bin"])]
