"""Low-rank updates of an encoder's linear layers (LoRA), put in by peft. Needs torch and peft: import it late."""

from typing import Any

from harness.core.errors import EncoderError


def adapt(model: Any, rank: int) -> None:
    """Put updates of this rank beside every linear layer, in place; they alone are left to train.

    EncoderError where peft is not installed, or finds nothing to adapt.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError:
        raise EncoderError("lora needs peft: pip install 'encoder-harness[lora]', or set lora: 0.") from None
    try:
        inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear"), model)
    except ValueError as error:
        raise EncoderError(f"lora: peft cannot adapt a {type(model).__name__} ({error}).") from None


def merge(model: Any) -> None:
    """Add the updates to the weights they stand beside, in place; nothing is left of them."""
    adapted = [(name, layer) for name, layer in model.named_modules() if hasattr(layer, "get_base_layer")]
    for name, layer in adapted:
        layer.merge(safe_merge=True)
        parent, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(parent), attribute, layer.get_base_layer())
