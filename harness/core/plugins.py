"""A user's own components: files that the command line names, read like modules of the harness itself."""

import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from harness.core.errors import PluginError
from harness.core.fingerprint import file_hash

#: Paths of the files, as PATH has them: so that every process of a run finds them.
VARIABLE = "HARNESS_PLUGINS"


def name(files: Iterable[Path]) -> None:
    """Have these files, beside those already named, read by this process and those it starts.

    PluginError for one that is not there or cannot be imported.
    """
    known = [path for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path]
    added = [str(file.expanduser().absolute()) for file in files]
    os.environ[VARIABLE] = os.pathsep.join(dict.fromkeys([*known, *added]))
    modules()


def modules() -> tuple[ModuleType, ...]:
    """The modules of all files named, imported once."""
    return tuple(_imported(path) for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path)


def version_of(module: ModuleType) -> int:
    """A number made of the file's content: what an edited file computes is never taken for what it did before."""
    return int(file_hash(Path(str(module.__file__)))[:8], 16)


@cache
def _imported(path: str) -> ModuleType:
    file = Path(path)
    if not file.is_file() or file.suffix != ".py":
        raise PluginError(f"--plugin {path}: expected a Python file (.py).")
    spec = importlib.util.spec_from_file_location(f"harness_plugin_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the file is the user's: it may raise anything
        del sys.modules[spec.name]
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
        raise PluginError(
            f"--plugin {path}{f':{line}' if line else ''}: cannot be imported ({type(error).__name__}: {error}). "
            "Mend the file, or leave it out."
        ) from None
    return module
