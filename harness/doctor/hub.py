"""What the hub says of a model or a data set before anything of it is downloaded, a settings file of some kB aside."""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.assets import cache_root
from harness.core.errors import HarnessError
from harness.core.files import is_there
from harness.doctor.finding import Finding, Status, worst
from harness.encoders import builtin
from harness.encoders.checkpoints import local_path
from harness.encoders.families import TESTED
from harness.encoders.hub import patterns_of
from harness.encoders.refusals import VOCABULARIES
from harness.encoders.settings import own_code, refuse_settings
from harness.tasks.task import HubSource

_TIMEOUT_S = 5
#: Ends of the names of files that hold the rows of a data set, packed or not.
_DATA = (".parquet", ".csv", ".tsv", ".json", ".jsonl", ".txt", ".arrow", ".gz", ".zst", ".bz2", ".xz", ".zip", ".tar")
#: Tokenizers that need a library which the harness does not bring: what their class is called, the modules.
_FOREIGN = {"BertJapaneseTokenizer": ("fugashi",), "HerbertTokenizer": ("sacremoses",), "XLMTokenizer": ("sacremoses",)}
_ADAPTER = "an adapter, not a model: merge it with its model by peft (`merge_and_unload`), and name the new folder"
_PARQUET = "refs/convert/parquet"

Said = tuple[Status, str]


@dataclass
class Hub:
    """The hub as it can be reached. `unreachable` is why it cannot, once that was found: nobody waits twice."""

    unreachable: str = ""
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
            said = look(info, {file.rfilename: file.size or 0 for file in info.siblings or ()})
        except _Unreachable:
            said = [_cached(repo, revision, kind, self.unreachable)]
        except HarnessError as error:
            said = [("failed", str(error))]
        status = worst([status for status, _ in said])
        return Finding(what, f"{repo}: " + "; ".join(text for _, text in said), status)

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
            self.unreachable = _first_line(error)
            raise _Unreachable from None

    def _of_model(self, info: Any, files: Mapping[str, int]) -> list[Said]:
        self._licences[info.id] = _licence(info)
        if "adapter_config.json" in files:
            return [("failed", _ADAPTER)]
        config = _settings(info, "config.json", files, "model")
        if config is None:
            return [("failed", "there is no config.json: no model of transformers")]
        tokenizer = _settings(info, "tokenizer_config.json", files, "model") or {}
        found = [_gate(info), _kind(config), _weights(files), *_tokenizer(files, tokenizer), _size(info, files)]
        return [said for said in found if said[1]]

    def _of_data(self, source: HubSource, info: Any, files: Mapping[str, int]) -> list[Said]:
        script = f"{source.repo.rsplit('/', 1)[-1]}.py"
        if script in files:
            return [("failed", self._script(source, script))]
        rows = {file: size for file, size in files.items() if file.endswith(_DATA) and file.rsplit("/")[-1] not in _NOT}
        if not rows:
            return [("failed", f"no data files that can be read (it has {_few(files)})")]
        _settings(info, next(iter(rows)), files, "dataset", only_ask=True)
        of = {file: size for file, size in rows.items() if source.config and f"/{source.config}/" in f"/{file}"} or rows
        kinds = ", ".join(sorted({Path(file).suffix.lstrip(".") for file in of}))
        at_most = "" if source.config or len(of) < 2 else "at most "
        return [_gate(info), ("ok", f"{kinds}, {at_most}{megabytes(sum(of.values()))} to fetch")]

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


class _Unreachable(Exception):
    pass


#: Files with a data file's end that hold no rows.
_NOT = {"dataset_infos.json", "dataset_info.json", "README.txt", "LICENSE.txt", "requirements.txt"}


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


def _settings(
    info: Any, file: str, files: Mapping[str, int], kind: str, *, only_ask: bool = False
) -> dict[str, Any] | None:
    """What a small JSON file holds; None where it is not there, or is only asked for.

    HarnessError where the repository is closed to the user, or the file is none. It is not kept: a copy with nothing
    else in it would be taken for the model by a later run without a network.
    """
    from huggingface_hub import errors, get_hf_file_metadata, hf_hub_download, hf_hub_url

    if file not in files:
        return None
    try:
        if only_ask:
            get_hf_file_metadata(hf_hub_url(info.id, file, repo_type=kind, revision=info.sha), timeout=_TIMEOUT_S)
            return None
        with tempfile.TemporaryDirectory() as folder:
            path = hf_hub_download(info.id, file, revision=info.sha, repo_type=kind, local_dir=folder)
            value = json.loads(Path(path).read_text(encoding="utf-8"))
    except errors.GatedRepoError:
        raise HarnessError(_gated(info.id, kind)) from None
    except ValueError:
        raise HarnessError(f"{file} is not JSON") from None
    except (errors.HTTPError, OSError) as error:
        raise HarnessError(f"{file} cannot be fetched ({_first_line(error)})") from None
    if not isinstance(value, dict):
        raise HarnessError(f"{file} holds no table")
    return value


def _gate(info: Any) -> Said:
    """Its files could be asked for: they are open, or the user was let in."""
    return ("ok", "gated, open to you") if info.gated else ("ok", "open")


def _kind(config: Mapping[str, Any]) -> Said:
    """Whether the harness has its family, without code of its own."""
    refuse_settings(config, Path("config.json"))
    family = config.get("model_type") or "family not said in config.json"
    if own := own_code(config):
        return "warning", f"{family}{own}; if it is refused, look for a version without code of its own"
    return ("ok", str(family)) if family in TESTED else ("warning", f"{family}: family untested here")


def _weights(files: Iterable[str]) -> Said:
    """The format of the weights, as a run would take them."""
    top = [file for file in files if "/" not in file]
    pieces = [file for file in top if fnmatch(file, "model-*.safetensors")]
    if "model.safetensors" in top:
        return "ok", "safetensors"
    if "model.safetensors.index.json" in top and pieces:
        return "ok", f"safetensors in {len(pieces)} pieces"
    if "pytorch_model.bin" in top:
        return "ok", "pytorch_model.bin only (read as plain tensors, rewritten once as safetensors)"
    convert = "save it from transformers as safetensors (`model.save_pretrained`), and name that folder"
    if "pytorch_model.bin.index.json" in top:
        return "failed", f"weights in pieces of PyTorch's own format, which are not read: {convert}"
    return "failed", f"no weights that are read (it has {_few(top)}): {convert}"


def _tokenizer(files: Iterable[str], settings: Mapping[str, Any]) -> list[Said]:
    """Which files its tokenizer is read from, and the libraries that takes."""
    there = [file for file in VOCABULARIES if file in files]
    if not there:
        return [("failed", f"no tokenizer (none of {', '.join(VOCABULARIES)})")]
    name = str(settings.get("tokenizer_class", ""))
    if "auto_map" in settings:
        return [("warning", f"its tokenizer has code of its own ({name or 'auto_map'}), which is not run")]
    needed = ["sentencepiece", "google.protobuf"] if there[0].endswith(".model") else []
    needed += _FOREIGN.get(name, ())
    lacking = [module for module in needed if not _is_there(module)]
    what = f"tokenizer in {there[0]}" + (f", by {' and '.join(needed)}" if needed else "")
    if lacking:
        return [("failed", f"{what}: not installed here: {', '.join(lacking)} (`pip install …`)")]
    return [("ok", what)]


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that it would be in
        return False


def _size(info: Any, files: Mapping[str, int]) -> Said:
    """Megabytes of what a run reads, and how much of it is here already."""
    from huggingface_hub import try_to_load_from_cache

    wanted = [file for file in files if any(fnmatch(file, pattern) for pattern in patterns_of(files))]
    here = [file for file in wanted if isinstance(try_to_load_from_cache(info.id, file, revision=info.sha), str)]
    total, left = sum(files[f] for f in wanted), sum(files[f] for f in wanted if f not in here)
    return "ok", f"{megabytes(left)} to fetch" + (
        f" of {megabytes(total)}" if here and left else ""
    ) if left else f"{megabytes(total)}, here"


def _cached(repo: str, revision: str | None, kind: str, why: str) -> Said:
    """Whether a copy of an earlier run will do where the hub cannot be reached."""
    from huggingface_hub import constants

    name = repo.replace("/", "--")
    models = (Path(constants.HF_HUB_CACHE) / f"models--{name}" / "snapshots").glob("*/config.json")
    found = sorted(models if kind == "model" else (cache_root() / "hub").glob(f"{name}-*"))
    if found and (revision is None or kind == "dataset"):
        return "warning", f"the hub cannot be reached ({why}); a copy of an earlier run is here and will be used"
    if any(revision and revision in str(path) for path in found):
        return "ok", f"the hub cannot be reached ({why}); this revision is here"
    return "failed", f"the hub cannot be reached ({why}), and no copy is here. Name a folder, or connect once"


def _licence(info: Any) -> str:
    return next((tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")), "")


def _few(files: Iterable[str]) -> str:
    names = sorted(files)
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "") or "nothing"


def megabytes(n_bytes: float) -> str:
    """`438.0 MB`, `1.2 GB`."""
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{max(0.1, n_bytes / 1e6):,.1f} MB"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n", 1)[0][:120]
