"""An encoder in OpenVINO. Needs openvino and torch: import it late."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import torch

from harness.core.data import TokenStates
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.converted import FACTS, MODEL, converted, inputs, library, settings
from harness.encoders.forward import batch_of, token_states
from harness.encoders.library import about
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.tokens import Tokens


class OpenVinoEncoder:
    """A converted encoder, which computes one batch after the other with all threads."""

    token_budget = 1024

    def __init__(self, folder: EncoderFolder, precision: str) -> None:
        self.tokenizer = Tokenizer(folder)
        self._name = folder.name
        with converted(folder, precision) as there:
            facts = json.loads((there / FACTS).read_text(encoding="utf-8"))
            self._model = _Model(there / MODEL, precision, facts["has_types"])
            self.disk_mb = round((there / MODEL).with_suffix(".bin").stat().st_size / 1e6, 3)
        self.n_parameters: int = facts["n_parameters"]
        self._mixes_padding: bool = facts["mixes_padding"]

    def hidden_states(self, batch: Sequence[Tokens], layers: Sequence[int] = (-1,)) -> TokenStates:
        """See `backends.Encoder.hidden_states`."""
        with about(self._name):
            padded = batch_of(batch, self.tokenizer.pad_id)
            states = token_states(self._model, padded, layers, apart=self._mixes_padding)
        return replace(states, n_prompt=batch[0].n_prompt)

    def synchronize(self) -> None:
        """Nothing is left to wait for."""


class _Model:
    """What `token_states` calls as it calls a model of transformers."""

    def __init__(self, path: Any, precision: str, has_types: bool) -> None:
        self._core, self._has_types = library().Core(), has_types
        self._settings = settings(precision, torch.get_num_threads())
        self._all = self._core.read_model(path)
        self._last = self._compiled(self._all.outputs[:1])

    def _compiled(self, outputs: Any) -> Any:
        part = library().Model([one.get_node().input_value(0) for one in outputs], self._all.get_parameters())
        return self._core.compile_model(part, "CPU", self._settings)

    @cached_property
    def _each(self) -> Any:
        return self._compiled(self._all.outputs)

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any = None) -> None:
        """Only its arguments count."""

    def __call__(self, *, output_hidden_states: bool = False, **batch: torch.Tensor) -> SimpleNamespace:
        found = (self._each if output_hidden_states else self._last)(inputs(batch, self._has_types))
        last, *layers = (torch.from_numpy(found[number]) for number in range(len(found)))
        return SimpleNamespace(last_hidden_state=last, hidden_states=layers)
