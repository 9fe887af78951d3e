"""The most memory that was taken, of a GPU or of this process; and garbage that is not sought for a while."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def reset_peak(device: str) -> None:
    """Begin anew. A forked process inherits its parent's peak; Linux can forget it, other systems cannot."""
    if device != "cpu":
        import torch

        # a device that nothing has used yet has no peak to forget, and says so by an error
        torch.cuda.init()  # type: ignore[no-untyped-call]
        torch.cuda.reset_peak_memory_stats(device)
        return
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_mb(device: str) -> float:
    """Megabytes since `reset_peak`; since the process began where the system cannot forget."""
    if device != "cpu":
        import torch

        return float(torch.cuda.max_memory_allocated(device) / 1e6)
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes


@contextmanager
def no_collection() -> Iterator[None]:
    """Let records pile up without seeking garbage among them: a quarter of the time where many are made that stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
