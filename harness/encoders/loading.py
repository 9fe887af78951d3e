"""Loading tokenizers and reading with them: what fails is told in our words, what does not end is given up."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from harness.encoders.families import as_family
from harness.encoders.files import read_json
from harness.encoders.library import kind_of, said, told, within

Result = TypeVar("Result")
#: How long a tokenizer may take to load, and to read some texts, before it is given up: many times what real ones do.
LOADING_S, READING_S, CHARACTERS_A_SECOND = 120, 60, 20_000
_SETTINGS = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


def load_tokenizer(folder: Path, family: str) -> Any:
    """The transformers tokenizer of a folder; as that of `family` where config.json does not say."""
    with told(partial(_unreadable, folder)):
        return within(LOADING_S, "loading its tokenizer", partial(_load, folder, family))


@lru_cache(maxsize=1)
def load_fast(file: Path, changed: int) -> Any:
    """The tokenizer of a tokenizer.json, which does not cut or fill up. `changed`: when the file was, in ns."""
    import tokenizers

    with told(partial(_unreadable, file.parent)):
        load = partial(tokenizers.Tokenizer.from_file, str(file))
        tokenizer = within(LOADING_S, "loading its tokenizer.json", load)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def read_with(texts: Sequence[str], read: Callable[[], Result]) -> Result:
    """What reading these texts gives. What a library says of a failure is kept back: it may quote a text."""
    seconds = READING_S + sum(map(len, texts)) / CHARACTERS_A_SECOND
    with told(_unread):
        return within(seconds, f"reading {len(texts)} texts with its tokenizer", read)


def _unread(error: Exception) -> str:
    return (
        f"its tokenizer loads, but fails on the texts ({kind_of(error)}"
        + (": it has no token for what it does not know" if "UNK" in str(error) else "")
        + (": a regular expression in tokenizer.json runs away" if "retry-limit" in str(error) else "")
        + "). Take the tokenizer that was saved with these weights."
    )


def _load(folder: Path, family: str) -> Any:
    from transformers import AutoTokenizer

    given = as_family(family, read_json(folder / "config.json"))
    return AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False, **given)


def _unreadable(folder: Path, error: Exception) -> str:
    if (fault := _config_fault(folder)) is not None:  # a tokenizer is chosen by config.json, which is read first
        return f"config.json holds what no such model has ({said(fault, str(folder))}). Mend it there."
    where = ", ".join(file for file in _SETTINGS if (folder / file).is_file()) or "The files of the tokenizer"
    return (
        f"its tokenizer cannot be loaded ({said(error, str(folder))}). {where} may be damaged or belong to another "
        "kind of model: take the tokenizer that was saved with these weights, with tokenizer.json."
    )


def _config_fault(folder: Path) -> Exception | None:
    """What transformers raises at config.json alone, where it says of what family it is."""
    from transformers import AutoConfig

    try:
        if read_json(folder / "config.json").get("model_type"):
            AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except Exception as error:  # config.json may hold anything: so may what reading it raises
        return error
    return None
