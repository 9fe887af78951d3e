import re
from pathlib import Path

from harness.encoders.backends import Encoder, backend
from harness.encoders.checkpoints import EncoderFolder

#: What a processor that computes in a precision has at least one of, as Linux calls them.
_INSTRUCTIONS = {
    "bf16": {"avx512_bf16", "amx_bf16", "bf16", "svebf16"},
    "fp16": {"avx512_fp16", "amx_fp16", "asimdhp"},
}
_CPU = Path("/proc/cpuinfo")


def check(device: str, precision: str) -> str:
    """Say so where a precision saves no time here. Nothing is said of a processor that does not tell what it has."""
    if precision not in _INSTRUCTIONS or _computes(device, precision):
        return ""
    what = "processor" if device == "cpu" else "GPU"
    return f"this {what} has no instructions for {precision} and computes it slowly; one that has them is faster"


def _computes(device: str, precision: str) -> bool:
    if device == "cpu":
        found = re.search(r"^(flags|Features)\s*:(.*)", _CPU.read_text(), re.MULTILINE) if _CPU.is_file() else None
        return found is None or not _INSTRUCTIONS[precision].isdisjoint(found[2].split())
    import torch

    return precision != "bf16" or torch.cuda.get_device_capability(device)[0] >= 8


@backend("torch", precisions=("fp32", "bf16", "fp16"), check=check)
def load(folder: EncoderFolder, device: str, precision: str = "fp32") -> Encoder:
    """PyTorch, eager: in fp32 the reference that others are held against."""
    from harness.encoders.torch_encoder import TorchEncoder

    return TorchEncoder(folder, device, precision)
