"""Which model reads a folder: its family where config.json is silent, and the encoder half of encoder-decoders."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError

#: What the names of weights begin with, of families that were uploaded before config.json named them.
_BY_PREFIX = ("bert", "roberta", "distilbert", "albert", "electra", "mpnet", "longformer")
#: BERT's weights by names that do not begin with it.
_BERT = {"embeddings.word_embeddings.weight", "embeddings.token_type_embeddings.weight"}
#: Encoder-decoders of which sentence-transformers reads the encoder alone: the class that does.
_HALVES = {
    "t5": "t5.modeling_t5.T5EncoderModel",
    "mt5": "mt5.modeling_mt5.MT5EncoderModel",
    "umt5": "umt5.modeling_umt5.UMT5EncoderModel",
    "longt5": "longt5.modeling_longt5.LongT5EncoderModel",
    "switch_transformers": "switch_transformers.modeling_switch_transformers.SwitchTransformersEncoderModel",
}


def family_of(config: Mapping[str, Any], weights: Iterable[str], path: Path, name: str) -> str:
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
        f"encoder {name!r}: {path / 'config.json'} has no `model_type`, and the names of the weights do not tell the "
        f'family{first}. Add it to config.json, like "model_type": "bert".'
    )


def config_of(path: str, family: str, config: Mapping[str, Any]) -> Any:
    """The transformers configuration of a folder, as `family` where config.json does not say."""
    from transformers import AutoConfig

    if config.get("model_type"):
        return AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    return AutoConfig.for_model(family, **config)


def model_class(family: str) -> Any:
    """The class that reads the weights: the encoder half of an encoder-decoder, else transformers' choice."""
    from transformers import AutoModel

    if family not in _HALVES:
        return AutoModel
    module, name = _HALVES[family].rsplit(".", 1)
    return getattr(import_module(f"transformers.models.{module}"), name)


def is_causal(config: Mapping[str, Any]) -> bool:
    """Whether a plain folder holds a model that was trained to continue texts: it is read by its last token."""
    kinds = config.get("architectures")
    first = kinds[0] if isinstance(kinds, list) and kinds else ""
    return str(first).endswith("ForCausalLM") and config.get("is_causal", True) is not False
