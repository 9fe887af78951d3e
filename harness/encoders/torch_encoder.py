"""An encoder in PyTorch, eager, in one of three precisions. Needs torch: import it late."""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from harness.core.data import TokenStates
from harness.core.errors import EncoderError
from harness.encoders.architectures import RandomWeights
from harness.encoders.checkpoints import EncoderFolder, weights_mb
from harness.encoders.families import as_family, model_class
from harness.encoders.files import read_json
from harness.encoders.forward import batch_of, mixes_padding, token_states
from harness.encoders.library import about, said, told
from harness.encoders.settings import code_of_its_own
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.tokens import Tokens

#: Padded tokens a batch. On two cores 1,024 is where tokens/s stops growing; a GPU wants more.
_TOKEN_BUDGET = {"cpu": 1024, "cuda": 32768}
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class TorchEncoder:
    """A transformers encoder in evaluation mode: its weights and states are of `precision`, what it gives is fp32."""

    def __init__(self, folder: EncoderFolder, device: str, precision: str) -> None:
        self.tokenizer = Tokenizer(folder)
        model = load_model(folder, DTYPES[precision])
        self._name, self._path = folder.name, folder.path
        self._device = torch.device(device)
        self._model = model.eval().to(self._device)
        exact = self._model if model.dtype == torch.float32 else copy.deepcopy(self._model).float()
        self._mixes_padding = mixes_padding(exact, few_ids(folder).to(self._device))
        self.n_parameters = sum(p.numel() for p in model.parameters())
        self.disk_mb = folder.disk_mb if folder.random else weights_mb(Path(folder.path))
        self.token_budget = _TOKEN_BUDGET[self._device.type]

    @property
    def model(self) -> Any:
        """The transformers model, for those who look at what it is made of."""
        return self._model

    def hidden_states(self, batch: Sequence[Tokens], layers: Sequence[int] = (-1,)) -> TokenStates:
        """See `backends.Encoder.hidden_states`."""
        padded = {name: values.to(self._device) for name, values in batch_of(batch, self.tokenizer.pad_id).items()}
        with about(self._name), told(self._failed), torch.inference_mode():
            states = token_states(self._model, padded, layers, apart=self._mixes_padding)
        return replace(states, n_prompt=batch[0].n_prompt)

    def _failed(self, error: Exception) -> str:
        return (
            f"it loads, but computes no vectors of texts ({said(error, self._path)}). "
            "It may be no encoder of texts, or its config.json belongs to another model."
        )

    def synchronize(self) -> None:
        """Wait for the device."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)


def few_ids(folder: EncoderFolder) -> torch.Tensor:
    """A text of a few tokens (1, n_tokens) that any vocabulary has."""
    return torch.arange(min(8, folder.tokenization.max_length)).unsqueeze(0) % 2


def load_model(folder: EncoderFolder, dtype: torch.dtype = torch.float32) -> Any:
    """The transformers model of a folder, cut to `folder.layers`. EncoderError where it cannot be trusted."""
    with about(folder.name):
        model = _load(folder, dtype)
        if folder.layers is not None:
            _cut_depth(model, folder.layers)
    return model


def layer_stack(model: Any) -> tuple[Any, str, torch.nn.ModuleList]:
    """Where the layers of a model are: (module, name of its attribute, the layers). EncoderError if that is unclear."""
    n_layers = model.config.num_hidden_layers
    stacks = [
        (parent, attribute, child)
        for parent in model.modules()
        for attribute, child in parent.named_children()
        if isinstance(child, torch.nn.ModuleList) and len(child) == n_layers
    ]
    if len(stacks) != 1:
        raise EncoderError(f"{len(stacks)} stacks of {n_layers} layers; expected one, to cut or freeze layers of.")
    return stacks[0]


def _load(folder: EncoderFolder, dtype: torch.dtype) -> Any:
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    if folder.random is not None:
        return _drawn(folder.random, dtype)
    config = read_json(Path(folder.path) / "config.json")
    with told(partial(_unreadable, folder)):
        model, info = model_class(folder.family).from_pretrained(
            folder.path,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # refused below, by name
            trust_remote_code=False,
            **as_family(folder.family, config),
        )
    _refuse_random(info, config)
    _refuse_fewer_layers(info, model)
    with told(partial(_no_encoder, folder, model)):
        _try_out(model.eval(), few_ids(folder))
    return model


def _drawn(random: RandomWeights, dtype: torch.dtype) -> Any:
    """A model of this architecture, its weights as transformers draws those of a model that is to be trained."""
    from transformers import AutoConfig

    config = AutoConfig.for_model(**random.config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random.seed)
        return model_class(random.family).from_config(config, dtype=dtype)


def _unreadable(folder: EncoderFolder, error: Exception) -> str:
    return (
        f"cannot be loaded ({said(error, folder.path)}). Check that config.json and the weights are whole and of one "
        "model; downloading both again may mend it."
    )


def _try_out(model: Any, ids: torch.Tensor) -> None:
    """An error of any kind for a model that gives no states of the tokens of a text alone, however short it is."""
    for some in (ids, ids[:, :2]):
        with torch.inference_mode():
            hidden, again = (
                model(input_ids=some, attention_mask=torch.ones_like(some)).last_hidden_state for _ in range(2)
            )
        if hidden.shape[:2] != some.shape:
            raise ValueError(f"its states have the shape {tuple(hidden.shape)} for {some.shape[1]} tokens")
        if not torch.allclose(hidden, again, equal_nan=True):
            raise ValueError("it reads the same text another way each time")


def _no_encoder(folder: EncoderFolder, model: Any, error: Exception) -> str:
    why = said(error, folder.path)
    if getattr(model.config, "is_encoder_decoder", False):
        why = "it is an encoder-decoder, of whose kind the harness does not read the encoder alone"
    remedy = "Name an encoder, or its encoder half."
    if model.dtype != torch.float32:
        remedy = f"It may not compute in {str(model.dtype).removeprefix('torch.')}: try `precision: fp32`."
    return (
        f"a {folder.family} model ({type(model).__name__}) cannot be read as a text encoder: it gives no state for "
        f"each token of a text alone ({why}). {remedy}"
    )


def _refuse_random(info: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """EncoderError where weights were not read from the file: they are random numbers.

    BERT's pooler layer may be missing: it is not used.
    """
    reshaped = {key: "" for key in info["mismatched_keys"] if isinstance(key, str)}
    reshaped |= {
        k[0]: f", {_shape(k[1])} in the file for {_shape(k[2])}" for k in info["mismatched_keys"] if len(k) == 3
    }
    missing = sorted(k for k in {*info["missing_keys"], *reshaped} if not k.startswith("pooler."))
    if not missing:
        return
    others = sorted(map(str, info["unexpected_keys"]))
    unused = f" The file has {len(others)} that belong nowhere (first: {others[0]})." if others else ""
    own = code_of_its_own(config)
    code = f" The model has code of its own ({own}), which the harness does not run." if own else ""
    first = missing[0] + reshaped.get(missing[0], "")
    raise EncoderError(
        f"{len(missing)} weights are not in the file, or not in this shape (first: {first}); they would be random "
        f"numbers.{unused}{code} Check that config.json belongs to these weights."
    )


def _refuse_fewer_layers(info: Mapping[str, Any], model: Any) -> None:
    """EncoderError where the file has more layers than config.json says: they would be left out in silence."""
    own, others = set(model.state_dict()), sorted(map(str, info["unexpected_keys"]))
    begin = f"{model.base_model_prefix}."
    first = [(key, re.sub(r"\.\d+\.", ".0.", key.removeprefix(begin), count=1)) for key in others]
    more = [key for key, twin in first if twin in own and twin != key.removeprefix(begin)]
    if more:
        raise EncoderError(
            f"the file has more layers than the {model.config.num_hidden_layers} that config.json says: {len(more)} "
            f"weights belong to none (first: {more[0]}). Check that config.json belongs to these weights; to leave "
            "layers out, say `cut: {layers: […]}` in the suite."
        )


def _shape(sizes: Any) -> str:
    return "×".join(map(str, sizes))


def _cut_depth(model: Any, keep: Sequence[int]) -> None:
    """Keep only these layers, in place."""
    n_layers = model.config.num_hidden_layers
    parent, attribute, layers = layer_stack(model)
    if not all(0 <= layer < n_layers for layer in keep):
        raise EncoderError(f"layers {list(keep)} cannot be cut from a stack of {n_layers}.")
    setattr(parent, attribute, torch.nn.ModuleList([layers[layer] for layer in keep]))
    model.config.num_hidden_layers = len(keep)
    for name in ("layer_types", "attention_window"):  # one entry a layer, in ModernBERT and Longformer
        if isinstance(each := getattr(model.config, name, None), list):
            setattr(model.config, name, [each[layer] for layer in keep])
