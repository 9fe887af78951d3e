"""What the hub says of a model or a data set before anything of it is downloaded, settings files of some kB aside."""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from harness.assets import cache_root
from harness.core.errors import HarnessError
from harness.core.files import is_there
from harness.core.fingerprint import is_whole
from harness.doctor import model_files
from harness.doctor.finding import Finding, Said, together
from harness.encoders import builtin
from harness.encoders.checkpoints import local_path
from harness.encoders.hub import patterns_of
from harness.tasks.sources.hub import place_of
from harness.tasks.task import HubSource
from harness.wording.numbers import megabytes

_TIMEOUT_S = 5
#: Ends of the names of files that hold the rows of a data set, packed or not; files of these ends that hold none.
_DATA = (".parquet", ".csv", ".tsv", ".json", ".jsonl", ".txt", ".arrow", ".gz", ".zst", ".bz2", ".xz", ".zip", ".tar")
_NO_DATA = {"dataset_infos.json", "dataset_info.json", "README.txt", "LICENSE.txt", "requirements.txt"}
#: Settings files: what they weigh at most, and JSON that is none.
_SETTINGS_BYTES, _NO_SETTINGS = 2_000_000, {"tokenizer.json", "vocab.json", "added_tokens.json"}
_PARQUET = "refs/convert/parquet"


class _Unreachable(Exception):
    """The hub cannot be reached."""


@dataclass
class Hub:
    """The hub as it can be reached. `unreachable` is why it cannot, once that was found: nobody waits twice.

    `to_fetch` are the bytes that would be fetched, of what was looked at, each once.
    """

    unreachable: str = ""
    to_fetch: dict[Any, int] = field(default_factory=dict)
    _licences: dict[str, str] = field(default_factory=dict)

    def licence(self, repo: str) -> str:
        """What the hub says of the licence of a model that was looked at."""
        return self._licences.get(repo, "")

    def model(self, what: str, repo: str, revision: str | None) -> Finding:
        """What a run would need to read this model."""
        return self._finding(what, repo, revision, "model", self._of_model)

    def data(self, what: str, source: HubSource) -> Finding:
        """What a run would need to read this data set."""

        def look(info: Any, files: Mapping[str, int]) -> list[Said]:
            return self._of_data(source, info, files)

        return self._finding(what, source.repo, source.revision, "dataset", look)

    def _finding(
        self,
        what: str,
        repo: str,
        revision: str | None,
        kind: str,
        look: Callable[[Any, Mapping[str, int]], list[Said]],
    ) -> Finding:
        try:
            info = self._info(repo, revision, kind)
            self._licences[repo] = _licence(info)
            said = look(info, {file.rfilename: file.size or 0 for file in info.siblings or ()})
        except _Unreachable:
            said = _cached(repo, revision, kind, self.unreachable)
        except HarnessError as error:
            said = [("failed", str(error))]
        return together(what, said, "" if what == repo else repo)

    def _info(self, repo: str, revision: str | None, kind: str) -> Any:
        """What the hub has of a repository. HarnessError where it does not give it, `_Unreachable` without a hub."""
        from huggingface_hub import HfApi, errors

        if self.unreachable:
            raise _Unreachable
        ask = HfApi().model_info if kind == "model" else HfApi().dataset_info
        try:
            return ask(repo, revision=revision, timeout=_TIMEOUT_S, files_metadata=True)
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
            raise HarnessError(_refused(repo, revision, kind, error)) from None
        except (errors.HTTPError, OSError) as error:
            self.unreachable = why(error)
            raise _Unreachable from None

    def _of_model(self, info: Any, files: Mapping[str, int]) -> list[Said]:
        with _stand_ins(info, files) as folder:
            found = model_files.of_folder(folder, stand_ins=True)
        plain = [
            (status, said.replace(f"{folder}/", "").replace(str(folder), "the repository")) for status, said in found
        ]
        return [*plain, ("ok", _open(info)), ("ok", f"licence {_licence(info) or 'not said'}"), self._size(info, files)]

    def _size(self, info: Any, files: Mapping[str, int]) -> Said:
        """Megabytes of what a run reads, and how much of it is here already."""
        from huggingface_hub import try_to_load_from_cache

        wanted = [file for file in files if any(fnmatch(file, pattern) for pattern in patterns_of(files))]
        left = [f for f in wanted if not isinstance(try_to_load_from_cache(info.id, f, revision=info.sha), str)]
        total, lacking = (sum(files[f] for f in some) for some in (wanted, left))
        if not left:
            return "ok", f"{megabytes(total)}, here already"
        self.to_fetch[info.id, info.sha] = lacking
        return "ok", f"{megabytes(lacking)} to fetch" + (f" of {megabytes(total)}" if len(left) < len(wanted) else "")

    def _of_data(self, source: HubSource, info: Any, files: Mapping[str, int]) -> list[Said]:
        script = f"{source.repo.rsplit('/', 1)[-1]}.py"
        if script in files:
            return [("failed", self._script(source, script))]
        rows = {f: size for f, size in files.items() if f.endswith(_DATA) and f.rsplit("/")[-1] not in _NO_DATA}
        if not rows:
            return [("failed", f"no data files that can be read (it has {_few(files)})")]
        with _told(info.id, "dataset"):
            _ask(info, next(iter(rows)), "dataset")
        of = {f: size for f, size in rows.items() if source.config and f"/{source.config}/" in f"/{f}"} or rows
        kinds = ", ".join(sorted({Path(file).suffix.lstrip(".") for file in of}))
        if is_whole(place_of(source, info.sha)):
            return [("ok", kinds), ("ok", "here already")]
        self.to_fetch[source, info.sha] = size = sum(of.values())
        at_most = "" if source.config or len(of) < 2 else "at most "
        return [("ok", kinds), ("ok", _open(info)), ("ok", f"{at_most}{megabytes(size)} to fetch")]

    def _script(self, source: HubSource, script: str) -> str:
        said = f"a data set script ({script}), which is not run"
        try:
            self._info(source.repo, _PARQUET, "dataset")
        except (HarnessError, _Unreachable):
            return (
                f"{said}, and the hub has no copy of it as Parquet: name the id of another copy, or a file of your own"
            )
        return f"{said}: say `revision: {_PARQUET}` in the task, the hub's own copy as Parquet"


def is_hub_id(checkpoint: str, folder: Path) -> bool:
    """Whether a name is taken for a hub id: neither built in nor a path. Relative paths are from `folder`."""
    local = local_path(checkpoint, folder)
    is_path = checkpoint.startswith((".", "/", "~")) or is_there(local) or local.is_symlink()
    return checkpoint not in builtin() and checkpoint.count("/") == 1 and not is_path


def why(error: Exception) -> str:
    """Why the hub cannot be reached, in a few words."""
    if type(error).__name__ == "OfflineModeIsEnabled":
        return "HF_HUB_OFFLINE is set"
    return (str(error).strip() or type(error).__name__).split("\n", 1)[0][:120]


def _refused(repo: str, revision: str | None, kind: str, error: Exception) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return _gated(repo, kind)
    if isinstance(error, errors.RevisionNotFoundError):
        return f"no revision {revision!r}. Name a branch, a tag or a commit, or leave `revision` out for the newest"
    if isinstance(error, errors.HFValidationError):
        return "no hub id; expected owner/name"
    what = "model" if kind == "model" else "data set"
    return f"no such {what}, or it is private. Check the id; for a private one log in with `hf auth login`"


def _gated(repo: str, kind: str) -> str:
    from huggingface_hub import constants

    page = f"{constants.ENDPOINT}/{'datasets/' if kind == 'dataset' else ''}{repo}"
    return f"gated: ask for access at {page}, then log in with `hf auth login`, or set HF_TOKEN"


@contextmanager
def _told(repo: str, kind: str) -> Iterator[None]:
    """HarnessError where files of a repository are closed to the user, or cannot be fetched."""
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError:
        raise HarnessError(_gated(repo, kind)) from None
    except (errors.HTTPError, OSError) as error:
        raise HarnessError(f"its settings cannot be fetched ({why(error)}). Try again") from None


@contextmanager
def _stand_ins(info: Any, files: Mapping[str, int]) -> Iterator[Path]:
    """A folder with the settings of a model as they are, and an empty file for each other that a run would fetch.

    It lies outside the hub's cache: there, a later run without a network would take it for the model.
    """
    from huggingface_hub import hf_hub_download

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for file in files:
            path = PurePosixPath(file)
            if len(path.parts) > 2 or ".." in path.parts or path.is_absolute():
                continue
            if _is_settings(path) and files[file] <= _SETTINGS_BYTES:
                with _told(info.id, "model"):
                    hf_hub_download(info.id, file, revision=info.sha, local_dir=folder)
            else:
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).touch()
        yield folder


def _is_settings(path: PurePosixPath) -> bool:
    """Of the model, or of a module of sentence-transformers, whose folders begin with a number."""
    is_read = len(path.parts) == 1 or re.match("[0-9]_", path.parts[0]) is not None
    return path.suffix == ".json" and is_read and path.name not in _NO_SETTINGS


def _ask(info: Any, file: str, kind: str) -> None:
    """Ask for a file, without its content."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    get_hf_file_metadata(hf_hub_url(info.id, file, repo_type=kind, revision=info.sha), timeout=_TIMEOUT_S)


def _open(info: Any) -> str:
    """Said of files that were given when asked for."""
    return "gated, open to you" if info.gated else "open to all"


def _cached(repo: str, revision: str | None, kind: str, reason: str) -> list[Said]:
    """Whether a copy of an earlier run will do where the hub cannot be reached, and what it is."""
    from huggingface_hub import errors, snapshot_download

    advice = f"Name a {'folder' if kind == 'model' else 'file'}, or connect once"
    nothing: Said = ("failed", f"the hub cannot be reached ({reason}), and no copy is here. {advice}")
    here = f"the hub cannot be reached ({reason}); the copy of an earlier run is used"
    if kind == "dataset":
        copies = list((cache_root() / "hub").glob(f"{repo.replace('/', '--')}-*"))
        return [("warning", here)] if copies else [nothing]
    try:
        patterns = patterns_of(["model.safetensors"])  # as a run asks for it
        folder = Path(snapshot_download(repo, revision=revision, allow_patterns=patterns, local_files_only=True))
    except (errors.LocalEntryNotFoundError, errors.HFValidationError, OSError):
        return [nothing]
    return [("warning", here), *model_files.of_folder(folder)]


def _licence(info: Any) -> str:
    return next((tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")), "")


def _few(files: Iterable[str]) -> str:
    names = sorted(files)
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "") or "nothing"
