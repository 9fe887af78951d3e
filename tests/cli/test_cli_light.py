"""What must come in under a second: lists, help, and the errors of a bad suite."""

import subprocess
import sys
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
    """Torch alone takes seconds."""
    (tmp_path / "bad.yaml").write_text(BAD)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command.split()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "heavy: []"
    assert done.returncode == CODES[command]
