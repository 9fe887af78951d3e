"""What a sentence-transformers folder asks for and the harness does not compute is refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import EncoderError
from tests.encoders.test_layouts import MODULES, layers, ours, pooling, saved
from tests.fakes.broken import edit, found

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

REFUSED = [
    ("1_Pooling/config.json", {"pooling_mode": "attention"}, "trained with 'attention' pooling, which the harness"),
    ("1_Pooling/config.json", {"pooling_mode": ["mean", "x"]}, "trained with 'x' pooling"),
    (
        "1_Pooling/config.json",
        {"pooling_mode": None, "pooling_mode_new": True},
        "trained with 'pooling_mode_new' pooling",
    ),
    ("2_Dense/config.json", {"in_features": "32"}, "in_features of one of its modules is '32'"),
    ("config_sentence_transformers.json", {"truncate_dim": [3]}, "truncate_dim of one of its modules is"),
    ("config_sentence_transformers.json", {"prompts": {"query": "\ud800"}}, "`prompts` is"),
    ("2_Dense/config.json", {"activation_function": "mine.Swish"}, "has the activation 'mine.Swish'"),
    ("2_Dense/config.json", {"module_output_name": "other"}, "has the module Dense after its pooling"),
    ("sentence_bert_config.json", {"transformer_task": "fill-mask"}, "says transformer_task 'fill-mask'"),
    ("sentence_bert_config.json", {"module_output_name": "sentence_embedding"}, "says module_output_name"),
    ("sentence_bert_config.json", {"modality_config": {"message": {}}}, "says modality_config"),
    ("sentence_bert_config.json", {"model_args": {"rope_factor": 2}}, "says model_args {'rope_factor': 2}"),
    ("config_sentence_transformers.json", {"prompts": ["query: "]}, "`prompts` is"),
]


@pytest.mark.parametrize(("file", "change", "said"), REFUSED, ids=[said for *_, said in REFUSED])
def test_what_cannot_be_computed_is_refused_by_name(file: str, change: Any, said: str, tmp_path: Path) -> None:
    path = saved(tmp_path, *layers("dense"))
    edit(path / file, **change)
    with pytest.raises(EncoderError, match="'mine'.*" + said.replace("(", r"\(").replace("{", r"\{")):
        found(path)


MODULE_FAULTS = {
    "WeightedLayerPooling": "has the module WeightedLayerPooling before its pooling",
    "LSTM": "has the module LSTM before its pooling",
    "StaticEmbedding": "begins with StaticEmbedding, not with a transformer",
    "Router": "begins with Router, not with a transformer",
    "BoW": "begins with BoW, not with a transformer",
}


@pytest.mark.parametrize("kind", MODULE_FAULTS)
def test_modules_that_the_harness_has_not_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    path = saved(tmp_path, pooling())
    modules = json.loads((path / "modules.json").read_text())
    place = 0 if "begins" in MODULE_FAULTS[kind] else 1
    modules.insert(place, {"path": f"{place}_{kind}", "type": f"{MODULES}.{kind}"})
    (path / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(EncoderError, match=MODULE_FAULTS[kind]):
        found(path)


def test_a_module_of_its_own_code_and_one_outside_of_the_folder(tmp_path: Path) -> None:
    path = saved(tmp_path, pooling())
    modules = json.loads((path / "modules.json").read_text())
    for change, said in (({"type": "custom_st.Pooling"}, "is code of its own"), ({"path": "../x"}, "leads out of")):
        (path / "modules.json").write_text(json.dumps([modules[0], {**modules[1], **change}]))
        with pytest.raises(EncoderError, match=said):
            found(path)


def test_a_layer_without_weights_or_with_others_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, *layers("dense"))
    edit(path / "2_Dense/config.json", out_features=6)
    with pytest.raises(EncoderError, match="the weights of its Dense layer cannot be read from"):
        ours(found(path))
    edit(path / "2_Dense/config.json", out_features=5)
    edit(path / "1_Pooling/config.json", pooling_mode=["cls", "mean"])
    with pytest.raises(EncoderError, match="its Dense does not fit the vectors that it is given"):
        ours(found(path))
    (path / "2_Dense/model.safetensors").unlink()
    with pytest.raises(Exception, match=r"no model.safetensors and no pytorch_model.bin in .*2_Dense"):
        found(path)
