"""PyTorch, fp32, eager: the reference that every other backend will be held against."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.tokenizer import Tokenizer, Tokens

#: Padded tokens a batch. On two cores 1,024 is where tokens/s stops growing; a GPU wants more.
_TOKEN_BUDGET = {"cpu": 1024, "cuda": 32768}


def resolve_device(device: str) -> str:
    """See `backends.resolve_device`."""
    if device == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda"):
        index = int(device.split(":", 1)[1]) if ":" in device else 0
        if index >= torch.cuda.device_count():
            raise EncoderError(
                f"device {device!r}: this machine has {torch.cuda.device_count()} CUDA devices; use auto or cpu."
            )
        return f"cuda:{index}"
    return device


class TorchEncoder:
    """A transformers encoder in evaluation mode."""

    def __init__(self, folder: EncoderFolder, device: str) -> None:
        self.tokenizer = Tokenizer(folder.path, folder.name)
        model = _load(folder)
        if folder.layers is not None:
            _cut_depth(model, folder)
        self._device = torch.device(device)
        self._model = model.eval().to(self._device)
        self.n_parameters = sum(p.numel() for p in model.parameters())
        self.token_budget = _TOKEN_BUDGET[self._device.type]

    def hidden_states(self, batch: Sequence[Tokens]) -> TokenStates:
        """Last hidden states (batch, n_tokens, d) and mask of one padded batch."""
        longest = max(len(tokens.ids) for tokens in batch)
        ids = torch.full((len(batch), longest), self.tokenizer.pad_id, dtype=torch.long)
        mask = torch.zeros((len(batch), longest), dtype=torch.bool)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens.ids)] = torch.tensor(tokens.ids)
            mask[row, : len(tokens.ids)] = True
        ids, mask = ids.to(self._device), mask.to(self._device)
        with torch.inference_mode():
            hidden = self._model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        return TokenStates(hidden=hidden, mask=mask)

    def synchronize(self) -> None:
        """Wait for the device."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)


def _load(folder: EncoderFolder) -> Any:
    from safetensors import SafetensorError
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        model, info = AutoModel.from_pretrained(
            folder.path,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # refused below, by name
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise EncoderError(f"encoder {folder.name!r}: cannot be loaded from {folder.path}: {error}") from None
    _refuse_random(info, folder.name)
    return model


def _refuse_random(info: Mapping[str, Any], name: str) -> None:
    """EncoderError where weights were not read from the file: they are random numbers.

    BERT's pooler layer may be missing: it is not used.
    """
    reshaped = [key if isinstance(key, str) else key[0] for key in info["mismatched_keys"]]
    missing = sorted(k for k in {*info["missing_keys"], *reshaped} if not k.startswith("pooler."))
    if missing:
        raise EncoderError(
            f"encoder {name!r}: {len(missing)} weights are not in the file, or not in this shape "
            f"(first: {missing[0]}); they would be random numbers. "
            "Check that config.json belongs to these weights."
        )


def _cut_depth(model: Any, folder: EncoderFolder) -> None:
    """Keep only `folder.layers`, in place."""
    keep, n_layers = folder.layers or (), model.config.num_hidden_layers
    stacks = [
        (parent, name, child)
        for parent in model.modules()
        for name, child in parent.named_children()
        if isinstance(child, torch.nn.ModuleList) and len(child) == n_layers
    ]
    if len(stacks) != 1 or not all(0 <= layer < n_layers for layer in keep):
        raise EncoderError(f"encoder {folder.name!r}: layers {list(keep)} cannot be cut from a stack of {n_layers}.")
    parent, name, child = stacks[0]
    setattr(parent, name, torch.nn.ModuleList([child[layer] for layer in keep]))
    model.config.num_hidden_layers = len(keep)
