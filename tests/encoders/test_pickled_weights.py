"""Weights that are pickled: converted once where they are plain tensors, and refused unread where they are not."""

import io
import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from harness.core.errors import EncoderError
from harness.encoders.backends import pytorch
from tests.fakes.broken import edit, found, vectors
from tests.fakes.encoders import corpus, tiny_encoder

pytestmark = pytest.mark.usefixtures("own_cache")


def pickled(tiny: Path) -> Path:
    """The folder with its weights as `pytorch_model.bin` only."""
    import torch

    torch.save(load_file(tiny / "model.safetensors"), tiny / "pytorch_model.bin")
    (tiny / "model.safetensors").unlink()
    return tiny


def test_pickled_weights_are_rewritten_once_and_used(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = vectors(found(tiny))
    folder = found(pickled(tiny))
    assert Path(folder.path).is_relative_to(tmp_path / "cache")
    assert np.array_equal(vectors(folder), expected)
    assert len(list((tmp_path / "cache/converted").iterdir())) == 1  # nothing half-made is left behind
    monkeypatch.setattr("torch.load", None)  # reading them again would fail
    assert found(tiny) == folder


def test_the_same_pickled_weights_beside_another_tokenizer_are_another_encoder(tiny: Path) -> None:
    """What was converted for one folder must not be read with the files of the other."""
    pickled(tiny)
    other = tiny.parent / "other"
    shutil.copytree(tiny, other)
    edit(other / "tokenizer_config.json", do_lower_case=False)
    first, second = found(tiny), found(other)
    assert first.path != second.path
    assert json.loads((Path(first.path) / "tokenizer_config.json").read_text())["do_lower_case"] is True
    assert first.checkpoint != second.checkpoint


class Malicious:
    """A pickle that makes a folder when it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("how", ["torch.save", "pickle"])
def test_pickled_weights_that_run_code_are_refused_unread(tiny: Path, tmp_path: Path, how: str) -> None:
    import torch

    trace, buffer = tmp_path / "it-ran", io.BytesIO()
    state = {"embeddings.weight": Malicious(trace)}
    torch.save(state, buffer) if how == "torch.save" else pickle.dump(state, buffer)
    (pickled(tiny) / "pytorch_model.bin").write_bytes(buffer.getvalue())
    with pytest.raises(EncoderError, match=r"'mine': .*pytorch_model.bin is not plain tensors .* is refused"):
        found(tiny)
    assert not trace.exists()
    torch.load(io.BytesIO(buffer.getvalue()), weights_only=False) if how == "torch.save" else None
    assert trace.exists() == (how == "torch.save")  # read without care, it would have run


@pytest.mark.parametrize("content", ["", "junk", "list", "nested", "cut"])
def test_pickled_weights_of_another_shape_are_refused(tiny: Path, content: str) -> None:
    import torch

    file = pickled(tiny) / "pytorch_model.bin"
    if content in ("list", "nested"):
        torch.save([torch.ones(2)] if content == "list" else {"state_dict": {"a": torch.ones(2)}}, file)
    else:
        file.write_bytes(file.read_bytes()[:-500] if content == "cut" else content.encode())
    with pytest.raises(EncoderError, match="is not plain tensors" if content else r"is empty \(0 bytes\)"):
        found(tiny)


def test_a_deberta_folder_with_only_a_sentencepiece_model_and_pickled_weights(tmp_path: Path) -> None:
    """As DeBERTa-v3 is published: no tokenizer.json, no safetensors. Its ids are those of sentencepiece."""
    import sentencepiece

    model = io.BytesIO()
    special: dict[str, Any] = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3}
    special |= {"pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus() * 20),
        model_writer=model,
        vocab_size=200,
        **special,
        user_defined_symbols=["[MASK]"],
        hard_vocab_limit=False,
        minloglevel=2,
    )
    path = pickled(tiny_encoder("deberta-v2", tmp_path))
    (path / "tokenizer.json").unlink()
    (path / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "vocab_type": "spm"}))
    (path / "spm.model").write_bytes(model.getvalue())
    folder = found(path)
    encoder = pytorch.load(folder, "cpu")
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    text = "the service was slow"
    (tokens,) = encoder.tokenizer([text], folder.tokenization)
    assert tokens.ids == (1, *pieces.encode(text), 2)
    assert np.isfinite(vectors(folder)).all()
