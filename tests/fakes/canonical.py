"""Tiny random models in the layout of five of the hub: names of files, of weights and of settings as they are there.

Source of the layouts: the repositories at the revisions that suites/hub.yaml names.
"""

import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.fakes.encoders import MAX_LENGTH, N_DIMENSIONS, corpus, tiny_encoder

Files = dict[str, bytes]
#: What config.json says of all five in other words than transformers saves today, and what it does not say.
_LATER = {"transformers_version", "dtype", "add_cross_attention", "is_decoder", "tie_word_embeddings", "use_cache"}
_WORDPIECE = {"do_lower_case": True, "model_max_length": 512}


def bert(folder: Path) -> Files:
    """google-bert/bert-base-uncased: LayerNorm by its names of TensorFlow, heads of both trainings, weights twice."""
    files, state = _parts("bert", folder)
    state = {re.sub(r"LayerNorm\.weight$", "LayerNorm.gamma", name): value for name, value in state.items()}
    state = {f"bert.{re.sub(r'LayerNorm.bias$', 'LayerNorm.beta', name)}": value for name, value in state.items()}
    heads = ["cls.predictions.bias", "cls.predictions.transform.dense.weight", "cls.seq_relationship.weight"]
    state |= _noise(*heads, "cls.predictions.transform.LayerNorm.gamma")
    files |= {"tokenizer_config.json": _json(_WORDPIECE), "vocab.txt": _vocabulary(files)}
    coreml = "coreml/fill-mask/float32_model.mlpackage/Data/com.apple.CoreML/weights/weight.bin"
    unread = _unread("LICENSE", "flax_model.msgpack", "model.onnx", "rust_model.ot", "tf_model.h5", coreml)
    return files | unread | {"model.safetensors": _safe(state), "pytorch_model.bin": _pickled(state)}


def roberta(folder: Path) -> Files:
    """FacebookAI/roberta-base: positions kept as a buffer, words and merges in files of their own, weights twice."""
    import torch

    files, state = _parts("roberta", folder)
    state = {f"roberta.{name}": value for name, value in state.items()}
    state |= {"roberta.embeddings.position_ids": torch.arange(MAX_LENGTH + 2).unsqueeze(0)}
    state |= _noise("lm_head.bias", "lm_head.dense.weight", "lm_head.layer_norm.weight")
    model = json.loads(files["tokenizer.json"])["model"]
    merges = "\n".join(" ".join(pair) for pair in model["merges"])
    files |= {"vocab.json": _json(model["vocab"]), "merges.txt": f"#version: 0.2\n{merges}\n".encode()}
    files |= {"tokenizer_config.json": _json({"model_max_length": 512}), "dict.txt": b"13 850314647\n"}
    unread = _unread("flax_model.msgpack", "rust_model.ot", "tf_model.h5")
    return files | unread | {"model.safetensors": _safe(state), "pytorch_model.bin": _pickled(state)}


def distilbert(folder: Path) -> Files:
    """distilbert/distilbert-base-uncased: a head for masked words, weights twice."""
    files, state = _parts("distilbert", folder)
    state = {f"distilbert.{name}": value for name, value in state.items()}
    state |= _noise("vocab_transform.weight", "vocab_layer_norm.weight", "vocab_projector.bias")
    files |= {"tokenizer_config.json": _json(_WORDPIECE), "vocab.txt": _vocabulary(files)}
    unread = _unread("LICENSE", "flax_model.msgpack", "rust_model.ot", "tf_model.h5", "map.jpeg")
    return files | unread | {"model.safetensors": _safe(state), "pytorch_model.bin": _pickled(state)}


def mpnet(folder: Path) -> Files:
    """microsoft/mpnet-base: weights as `pytorch_model.bin` alone, with a head for masked words."""
    files, state = _parts("mpnet", folder)
    state = {f"mpnet.{name}": value for name, value in state.items()} | _noise("lm_head.bias", "lm_head.dense.weight")
    files |= {"tokenizer_config.json": _json(_WORDPIECE), "vocab.txt": _vocabulary(files)}
    return files | _unread("tf_model.h5") | {"pytorch_model.bin": _pickled(state)}


def deberta(folder: Path) -> Files:
    """microsoft/deberta-v3-base: `spm.model` and `pytorch_model.bin` alone, in float16, more rows than pieces."""
    import torch

    files, state = _parts("deberta-v2", folder)
    pieces, n_pieces = _sentencepiece()
    config = json.loads(files.pop("config.json"))
    for name in ("architectures", "bos_token_id", "eos_token_id", "pad_token_id", "legacy", "conv_kernel_size"):
        config.pop(name, None)
    config |= {"pos_att_type": "p2c|c2p", "vocab_size": n_pieces + 100}
    words = torch.randn(n_pieces + 100, N_DIMENSIONS, generator=torch.Generator().manual_seed(5)) * 0.3
    state = {f"deberta.{name}": value for name, value in state.items()}
    state |= {"deberta.embeddings.word_embeddings.weight": words}
    state |= _noise("deberta.embeddings.word_embeddings._weight", "lm_predictions.lm_head.dense.weight")
    state |= _noise("lm_predictions.lm_head.LayerNorm.weight", "mask_predictions.classifier.weight")
    weights = _pickled({name: value.half() for name, value in state.items()})
    read = {"config.json": _json(config), "spm.model": pieces, "pytorch_model.bin": weights}
    read |= {"tokenizer_config.json": _json({"do_lower_case": False, "vocab_type": "spm"})}
    return read | _unread("pytorch_model.generator.bin", "rust_model.ot", "tf_model.h5", "README.md")


#: By the id that stands in for.
MODELS: Mapping[str, Callable[[Path], Files]] = {
    "google-bert/bert-base-uncased": bert,
    "FacebookAI/roberta-base": roberta,
    "distilbert/distilbert-base-uncased": distilbert,
    "microsoft/mpnet-base": mpnet,
    "microsoft/deberta-v3-base": deberta,
}


def sharded(folder: Path) -> Files:
    """Safetensors in two files and an index."""
    files, state = _parts("bert", folder)
    names = sorted(state)
    pieces = [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    held = {piece: names[n::2] for n, piece in enumerate(pieces)}
    index = {"metadata": {"total_size": 1}, "weight_map": {name: piece for piece in pieces for name in held[piece]}}
    files |= {piece: _safe({name: state[name] for name in held[piece]}) for piece in pieces}
    return files | {"model.safetensors.index.json": _json(index)}


def half(folder: Path) -> Files:
    """Safetensors in float16, which config.json says."""
    files, state = _parts("roberta", folder)
    config = json.loads(files["config.json"]) | {"torch_dtype": "float16"}
    files |= {"config.json": _json(config)}
    return files | {"model.safetensors": _safe({name: value.half() for name, value in state.items()})}


def _parts(family: str, folder: Path) -> tuple[Files, dict[str, Any]]:
    """The files of a tiny encoder without weights, config.json as it was once saved; and its weights by name."""
    from safetensors.torch import load_file

    path = tiny_encoder(family, folder)
    files = {file.name: file.read_bytes() for file in path.iterdir() if file.name != "model.safetensors"}
    config = {key: value for key, value in json.loads(files["config.json"]).items() if key not in _LATER}
    return files | {"config.json": _json(config)}, load_file(path / "model.safetensors")


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


def _noise(*names: str) -> dict[str, Any]:
    """Weights of heads, which no encoder reads."""
    import torch

    return {name: torch.ones(3) for name in names}


def _unread(*names: str) -> Files:
    """Files that nobody should fetch."""
    return dict.fromkeys(names, b"not read")


def _vocabulary(files: Files) -> bytes:
    words = json.loads(files["tokenizer.json"])["model"]["vocab"]
    return ("\n".join(sorted(words, key=words.__getitem__)) + "\n").encode()


def _safe(state: Mapping[str, Any]) -> bytes:
    from safetensors.torch import save

    data: bytes = save({name: value.contiguous() for name, value in state.items()}, metadata={"format": "pt"})
    return data


def _pickled(state: Mapping[str, Any]) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return buffer.getvalue()


def _sentencepiece() -> tuple[bytes, int]:
    """A SentencePiece model with DeBERTa's special pieces, but for [MASK], which its tokenizer adds; and its size."""
    import sentencepiece

    buffer, special = io.BytesIO(), dict[str, Any](pad_id=0, bos_id=1, eos_id=2, unk_id=3)
    special |= {"pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus() * 20),
        model_writer=buffer,
        vocab_size=200,
        hard_vocab_limit=False,
        minloglevel=2,
        **special,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_proto=buffer.getvalue())
    return buffer.getvalue(), pieces.get_piece_size()
