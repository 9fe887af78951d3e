"""What conditions read beside texts: word lists, dictionaries, corpora, by name."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from harness import assets
from harness.core.errors import MissingFileError
from harness.core.registry import F, component


def resource(name: str, *, file: str | None = None, asset: str | None = None) -> Callable[[F], F]:
    """Make `(path) -> value` a resource: what a condition that names it gets as an argument of that name.

    The path is that of a `file`, beside the module that declares it, or of a packaged file (`asset`). The hash of its
    content stands in the keys of what uses it. ValueError unless one of the two is given.
    """
    if (file is None) == (asset is None):
        raise ValueError(f"the resource {name} needs a `file` or an `asset`")

    def decorate(function: F) -> F:
        path = partial(_beside, name, function.__module__, file) if file else partial(assets.path, str(asset))
        return component("resource", name, path=path, asset=asset)(function)

    return decorate


def _beside(name: str, module: str, file: str) -> Path:
    path = Path(str(sys.modules[module].__file__)).parent / file
    if not path.is_file():
        raise MissingFileError(f"the resource {name!r} is the file {path}, which is not there.")
    return path
