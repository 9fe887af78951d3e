"""Which model reads a folder: its family where config.json is silent, and the encoder half of encoder-decoders."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError

#: Families that the tests hold to all promises; the row of another says so.
TESTED = frozenset(
    (
        "bert",
        "roberta",
        "distilbert",
        "mpnet",
        "deberta-v2",
        "electra",
        "albert",
        "xlm-roberta",
        "modernbert",
        "longformer",
    )
)
#: What the names of weights begin with, of families that were uploaded before config.json named them.
_BY_PREFIX = ("bert", "roberta", "distilbert", "albert", "electra", "mpnet", "longformer")
#: BERT's weights by names that do not begin with it.
_BERT = {"embeddings.word_embeddings.weight", "embeddings.token_type_embeddings.weight"}
#: Encoder-decoders of which sentence-transformers reads the encoder alone: the class that does.
_HALVES = {
    "t5": "T5EncoderModel",
    "mt5": "MT5EncoderModel",
    "umt5": "UMT5EncoderModel",
    "longt5": "LongT5EncoderModel",
    "switch_transformers": "SwitchTransformersEncoderModel",
}


def family_of(config: Mapping[str, Any], weights: Iterable[str], path: Path) -> str:
    """The family that config.json names, or that the names of the weights tell. EncoderError where neither does."""
    stated = config.get("model_type")
    if stated:
        return str(stated)
    names = set(weights)
    found = {n.split(".", 1)[0] for n in names} & set(_BY_PREFIX)
    if len(found) == 1:
        return found.pop()
    if names >= _BERT and any(n.startswith("encoder.layer.0.attention.self.query") for n in names):
        return "bert"
    first = f" (the first is {min(names)!r})" if names else ""
    raise EncoderError(
        f"{path / 'config.json'} has no `model_type`, and the names of the weights do not tell the family{first}. Add "
        'it to config.json, like "model_type": "bert".'
    )


def untested(family: str) -> str:
    """A note on weights of a family that no test covers; nothing for the others."""
    return "" if family in TESTED else f"; family untested here ({family[:60]})"


def as_family(family: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """What transformers is given to load a folder as `family`: nothing where its config.json says it itself."""
    from transformers import AutoConfig

    return {} if config.get("model_type") or not family else {"config": AutoConfig.for_model(family, **config)}


def model_class(family: str) -> Any:
    """The class that reads the weights: the encoder half of an encoder-decoder, else transformers' choice."""
    import transformers

    return getattr(transformers, _HALVES.get(family, "AutoModel"))


def is_causal(config: Mapping[str, Any]) -> bool:
    """Whether a plain folder holds a model that was trained to continue texts: it is read by its last token."""
    kinds = config.get("architectures")
    first = kinds[0] if isinstance(kinds, list) and kinds else ""
    return str(first).endswith("ForCausalLM") and config.get("is_causal", True) is not False
