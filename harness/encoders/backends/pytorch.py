from harness.core import processor
from harness.encoders.backends import Encoder, backend, slow
from harness.encoders.checkpoints import EncoderFolder


def check(device: str, precision: str) -> str:
    """Say so where a precision saves no time here. Nothing is said of a processor that does not tell what it has."""
    if precision not in processor.INSTRUCTIONS or _computes(device, precision):
        return ""
    return slow(precision, "processor" if device == "cpu" else "GPU")


def _computes(device: str, precision: str) -> bool:
    if device == "cpu":
        return processor.has(precision)
    import torch

    return precision != "bf16" or torch.cuda.get_device_capability(device)[0] >= 8


@backend("torch", precisions=("fp32", "bf16", "fp16"), check=check)
def load(folder: EncoderFolder, device: str, precision: str = "fp32") -> Encoder:
    """PyTorch, eager: in fp32 the reference that others are held against."""
    from harness.encoders.torch_encoder import TorchEncoder

    return TorchEncoder(folder, device, precision)
