"""What must come in under a second: lists, help, and the errors of a bad suite."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "sklearn",
    "scipy",
    "pandas",
    "nlpaug",
    "matplotlib",
    "pyarrow",
    "wordfreq",
)
SCRIPT = f"""
import sys
from harness.cli import main
sys.argv = ["harness", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    code = ended.code
print("heavy:", [name for name in {HEAVY!r} if name in sys.modules])
raise SystemExit(code)
"""
BAD = "name: x\nencoders: [minilm]\ntasks: [bbc-topic]\nconditions: [keybord]\n"


CODES = {
    "list": 0,
    "init nowhere.csv": 2,
    "run --help": 0,
    "run bad.yaml": 2,
    "plan bad.yaml": 2,
    "run nowhere": 2,
    "report nowhere": 2,
    "index query nowhere food": 2,
}


@pytest.mark.parametrize("command", CODES)
def test_nothing_heavy_is_imported(tmp_path: Path, command: str) -> None:
    """Torch alone takes seconds. The time is printed; on a busy machine all may take long, but not the processor's."""
    (tmp_path / "bad.yaml").write_text(BAD)
    started, before = time.perf_counter(), os.times()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command.split()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    seconds, after = time.perf_counter() - started, os.times()
    busy = sum(after[2:4]) - sum(before[2:4])  # of the processes that were waited for
    print(f"harness {command}: {seconds:.2f} s, {busy:.2f} s of the processor")
    assert done.stdout.splitlines()[-1] == "heavy: []"
    assert done.returncode == CODES[command]
    assert busy < 3
    assert seconds < 30
