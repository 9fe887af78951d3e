"""Loading tokenizers and reading with them: what fails is told in our words, what does not end is given up."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from harness.core.errors import EncoderError, HarnessError
from harness.encoders import wording
from harness.encoders.families import config_of
from harness.encoders.files import read_json
from harness.encoders.patience import LibraryError, within

Result = TypeVar("Result")
#: How long a tokenizer may take to load, and to read some texts, before it is given up: many times what real ones do.
LOADING_S, READING_S, CHARACTERS_A_SECOND = 120, 60, 20_000
_SETTINGS = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


def load_tokenizer(path: str, name: str, family: str) -> Any:
    """The transformers tokenizer of a folder; as that of `family` where config.json does not say."""
    try:
        return within(LOADING_S, f"encoder {name!r}: loading its tokenizer", partial(_load, path, name, family))
    except HarnessError:
        raise
    except Exception as error:  # a damaged tokenizer.json raises whatever its reader trips over
        raise _unreadable(path, name, error) from None


@lru_cache(maxsize=1)
def load_fast(file: str, changed: int, name: str) -> Any:
    """The tokenizer of a tokenizer.json, which does not cut or fill up. `changed`: when the file was, in ns."""
    import tokenizers

    load = partial(tokenizers.Tokenizer.from_file, file)
    try:
        tokenizer = within(LOADING_S, f"encoder {name!r}: loading its tokenizer.json", load)
    except HarnessError:
        raise
    except Exception as error:  # as above
        raise _unreadable(str(Path(file).parent), name, error) from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def read_with(texts: Sequence[str], name: str, read: Callable[[], Result]) -> Result:
    """What reading these texts gives. What a library says of a failure is kept back: it may quote a text."""
    seconds = READING_S + sum(map(len, texts)) / CHARACTERS_A_SECOND
    try:
        return within(seconds, f"encoder {name!r}: reading {len(texts)} texts with its tokenizer", read)
    except (HarnessError, MemoryError):
        raise
    except Exception as error:
        kind = error.kind if isinstance(error, LibraryError) else type(error).__name__
        raise EncoderError(
            f"encoder {name!r}: its tokenizer loads, but fails on the texts ({kind}"
            + (": it has no token for what it does not know" if "UNK" in str(error) else "")
            + (": a regular expression in tokenizer.json runs away" if "retry-limit" in str(error) else "")
            + "). Take the tokenizer that was saved with these weights."
        ) from None


def _load(path: str, name: str, family: str) -> Any:
    from transformers import AutoTokenizer

    config = read_json(Path(path) / "config.json", name)
    told = {} if config.get("model_type") or not family else {"config": config_of(path, family, config)}
    return AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False, **told)


def _unreadable(path: str, name: str, error: Exception) -> EncoderError:
    if (fault := _config_fault(path, name)) is not None:  # a tokenizer is chosen by config.json, which is read first
        said = wording.said(fault, path)
        return EncoderError(f"encoder {name!r}: config.json holds what no such model has ({said}). Mend it there.")
    there = [file for file in _SETTINGS if (Path(path) / file).is_file()]
    where = ", ".join(there) or "The files of the tokenizer"
    return EncoderError(
        f"encoder {name!r}: its tokenizer cannot be loaded ({wording.said(error, path)}). {where} may be damaged or "
        "belong to another kind of model: take the tokenizer that was saved with these weights, with tokenizer.json."
    )


def _config_fault(path: str, name: str) -> Exception | None:
    """What transformers raises at config.json alone, where it says of what family it is."""
    from transformers import AutoConfig

    try:
        if read_json(Path(path) / "config.json", name).get("model_type"):
            AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # as above
        return error
    return None
