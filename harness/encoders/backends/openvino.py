from importlib.util import find_spec

from harness.core import processor
from harness.core.errors import EncoderError
from harness.encoders.backends import Encoder, backend, slow
from harness.encoders.checkpoints import EncoderFolder
from harness.tasks import lessons

#: What each precision takes beside OpenVINO: NNCF quantises.
_NEEDS = {"fp32": (), "bf16": (), "int8": ("nncf",), "int8-weights": ("nncf",)}


def check(device: str, precision: str) -> str:
    """EncoderError where it is not installed, or on a GPU; says so where the processor has no instructions for it."""
    absent = [name for name in ("openvino", *_NEEDS[precision]) if find_spec(name) is None]
    if absent:
        raise EncoderError(f"{' and '.join(absent)} not installed: pip install 'encoder-harness[openvino]'.")
    if device != "cpu":
        raise EncoderError(f"it computes on processors alone, and the device is {device}. Say `device: cpu`.")
    if precision in processor.INSTRUCTIONS and not processor.has(precision):
        return slow(precision)
    return ""


def _reads(precision: str) -> str | None:
    return lessons.content() if precision == "int8" else None


@backend("openvino", precisions=tuple(_NEEDS), check=check, reads=_reads, chooses_kernels=True)
def load(folder: EncoderFolder, device: str, precision: str = "fp32") -> Encoder:
    """OpenVINO, on a processor: converted once; `int8` and `int8-weights` are quantised by NNCF."""
    from harness.encoders.openvino_encoder import OpenVinoEncoder

    return OpenVinoEncoder(folder, precision)
