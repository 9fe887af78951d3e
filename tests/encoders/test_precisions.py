"""What torch gives in fewer bits: near to fp32, in fp32, for every family."""

from pathlib import Path

import pytest
import torch

from harness.core import processor
from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.encoders import EncoderSpec, resolve
from harness.encoders.backends import pytorch
from harness.encoders.torch_encoder import TorchEncoder
from tests.encoders.test_sound_folders import made
from tests.fakes.encoders import FAMILIES, corpus, tiny_encoder

#: How far a state may be from that in fp32; states are about 1.
NEAR = {"bf16": 0.3, "fp16": 0.04}


def states(folder: Path, precision: str) -> tuple[TorchEncoder, TokenStates]:
    found = resolve(EncoderSpec("tiny", str(folder)), Path())
    encoder = pytorch.load(found, "cpu", precision)
    assert isinstance(encoder, TorchEncoder)
    return encoder, encoder.hidden_states(list(encoder.tokenizer(corpus(), found.tokenization)))


@pytest.mark.parametrize("precision", NEAR)
@pytest.mark.parametrize("family", FAMILIES)
def test_fewer_bits_give_nearly_the_same(family: str, precision: str, tmp_path: Path) -> None:
    """Weights and states are of that precision, what is pooled is fp32, and padding is still taken for harmless."""
    folder = tiny_encoder(family, tmp_path)
    encoder, reduced = states(folder, precision)
    assert {str(p.dtype) for p in encoder._model.parameters()} == {f"torch.{'b' * (precision == 'bf16')}float16"}
    assert reduced.hidden.dtype == torch.float32
    assert not encoder._mixes_padding
    difference = (reduced.hidden - states(folder, "fp32")[1].hidden)[reduced.mask].abs().max()
    assert 0 < difference < NEAR[precision]


def test_what_mixes_padding_is_found_in_fewer_bits_too(tmp_path: Path) -> None:
    convbert = made("convbert", tiny_encoder("bert", tmp_path), embedding_size=32, conv_kernel_size=3)
    assert states(convbert, "bf16")[0]._mixes_padding


def test_a_model_that_knows_no_such_precision_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="It may not compute in bfloat16: try `precision: fp32`"):
        states(made("fnet", tiny_encoder("bert", tmp_path)), "bf16")


@pytest.mark.parametrize(
    ("flags", "slow"),
    [
        ("flags\t\t: fpu avx2", {"bf16", "fp16"}),
        ("flags\t\t: fpu avx512_bf16", {"fp16"}),
        ("flags\t\t: fpu amx_bf16 amx_fp16", set()),
        ("Features\t: fp asimd asimdhp", {"bf16"}),
        ("model name\t: one that tells nothing", set()),
    ],
)
def test_the_processor_is_asked(flags: str, slow: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "_CPU", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}\n")
    assert {p for p in ("fp32", "bf16", "fp16") if pytorch.check("cpu", p)} == slow
    (tmp_path / "cpuinfo").unlink()
    assert not pytorch.check("cpu", "bf16")
