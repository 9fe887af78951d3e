"""A model by hub id: which files, at which revision, from the network or from what is already here."""

import errno
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from harness.core import disk
from harness.core.errors import EncoderError, MissingFileError, NotFetchedError
from harness.core.hub import no_room, refusal_of, why_not
from harness.encoders import instead

#: `[0-9]_*` are the folders of sentence-transformers, one a module: `2_Dense`, in older models also `0_Transformer`.
_READ = ("*.json", "*.txt", "*.model", "*.codes", "[0-9]_*/*.safetensors", "[0-9]_*/pytorch_model.bin")
_WEIGHTS, _PICKLED = ("model.safetensors", "model.safetensors.index.json", "model-*.safetensors"), "pytorch_model.bin"
_TIMEOUT_S = 10


def snapshot(repo: str, revision: str | None) -> tuple[Path, str]:
    """The local folder of a hub model and the commit it is at.

    Weights are asked for as safetensors; `pytorch_model.bin` only where there are none. Without a
    network the copy of an earlier run serves. MissingFileError where neither is to be had, or the disk has no room.
    """
    # HTTPError is the base of the errors of whichever transport this huggingface_hub uses, RuntimeError is hf-xet's
    from huggingface_hub import errors

    try:
        path = _download(repo, revision)
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        raise EncoderError(f"{repo!r}: {why_not(error, 'model', repo, revision)}", reason="missing-file") from None
    except (errors.HTTPError, OSError, RuntimeError) as error:
        if number := refusal_of(error):
            raise MissingFileError(f"{repo!r}: {no_room(number)}") from None
        first_line = (str(error).strip() or type(error).__name__).split("\n", 1)[0]
        raise MissingFileError(
            f"{repo!r}: the model hub cannot be reached and there is no complete local copy "
            f"({first_line[:200]}). Name a folder instead, or run once where the hub can be reached."
        ) from None
    return path, path.name


def stored(repo: str, revision: str | None) -> tuple[Path, str]:
    """As `snapshot`, of what an earlier run fetched; nobody is asked. NotFetchedError where that is not here."""
    try:
        path = _stored(repo, revision)
    except OSError:
        raise NotFetchedError("it was never fetched from the hub; a suite without `if_fetched` does that") from None
    return path, path.name


def _stored(repo: str, revision: str | None) -> Path:
    """The folder of an earlier fetch; LocalEntryNotFoundError where there is none."""
    from huggingface_hub import snapshot_download

    # also finds a copy with pickled weights: it is complete without these
    patterns = [*_READ, *_WEIGHTS]
    return Path(snapshot_download(repo, revision=revision, allow_patterns=patterns, local_files_only=True))


def _download(repo: str, revision: str | None) -> Path:
    from huggingface_hub import HfApi, errors, snapshot_download

    try:
        model = HfApi().model_info(repo, revision=revision, timeout=_TIMEOUT_S, files_metadata=True)
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError):
        raise
    except (errors.HTTPError, OSError) as unreachable:
        try:
            return _stored(repo, revision)
        except errors.LocalEntryNotFoundError:
            raise unreachable from None
    files = [file.rfilename for file in model.siblings or ()]
    _refuse_no_weights(repo, files)
    patterns = patterns_of(files)
    _refuse_full_disk(repo, model, patterns)
    return Path(snapshot_download(repo, revision=revision, allow_patterns=patterns))


def patterns_of(files: Iterable[str]) -> list[str]:
    """What is fetched of a repository that has these files: patterns, for `fnmatch`."""
    is_safe = any(fnmatch(file, pattern) for file in files for pattern in _WEIGHTS)
    return [*_READ, *(_WEIGHTS if is_safe else [_PICKLED])]


def _refuse_no_weights(repo: str, files: Sequence[str]) -> None:
    """EncoderError where a repository has no weights that are read; an adapter is told as such later."""
    is_read = any(fnmatch(file, pattern) for file in files for pattern in (*_WEIGHTS, *_READ[-2:]))
    if not is_read and not {_PICKLED, "adapter_config.json"} & set(files):
        raise instead.no_weights(repo, files)


def _refuse_full_disk(repo: str, model: Any, patterns: Sequence[str]) -> None:
    """MissingFileError where what is not here yet is more than the disk of the hub's cache has room for."""
    from huggingface_hub import constants, try_to_load_from_cache
    from huggingface_hub.utils import filter_repo_objects

    sizes = {file.rfilename: file.size or 0 for file in model.siblings or ()}
    wanted = filter_repo_objects(sizes, allow_patterns=list(patterns))
    needed = sum(sizes[f] for f in wanted if not isinstance(try_to_load_from_cache(repo, f, revision=model.sha), str))
    free = disk.room(Path(constants.HF_HUB_CACHE))
    if free is not None and needed > free:
        raise MissingFileError(f"{repo!r}: {no_room(errno.ENOSPC, needed)}")
