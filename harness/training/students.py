"""Students: small encoders of five families, which begin with what they can take from the weights of another one.

A table says where each family has its weights. What two families share is copied part by part; what the student alone
has (positions to each other) begins without effect, so that at first it computes what it has inherited. Needs torch:
import it late.
"""

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import torch

from harness.core.errors import EncoderError

#: The parts of a layer, and where BERT has them.
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "attention": "attention.output.dense",
    "attention norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "norm": "output.LayerNorm",
}
_DISTILBERT_STACK = "transformer.layer"
_DISTILBERT = {
    "q": "attention.q_lin",
    "k": "attention.k_lin",
    "v": "attention.v_lin",
    "attention": "attention.out_lin",
    "attention norm": "sa_layer_norm",
    "inner": "ffn.lin1",
    "outer": "ffn.lin2",
    "norm": "output_layer_norm",
}
_MPNET = {part: f"attention.attn.{part}" for part in "qkv"}
_MPNET |= {"attention": "attention.attn.o", "attention norm": "attention.LayerNorm"}
_DEBERTA = {part: f"{_LAYER[part]}_proj" for part in "qkv"}


@dataclass(frozen=True)
class Family:
    """Where a family has its weights, and what its configuration says beside sizes.

    `first`: the row of its table of positions that the first token has (None: that after the id of padding). `divides`:
    by what scores of attention are divided beside the square root of a head's width, and how often the `query_bias`
    counts in them. `silent`: weights that are 0 at first, so that what other families have not is without effect.
    """

    config: str
    stack: str = "encoder.layer"
    layer: Mapping[str, str] = field(default_factory=lambda: _LAYER)
    first: int | None = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    divides: float = 1.0
    query_bias: int = 1
    silent: tuple[str, ...] = ()


#: By transformers' name of the family.
FAMILIES = {
    "bert": Family("BertConfig"),
    "roberta": Family("RobertaConfig", first=None, settings={"type_vocab_size": 1}),
    "distilbert": Family("DistilBertConfig", stack=_DISTILBERT_STACK, layer=_DISTILBERT),
    "mpnet": Family(
        "MPNetConfig",
        layer={**_LAYER, **_MPNET},
        first=2,  # its code numbers from 2, whatever the id of padding is
        settings={"pad_token_id": 1},
        silent=("encoder.relative_attention_bias.weight",),
    ),
    "deberta-v2": Family(
        "DebertaV2Config",
        layer={**_LAYER, **_DEBERTA},
        settings={  # as deberta-v3, beside that a token has a place of its own too, which it can inherit
            "type_vocab_size": 0,
            "relative_attention": True,
            "position_buckets": 256,
            "pos_att_type": ["p2c", "c2p"],
            "share_att_key": True,
            "norm_rel_ebd": "layer_norm",
            "position_biased_input": True,
        },
        divides=sqrt(3),  # content to content, to position, and back
        query_bias=2,  # of content, and of position as long as that is silent
        silent=("encoder.LayerNorm.weight",),
    ),
}


def begun(
    base: Any,
    family: str,
    layers: Sequence[int],
    words: torch.Tensor,
    ids: Mapping[str, int],
    inherits: Collection[str],
) -> Any:
    """A model of a family, as wide as `base`, in evaluation mode, that begins with `embeddings` and `layers` of it.

    `words` (n, d) are the embeddings of its vocabulary, `ids` those of special tokens as a configuration names them.
    EncoderError where nothing is known of the family of `base`.
    """
    source, target = family_of(base), FAMILIES[family]
    model = _random(base, target, len(layers), len(words), ids)
    weights, known = dict(model.named_parameters()), dict(base.named_parameters())
    with torch.no_grad():
        for name in target.silent:
            weights[name].zero_()
        if "embeddings" in inherits:
            _take_embeddings(known, _first(source, base.config), weights, _first(target, model.config), words)
        if "layers" in inherits:
            _take_layers(known, source, layers, weights, target)
        for name in set(weights) & set(known) if source is target and inherits else ():
            if not name.startswith((source.stack, "embeddings.")):
                weights[name].copy_(known[name])
    return model.eval()


def family_of(base: Any) -> Family:
    """Where a model has its weights. EncoderError where that is not known."""
    stated = str(base.config.model_type)
    if stated not in FAMILIES:
        raise EncoderError(f"nothing can be inherited from a {stated} model; expected one of {', '.join(FAMILIES)}.")
    return FAMILIES[stated]


def _random(base: Any, family: Family, n_layers: int, n_words: int, ids: Mapping[str, int]) -> Any:
    """As its class makes it, from torch's generator; with as many positions as the base can read."""
    import transformers

    old, source = base.config, family_of(base)
    config = copy.deepcopy(old) if source is family else getattr(transformers, family.config)()
    sizes: dict[str, Any] = {"num_hidden_layers": n_layers, "vocab_size": n_words, **ids}
    if source is not family:
        inner = base.get_parameter(f"{source.stack}.0.{source.layer['inner']}.weight").shape[0]
        act = old.activation if source.stack == _DISTILBERT_STACK else old.hidden_act
        names: dict[str, Any] = {"hidden_dim": inner, "activation": act}
        if family.stack != _DISTILBERT_STACK:
            names = {
                "intermediate_size": inner,
                "hidden_act": act,
                "layer_norm_eps": getattr(old, "layer_norm_eps", 1e-12),
            }
        n_positions = old.max_position_embeddings - _first(source, old)
        for size in ("hidden_size", "num_attention_heads"):
            sizes[size] = getattr(old, size)
        sizes.update({**names, **family.settings})
    for name, value in sizes.items():
        setattr(config, name, value)
    if source is not family:
        config.max_position_embeddings = n_positions + _first(family, config)
    return transformers.AutoModel.from_config(config)


def _first(family: Family, config: Any) -> int:
    return int(config.pad_token_id) + 1 if family.first is None else family.first


def _take_layers(
    known: Mapping[str, torch.Tensor],
    source: Family,
    layers: Sequence[int],
    weights: Mapping[str, torch.Tensor],
    target: Family,
) -> None:
    """Layer by layer, with queries so that scores of attention come out the same."""
    for place, layer in enumerate(layers):
        for part, path in source.layer.items():
            for kind in ("weight", "bias"):
                scale = target.divides / source.divides if part == "q" else 1.0
                if (part, kind) == ("q", "bias"):
                    scale *= source.query_bias / target.query_bias
                taken = known[f"{source.stack}.{layer}.{path}.{kind}"] * scale
                weights[f"{target.stack}.{place}.{target.layer[part]}.{kind}"].copy_(taken)


def _take_embeddings(
    known: Mapping[str, torch.Tensor],
    known_first: int,
    weights: Mapping[str, torch.Tensor],
    first: int,
    words: torch.Tensor,
) -> None:
    """Words, positions and their norm; what stands for the first segment goes into positions where there are none."""
    part = "embeddings.{}.weight".format
    weights[part("word_embeddings")].copy_(words)
    segment, segments = known.get(part("token_type_embeddings")), weights.get(part("token_type_embeddings"))
    if segments is not None:
        segments.zero_()
        if segment is not None:
            n = min(len(segment), len(segments))
            segments[:n].copy_(segment[:n])
    places, table = known.get(part("position_embeddings")), weights.get(part("position_embeddings"))
    if table is not None:
        taken = table.new_zeros(table.shape) if places is None else places[known_first:]
        if segments is None and segment is not None:
            taken = taken + segment[0]
        table[first : first + len(taken)].copy_(taken[: len(table) - first])
    for kind in ("weight", "bias"):
        weights[f"embeddings.LayerNorm.{kind}"].copy_(known[f"embeddings.LayerNorm.{kind}"])
