"""What is wrong with a folder before anything of it is loaded: called once, with everything that says no."""

from os.path import lexists
from pathlib import Path
from typing import Any

from harness.encoders import instead
from harness.encoders.files import read_json, refuse_impostors
from harness.encoders.settings import refuse_settings
from harness.encoders.weights import weight_files

#: Files of which a tokenizer has one at least.
VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spm.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
)
_SETTINGS = ("added_tokens.json", "special_tokens_map.json", "tokenizer_config.json")
#: What a tokenizer may read; `bpe.codes` is BERTweet's.
TOKENIZER_FILES = (*VOCABULARIES, "merges.txt", "bpe.codes", *_SETTINGS)


def refuse_folder(path: Path) -> dict[str, Any]:
    """The config.json of a transformer's folder.

    EncoderError, MissingFileError where the folder lacks a part, or has one that is none.
    """
    instead.refuse_adapter(path)
    if not lexists(path / "config.json"):
        raise instead.missing(path, "no config.json in")
    config: dict[str, Any] = read_json(path / "config.json")
    refuse_settings(config, path / "config.json")
    weights = weight_files(path)
    refuse_impostors(path / file for file in (*TOKENIZER_FILES, *weights))
    if not weights:
        raise instead.missing(path, "no model.safetensors and no pytorch_model.bin in")
    if not any((path / file).is_file() for file in VOCABULARIES):
        raise instead.no_tokenizer(path, VOCABULARIES)
    for file in _SETTINGS:
        read_json(path / file, optional=True)
    return config
