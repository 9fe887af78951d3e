"""OpenVINO gives what torch gives, converts once, and talks to nobody."""

import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.core import processor
from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.core.inputs import Pair
from harness.encoders import EncoderFolder, EncoderSpec, converted, resolve
from harness.encoders.backends import Encoder, openvino, pytorch
from harness.tasks import lessons
from tests.encoders.test_sound_folders import made
from tests.fakes.encoders import FAMILIES, corpus, tiny_encoder


@pytest.fixture
def folder(tmp_path: Path) -> EncoderFolder:
    return found("bert", tmp_path)


def found(family: str, tmp_path: Path) -> EncoderFolder:
    return resolve(EncoderSpec("tiny", str(tiny_encoder(family, tmp_path))), Path()).placed(tmp_path / "store")


def states(encoder: Encoder, folder: EncoderFolder, texts: Any = None, layers: tuple[int, ...] = (-1,)) -> TokenStates:
    return encoder.hidden_states(list(encoder.tokenizer(texts or corpus(), folder.tokenization)), layers)


def furthest(one: TokenStates, other: TokenStates) -> float:
    assert one.layers.keys() == other.layers.keys()
    return max(float((one.layers[n] - other.layers[n])[one.mask].abs().max()) for n in one.layers)


@pytest.mark.parametrize("family", FAMILIES)
def test_states_of_all_layers_are_those_of_torch(family: str, tmp_path: Path) -> None:
    folder = found(family, tmp_path)
    encoder, torchs = openvino.load(folder, "cpu"), pytorch.load(folder, "cpu")
    for texts, layers in ((corpus(), (-1,)), (corpus()[:1], (-1,)), (corpus()[1:4], (-1, 0, 1, 2, -2))):
        assert furthest(states(encoder, folder, texts, layers), states(torchs, folder, texts, layers)) < 1e-5
    assert encoder.n_parameters == torchs.n_parameters


def test_pairs_and_cut_encoders_too(folder: EncoderFolder) -> None:
    cut = replace(folder, layers=(1,))
    pairs = [Pair(a, b) for a, b in zip(corpus(), corpus()[1:], strict=False)]
    encoder, torchs = openvino.load(cut, "cpu"), pytorch.load(cut, "cpu")
    read = states(torchs, cut, pairs)
    assert furthest(states(encoder, cut, pairs), read) < 1e-5
    assert furthest(states(pytorch.load(folder, "cpu"), folder, pairs), read) > 1e-3


def test_a_layer_that_is_not_there_is_told(folder: EncoderFolder) -> None:
    with pytest.raises(EncoderError, match="layer 7 is asked for, and this encoder has 2"):
        states(openvino.load(folder, "cpu"), folder, layers=(7,))


def test_fewer_bits_are_near_and_other(folder: EncoderFolder) -> None:
    exact, other = (
        states(openvino.load(folder, "cpu"), folder),
        states(openvino.load(folder, "cpu", "int8-weights"), folder),
    )
    assert 1e-4 < furthest(exact, other) < 0.5


def test_int8_is_calibrated_on_texts(folder: EncoderFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "read", lambda: lessons.Lessons(tuple(corpus()), tuple(corpus())))
    exact, other = states(pytorch.load(folder, "cpu"), folder), states(openvino.load(folder, "cpu", "int8"), folder)
    near = torch.cosine_similarity(exact.hidden[exact.mask], other.hidden[exact.mask], dim=-1)
    assert 0.9 < float(near.mean()) < 0.99999


def test_what_is_converted_is_kept(folder: EncoderFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what decides it; what was spoilt is noticed and converted again."""
    times: list[str] = []
    convert = converted._convert

    def counted(folder: EncoderFolder, kind: str, out: Path) -> None:
        times.append(kind)
        convert(folder, kind, out)

    monkeypatch.setattr(converted, "_convert", counted)
    first = states(openvino.load(folder, "cpu"), folder)
    openvino.load(folder, "cpu")
    openvino.load(folder, "cpu", "bf16")  # the same model, compiled otherwise
    assert times == ["fp32"]
    (weights,) = Path(str(folder.store)).glob("*/model.bin")
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 255
    weights.write_bytes(bytes(data))
    again = states(openvino.load(folder, "cpu"), folder)
    assert times == ["fp32", "fp32"]
    assert torch.equal(first.hidden, again.hidden)
    openvino.load(replace(folder, layers=(0,)), "cpu")
    openvino.load(replace(folder, store=None), "cpu")
    assert times == ["fp32"] * 4


def test_nothing_is_reported_to_anybody(folder: EncoderFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a name is looked up nor a connection opened; the package that would is not imported."""
    asked: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address))
    openvino.load(folder, "cpu", "int8-weights")
    assert asked == []
    assert sys.modules["openvino_telemetry"] is None


def test_what_cannot_be_converted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = found("bert", tmp_path)
    torchs = converted._traced
    monkeypatch.setattr(converted, "_traced", lambda ov, model, has: torchs(ov, drifted(model), has))
    with pytest.raises(
        EncoderError, match=r"encoder 'tiny': as OpenVINO converts it, .* from torch's. Say `backend: torch`"
    ):
        openvino.load(folder, "cpu")
    assert not list(Path(str(folder.store)).glob("*/model.xml"))
    monkeypatch.setattr(converted, "_traced", lambda *_: 1 / 0)
    with pytest.raises(
        EncoderError, match=r"OpenVINO \S+ cannot convert it \(ZeroDivisionError\). Say `backend: torch`"
    ):
        openvino.load(folder, "cpu")


def drifted(model: Any) -> Any:
    other = type(model)(model.config).eval()
    other.load_state_dict({name: weight * 1.01 for name, weight in model.state_dict().items()})
    return other


def test_texts_of_one_length_are_read_together_where_padding_counts(tmp_path: Path) -> None:
    where = made("convbert", tiny_encoder("bert", tmp_path), embedding_size=32, conv_kernel_size=3)
    folder = resolve(EncoderSpec("tiny", str(where)), Path())
    assert furthest(states(openvino.load(folder, "cpu"), folder), states(pytorch.load(folder, "cpu"), folder)) < 1e-5


def test_what_is_not_here_is_told_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="on processors alone, and the device is cuda:0"):
        openvino.check("cuda:0", "fp32")
    (tmp_path / "cpuinfo").write_text("flags : avx2\n")
    monkeypatch.setattr(processor, "_CPU", tmp_path / "cpuinfo")
    assert openvino.check("cpu", "int8").startswith("this processor has no instructions for int8")
    assert openvino.check("cpu", "bf16").startswith("this processor has no instructions for bf16")
    assert not openvino.check("cpu", "fp32") + openvino.check("cpu", "int8-weights")
    monkeypatch.setattr(openvino, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"openvino not installed: pip install 'encoder-harness\[openvino\]'"):
        openvino.check("cpu", "fp32")
    with pytest.raises(EncoderError, match="openvino and nncf not installed"):
        openvino.check("cpu", "int8")
