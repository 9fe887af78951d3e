"""What a run ran on: enough to know whether two runs may be compared, and nothing personal."""

import math
import os
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

from harness.core import processor

LIBRARIES = ("torch", "transformers", "tokenizers", "datasets", "scikit-learn", "numpy", "scipy", "pandas", "wordfreq")
#: Those of backends that are extras: named where they are installed.
EXTRAS = ("openvino", "nncf")


def environment(device: str, n_threads: int) -> dict[str, object]:
    """Python, platform, CPU, memory, device as resolved, threads, and the versions that decide results."""
    import psutil

    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu": cpu_name(),
        "instructions": list(processor.instructions()),
        "n_cores": n_cores(),
        "ram_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "device": device,
        "threads": n_threads,
        "libraries": {name: _version(name) for name in (*LIBRARIES, *filter(_version, EXTRAS))},
    }


def n_cores() -> int:
    """Cores this process may use: its affinity, and the quota of its container where there is one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cores, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no such file, or `max`
        return cores


@cache
def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def cpu_name() -> str:
    """The processor as it calls itself."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(errors="replace").splitlines() if info.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")
