"""What is told of a model by its files, before anything is loaded: family, format of weights, tokenizer and libraries.

The files may be stand-ins, empty but for settings: so a repository of the hub is looked at without its weights.
"""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError
from harness.doctor.finding import Said
from harness.encoders import instead
from harness.encoders.families import TESTED
from harness.encoders.files import read_json
from harness.encoders.layout import read_layout
from harness.encoders.refusals import VOCABULARIES, refuse_folder
from harness.encoders.settings import own_code, refuse_settings
from harness.encoders.weights import weight_files

#: Tokenizers that need a library which the harness does not bring: what their class is called, the modules.
_FOREIGN = {"BertJapaneseTokenizer": ("fugashi",), "HerbertTokenizer": ("sacremoses",), "XLMTokenizer": ("sacremoses",)}
#: What modules are called where they are installed from.
_DISTRIBUTIONS = {"google.protobuf": "protobuf"}


def of_folder(root: Path, *, stand_ins: bool = False) -> list[Said]:
    """All that is told of a folder; of one with stand-ins all faults, else the first, with what to do."""
    try:
        path = read_layout(root).path
        if not stand_ins:
            refuse_folder(path)
        instead.refuse_adapter(path)
    except HarnessError as error:
        return [("failed", str(error))]
    return [_tried(look, path) for look in (_family, _weights, _tokenizer)]


def _tried(look: Callable[[Path], Said], path: Path) -> Said:
    try:
        return look(path)
    except HarnessError as error:
        return "failed", str(error)


def _family(path: Path) -> Said:
    """Whether transformers has its family, without code of its own."""
    if not (path / "config.json").is_file():
        raise instead.missing(path, "no config.json in")
    config: Mapping[str, Any] = read_json(path / "config.json")
    refuse_settings(config, path / "config.json")
    family = str(config.get("model_type") or "its family is told by the names of its weights")
    if own := own_code(config):
        return "warning", f"{family}{own}; where it is refused, look for a version without code of its own"
    is_tested = family in TESTED or not config.get("model_type")
    return ("ok", family) if is_tested else ("warning", f"{family}: family untested here")


def _weights(path: Path) -> Said:
    """The format of the weights, as a run would take them."""
    files = weight_files(path)
    if not files:
        raise instead.missing(path, "no model.safetensors and no pytorch_model.bin in")
    if files == ["pytorch_model.bin"]:
        return "ok", "pytorch_model.bin only, read as plain tensors and rewritten once as safetensors"
    return "ok", "safetensors" + (f" in {len(files)} pieces" if len(files) > 1 else "")


def _tokenizer(path: Path) -> Said:
    """Which file its tokenizer is read from, and the libraries that takes."""
    there = [file for file in VOCABULARIES if (path / file).is_file()]
    if not there:
        raise instead.no_tokenizer(path, VOCABULARIES)
    settings = read_json(path / "tokenizer_config.json", optional=True)
    name = str(settings.get("tokenizer_class") or "")[:80]
    if "auto_map" in settings:
        return "warning", f"its tokenizer has code of its own ({name or 'auto_map'}), which is not run"
    needed = [*(["sentencepiece", "google.protobuf"] if there[0].endswith(".model") else []), *_FOREIGN.get(name, ())]
    names = [_DISTRIBUTIONS.get(module, module) for module in needed]
    lacking = [name for name, module in zip(names, needed, strict=True) if not _is_there(module)]
    what = f"tokenizer in {there[0]}" + (f", read by {' and '.join(names)}" if names else "")
    if lacking:
        return "failed", f"{what}: {' and '.join(lacking)} not installed here: `pip install {' '.join(lacking)}`"
    return "ok", what


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that it would be in
        return False
