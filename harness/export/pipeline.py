"""A folder that a pipeline of transformers loads: the encoder with the row's head in its family's own classifier.

A family's classifier for texts does something to the first token's state before its last layer. Its weights can be
chosen so that this changes nothing, and then it is the row's linear head on the first token.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.core.errors import EncoderError
from harness.encoders.files import read_json
from harness.export.row import Row
from harness.export.sentence import copy_tokenizer, save
from harness.modes import LinearHead

#: So small that tanh changes no bit of a float32 that any encoder gives, and a power of two, which rounds nothing.
_SMALL = 2.0**-16
#: By family: where its classifier of texts has its first layer and its last, and what stands between them.
_CLASSIFIERS = {
    "bert": ("bert.pooler.dense", "classifier", "tanh"),
    "roberta": ("classifier.dense", "classifier.out_proj", "tanh"),
    "xlm-roberta": ("classifier.dense", "classifier.out_proj", "tanh"),
    "mpnet": ("classifier.dense", "classifier.out_proj", "tanh"),
    "distilbert": ("pre_classifier", "classifier", "relu"),
    "deberta-v2": ("pooler.dense", "classifier", "linear"),
}
#: What a task is called there, by what is told of an item.
TASKS: Mapping[str, str] = {"tags": "token-classification"}
_PROBLEMS = {"class": "single_label_classification", "labels": "multi_label_classification", "value": "regression"}
_PROBLEMS |= {"number": "regression"}


def task_of(row: Row) -> str:
    """The pipeline that loads it."""
    return TASKS.get(row.kind.target, "text-classification")


def refuse(row: Row) -> None:
    """EncoderError where no pipeline can say what the row says, before anything is computed."""
    head, family, target = row.cell.head, row.encoder.family, row.kind.target
    pooling = head.pooling
    assert pooling is not None
    wanted = "word-first" if target == "tags" else "cls"
    if target not in (*TASKS, *_PROBLEMS) or not head.train:
        _refuse("nothing is learnt by this row", "export it for sentence-transformers")
    if family not in _CLASSIFIERS:
        _refuse(f"of the family {family} the classifier has more layers", f"this works for {', '.join(_CLASSIFIERS)}")
    if pooling.pooler != wanted or tuple(pooling.layers) != (-1,) or "own" in pooling.parameters:
        reads = "each word's first token" if target == "tags" else "the first token"
        why = f"a {task_of(row)} model of the family {family} reads {reads} of its last layer, and this row pools"
        _refuse(
            f"{why} {_shown(pooling)}",
            f"train the row with `poolers: [{wanted}]`, or export it --as sentence-transformers",
        )
    if not head.is_built and len(row.kind.roles) > 1:
        _refuse(
            "this head reads the vectors of both sides, each encoded by itself", "fine-tune, which reads them as one"
        )
    for role in row.kind.roles if not head.is_built else ("text",):
        reading = row.reading(role)
        if reading.prefix or reading.truncation != "head" or row.encoder.lower_case:
            how = f"with the prefix {reading.prefix!r}" if reading.prefix else f"from {reading.truncation}, lower-cased"
            _refuse(f"this row reads texts {how}", "a pipeline reads them as they are")


def _shown(pooling: Any) -> str:
    return (
        "with its folder's own layers"
        if "own" in pooling.parameters
        else f"{pooling.pooler} of layers {list(pooling.layers)}"
    )


def _refuse(why: str, advice: str) -> None:
    raise EncoderError(f"no pipeline of transformers can say what this row says: {why}; {advice}.")


def write(row: Row, head: LinearHead, out: Path) -> None:
    """Write it into `out`; labels have the names that the row learnt."""
    from harness.encoders.torch_encoder import load_model

    encoder = load_model(row.encoder)
    make = _tagger if row.kind.target == "tags" else _classifier
    make(row, encoder, head).save_pretrained(out)
    copy_tokenizer(row, out)
    settings = read_json(out / "tokenizer_config.json", optional=True)
    save(out / "tokenizer_config.json", {**settings, "model_max_length": row.max_length})


def _configured(encoder: Any, head: LinearHead, **more: Any) -> Any:
    """The encoder's config with the classes of a head; without classes its one output is a number."""
    config = type(encoder.config).from_dict(encoder.config.to_dict())
    config.id2label = dict(enumerate(head.classes or ("value",)))
    config.label2id = {name: number for number, name in config.id2label.items()}
    for name, value in more.items():
        setattr(config, name, value)
    return config


def _loaded(auto: str, config: Any, encoder: Any) -> Any:
    """A model of the family with a head, its encoder's weights those of the row."""
    import transformers

    model = getattr(transformers, auto).from_config(config)
    own, given = getattr(model, model.base_model_prefix), encoder.state_dict()
    kept = {name: weight for name, weight in given.items() if name in own.state_dict()}
    missing = own.load_state_dict(kept, strict=False).missing_keys
    assert all(name.startswith("pooler.") for name in missing), missing
    return model.eval()


def _tagger(row: Row, encoder: Any, head: LinearHead) -> Any:
    model = _loaded("AutoModelForTokenClassification", _configured(encoder, head), encoder)
    _set(model.classifier, head.weight, head.bias)
    return model


def _classifier(row: Row, encoder: Any, head: LinearHead) -> Any:
    first, last, between = _CLASSIFIERS[row.encoder.family]
    more: dict[str, Any] = {"problem_type": _PROBLEMS[row.kind.target]}
    if between == "linear":
        more["pooler_hidden_act"] = "linear"
    model = _loaded("AutoModelForSequenceClassification", _configured(encoder, head, **more), encoder)
    weight, bias = np.asarray(head.weight, np.float64), np.asarray(head.bias, np.float64)
    _HARMLESS[between](encoder, model.get_submodule(first), model.get_submodule(last), weight, bias)
    return model


def _by_tanh(encoder: Any, first: Any, last: Any, weight: Any, bias: Any) -> None:
    _set(first, np.eye(weight.shape[1]) * _SMALL, np.zeros(weight.shape[1]))
    _set(last, weight / _SMALL, bias)


def _by_linear(encoder: Any, first: Any, last: Any, weight: Any, bias: Any) -> None:
    _set(first, np.eye(weight.shape[1]), np.zeros(weight.shape[1]))
    _set(last, weight, bias)


def _by_relu(encoder: Any, first: Any, last: Any, weight: Any, bias: Any) -> None:
    """Lifted above 0, and back: after a layer norm no value is farther from 0 than `most`."""
    norm = encoder.transformer.layer[-1].output_layer_norm
    scale, shift = (part.detach().double().numpy() for part in (norm.weight, norm.bias))
    most = np.abs(scale) * np.sqrt(len(scale)) + np.abs(shift)
    _set(first, np.eye(weight.shape[1]), most)
    _set(last, weight, bias - weight @ most.astype(np.float32).astype(np.float64))


_HARMLESS: Mapping[str, Callable[..., None]] = {"tanh": _by_tanh, "linear": _by_linear, "relu": _by_relu}


def _set(layer: Any, weight: Any, bias: Any) -> None:
    import torch

    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.asarray(weight, np.float32)))
        layer.bias.copy_(torch.from_numpy(np.asarray(bias, np.float32)))
