"""Encoders as OpenVINO has them: converted and quantised once, checked against torch, kept in the store."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from harness.core.errors import EncoderError
from harness.core.files import whole_folder
from harness.core.fingerprint import file_hash, fingerprint, is_whole, seal
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.forward import Batch, batch_of, mixes_padding, takes_types
from harness.encoders.library import about, kind_of, told
from harness.encoders.tokenizer import Tokenizer
from harness.encoders.torch_encoder import few_ids, load_model
from harness.tasks import lessons

#: Raised when the way models are converted or quantised changes.
CONVERSION_VERSION = 1
MODEL, FACTS = "model.xml", "facts.json"
#: Texts that int8 is calibrated on, drawn from those that students learn from.
_N_CALIBRATION = 300
#: How far states, of about 1, may be from torch's in fp32.
_NEAR = 1e-4


def library() -> Any:
    """OpenVINO. It and NNCF would report their use to their makers: without this package they report nothing."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def settings(precision: str, n_threads: int) -> dict[str, Any]:
    """How a model is compiled. Left alone, OpenVINO computes fp32 in bf16 where the processor has it."""
    hint = "bf16" if precision == "bf16" else "f32"
    return {"INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": n_threads, "NUM_STREAMS": 1}


@contextmanager
def converted(folder: EncoderFolder, precision: str) -> Iterator[Path]:
    """A folder with the model (`MODEL`) and what is known of it (`FACTS`), from the store where it is there and whole.

    EncoderError where it cannot be converted, or computes something else then.
    """
    kind = precision if precision.startswith("int8") else "fp32"
    if folder.store is None:
        with TemporaryDirectory() as made:
            _convert(folder, kind, Path(made))
            yield Path(made)
        return
    from filelock import FileLock

    out = Path(folder.store) / _key(folder, kind)
    out.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{out}.lock"):
        if not is_whole(out):
            with whole_folder(out, locked=True) as part:
                _convert(folder, kind, part)
                seal(part)
    os.utime(out)  # the least recently used go first
    yield out


def _key(folder: EncoderFolder, kind: str) -> str:
    """Of what decides the model; of a checkpoint that was built the weights that came out."""
    weights = [file_hash(file) for file in sorted(Path(folder.path).glob("*.safetensors"))] if folder.is_stored else []
    libraries = [version(name) for name in ("openvino", "torch", "transformers", *(["nncf"] if kind != "fp32" else []))]
    texts = lessons.content() if kind == "int8" else None
    return fingerprint([CONVERSION_VERSION, kind, folder.checkpoint, folder.layers, weights, libraries, texts])


class _States(torch.nn.Module):
    """A model as OpenVINO traces it: the last states, and those of every layer."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(batch, n_tokens, d) for ids, mask and, where it has them, segments."""
        given = dict(zip(names(takes_types(self.model)), inputs, strict=True))
        read = self.model(**given, output_hidden_states=True)
        return (read.last_hidden_state, *read.hidden_states)


def names(has_types: bool) -> tuple[str, ...]:
    """The inputs of a model in order."""
    return ("input_ids", "attention_mask", *(["token_type_ids"] if has_types else []))


def inputs(batch: Batch, has_types: bool) -> list[Any]:
    """A batch as a converted model takes it."""
    types = batch["token_type_ids"] if "token_type_ids" in batch else torch.zeros_like(batch["input_ids"])
    given: Mapping[str, torch.Tensor] = {**batch, "token_type_ids": types}
    return [given[name].numpy() for name in names(has_types)]


def _convert(folder: EncoderFolder, kind: str, out: Path) -> None:
    ov, model = library(), load_model(folder).eval()
    tokenizer, has_types = Tokenizer(folder), takes_types(model)
    with about(folder.name), told(_unconverted):
        found = _traced(ov, model, has_types)
    with about(folder.name):
        _refuse_other(ov, model, found, has_types)
    if kind != "fp32":
        found = _quantised(found, kind, lambda: _calibration(folder, tokenizer, has_types))
    ov.save_model(found, out / MODEL, compress_to_fp16=False)
    facts = {
        "has_types": has_types,
        "mixes_padding": mixes_padding(model, few_ids(folder)),
        "n_parameters": sum(p.numel() for p in model.parameters()),
    }
    (out / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _unconverted(error: Exception) -> str:
    return f"OpenVINO {version('openvino')} cannot convert it ({kind_of(error)}). Say `backend: torch`."


def _traced(ov: Any, model: Any, has_types: bool) -> Any:
    """The model for any batch and length; the example has padding, so that masks are not traced away."""
    import warnings

    example = _padded(2, 8)
    given = tuple(torch.from_numpy(one) for one in inputs(example, has_types))
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # of tracing, which is checked afterwards
        found = ov.convert_model(_States(model), example_input=given)
    for name, one in zip(names(has_types), found.inputs, strict=True):
        one.get_tensor().set_names({name})
    return found


def _padded(n: int, length: int) -> Batch:
    """Texts of different lengths that any vocabulary has."""
    ids = (torch.arange(n * length).reshape(n, length) // 2) % 2
    mask = (torch.arange(length)[None] < length - torch.arange(n)[:, None] % (length - 1)).long()
    return {"input_ids": ids, "attention_mask": mask}


def _refuse_other(ov: Any, model: Any, found: Any, has_types: bool) -> None:
    """EncoderError where other batches than the example come out otherwise than in torch."""
    compiled = ov.Core().compile_model(found, "CPU", settings("fp32", torch.get_num_threads()))
    for shape in ((3, 5), (1, 13)):
        batch = _padded(*shape)
        given = inputs(batch, has_types)
        with torch.inference_mode():
            wanted = _States(model)(*map(torch.from_numpy, given))[0].numpy()
        real = batch["attention_mask"].numpy().astype(bool)
        far = float(np.abs(compiled(given)[0] - wanted)[real].max())
        if not far <= _NEAR * max(1.0, float(np.abs(wanted[real]).max())):
            raise EncoderError(
                f"as OpenVINO converts it, its states of {shape[0]} texts of {shape[1]} tokens are {far:.1g} from "
                "torch's. Say `backend: torch`."
            )


def _calibration(folder: EncoderFolder, tokenizer: Tokenizer, has_types: bool) -> list[list[Any]]:
    texts = lessons.read().drawn(_N_CALIBRATION, seed=0)
    read = tokenizer(texts, folder.tokenization)
    return [inputs(batch_of([tokens], tokenizer.pad_id), has_types) for tokens in read]


def _quantised(model: Any, kind: str, calibration: Callable[[], list[Any]]) -> Any:
    import nncf

    nncf.set_log_level("ERROR")
    with redirect_stdout(StringIO()):  # it draws its progress
        if kind == "int8-weights":
            return nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT8_SYM)
        texts = calibration()
        transformer = nncf.ModelType.TRANSFORMER
        return nncf.quantize(model, nncf.Dataset(texts), model_type=transformer, subset_size=len(texts))
