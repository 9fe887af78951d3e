from dataclasses import replace

from harness.core.errors import EncoderError
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.steps import step


@step("cut")
def cut(base: EncoderFolder, *, layers: list[int]) -> EncoderFolder:
    """Only these of its layers, counted from 0, in this order; not trained further."""
    if base.n_layers is None:
        raise EncoderError("its config.json does not say how many layers there are. Name an encoder that does.")
    there = base.layers or tuple(range(base.n_layers))
    absent = [layer for layer in layers if not 0 <= layer < len(there)]
    if absent or not layers:
        what = f"there is no layer {absent[0]}" if absent else "no layer is left"
        raise EncoderError(f"{what}. Name some of the layers 0 to {len(there) - 1}.")
    return replace(base, layers=tuple(there[layer] for layer in layers), n_layers=len(layers))
