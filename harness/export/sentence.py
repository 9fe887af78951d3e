"""A folder that sentence-transformers loads: the transformer, how it is pooled, normalised and prompted."""

import json
import shutil
from pathlib import Path
from typing import Any

from harness.core.errors import EncoderError
from harness.encoders.layout import FLAG_OF, NAME_OF, PROMPT_ROLES
from harness.encoders.own import WEIGHTS, Layer, Own
from harness.encoders.refusals import TOKENIZER_FILES
from harness.export.row import Row

_MODULE = "sentence_transformers.models"


def refuse(row: Row) -> None:
    """EncoderError where sentence-transformers has no way to compute the row's vectors."""
    pooling, readings = row.cell.head.pooling, row.cell.head.readings or {}
    assert pooling is not None
    if pooling.per != "text":
        _refuse(
            f"the pooler {pooling.pooler} gives a vector a word; the pipeline of a tagging row has it: --as pipeline"
        )
    if unknown := [name for name in _poolers(row) if name not in FLAG_OF]:
        _refuse(f"it has no pooling {unknown[0]} (it has {', '.join(FLAG_OF)}, and several of them joined)")
    if tuple(pooling.layers) != (-1,) or pooling.parameters.get("special_tokens", True) is not True:
        _refuse(f"its pooling reads all tokens of the last layer, and this row's {_given(row)}")
    if other := next((one for one in readings.values() if one.truncation != "head"), None):
        _refuse(f"it reads a longer text from its head, and this row by {other.truncation}")
    if len({one.max_length for one in readings.values()}) > 1:
        lengths = ", ".join(f"{role} {one.max_length}" for role, one in readings.items())
        _refuse(f"it reads all texts up to one length, and this row has several ({lengths})")


def _refuse(why: str) -> None:
    raise EncoderError(f"sentence-transformers cannot give this row's vectors: {why}.")


def _given(row: Row) -> str:
    assert row.cell.head.pooling is not None
    return f"{row.cell.head.pooling.pooler}: {dict(row.cell.head.pooling.parameters)}"


def _poolers(row: Row) -> list[str]:
    """The names of the poolers whose vectors are joined; of most rows one."""
    assert row.cell.head.pooling is not None
    pooling = row.cell.head.pooling
    return list(pooling.parameters["of"]) if pooling.pooler == "concat" else [pooling.pooler]


def is_normalised(row: Row) -> bool:
    """Whether vectors have length 1: where the row compares them by cosine."""
    return row.cell.head.mode.parameters.get("normalize") is True


def write(row: Row, out: Path) -> None:
    """Write it into `out`: weights in fp32 as the harness reads them, tokenizer files byte for byte."""
    config = save_transformer(row, out)
    own = _own(row)
    width = int(getattr(config, "hidden_size", None) or config.dim)
    width = next((int(one.settings["out_features"]) for one in reversed(own.before) if one.kind == "Dense"), width)
    modules = [("Transformer", "")]
    for layer in own.before:
        modules.append(_layer(layer, len(modules), out))
    modules.append(("Pooling", f"{len(modules)}_Pooling"))
    save(out / modules[-1][1] / "config.json", _pooling(_poolers(row), width, own))
    for layer in own.after:
        if layer.kind != "Truncate":
            modules.append(_layer(layer, len(modules), out))
    if is_normalised(row):
        modules.append(_layer(Layer("Normalize", {}), len(modules), out))
    told = [
        {"idx": i, "name": str(i), "path": path, "type": f"{_MODULE}.{kind}"} for i, (kind, path) in enumerate(modules)
    ]
    save(out / "modules.json", told)
    reading = {"max_seq_length": row.max_length, "do_lower_case": row.encoder.lower_case}
    save(out / "sentence_bert_config.json", reading)
    save(out / "config_sentence_transformers.json", _settings(row, own))


def save_transformer(row: Row, out: Path) -> Any:
    """Weights, config and tokenizer files into `out`; gives the config."""
    from harness.encoders.torch_encoder import load_model

    model = load_model(row.encoder)
    model.save_pretrained(out)
    copy_tokenizer(row, out)
    return model.config


def copy_tokenizer(row: Row, out: Path) -> None:
    """The files of its tokenizer, byte for byte."""
    for name in TOKENIZER_FILES:
        if (Path(row.encoder.path) / name).is_file():
            shutil.copyfile(Path(row.encoder.path) / name, out / name)


def save(file: Path, value: Any) -> None:
    """A JSON file, in a folder that is made where it is not there."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _own(row: Row) -> Own:
    """The layers around the pooling, where the row takes its folder's own."""
    assert row.cell.head.pooling is not None
    key, owns = row.cell.head.pooling.parameters.get("own"), (row.encoder.own, *row.encoder.others)
    return next((own for own in owns if own and own.key == key), Own())


def _layer(layer: Layer, number: int, out: Path) -> tuple[str, str]:
    """A module of the row's own folder, copied; its kind and its place."""
    place = f"{number}_{layer.kind}"
    (out / place).mkdir()
    if layer.weights is not None:
        for name in ("config.json", *WEIGHTS):
            if (layer.weights.parent / name).is_file():
                shutil.copyfile(layer.weights.parent / name, out / place / name)
    return layer.kind, place


def _pooling(names: list[str], width: int, own: Own) -> dict[str, Any]:
    """The config of its pooling: flags, which every version reads; names where several stand in another order."""
    places = [list(FLAG_OF).index(name) for name in names]
    if places == sorted(set(places)):
        modes: dict[str, Any] = {flag: name in names for name, flag in FLAG_OF.items()}
    else:
        modes = {"pooling_mode": [NAME_OF[name] for name in names]}
    return {"word_embedding_dimension": width, **modes, "include_prompt": own.include_prompt}


def _settings(row: Row, own: Own) -> dict[str, Any]:
    """What is put before a text by role, how vectors are compared, and to how many dimensions they are cut."""
    prompts = {name: row.reading(role).prefix for name, role in PROMPT_ROLES.items()}
    is_prompted = any(prompts.values())
    compares = "dot" if row.cell.head.mode.parameters.get("normalize") is False else "cosine"
    cut = next((layer.settings["to"] for layer in own.after if layer.kind == "Truncate"), None)
    return {
        "prompts": prompts if is_prompted else {},
        "default_prompt_name": "text" if prompts["text"] else None,
        "similarity_fn_name": compares,
        **({"truncate_dim": cut} if cut else {}),
    }
