"""From a name to a folder that can be trusted: what is found, what is refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from harness.core.errors import EncoderError, HarnessError, MissingFileError
from harness.encoders import EncoderSpec, backends, resolve
from harness.encoders.backends import pytorch
from tests.fakes.broken import edit, found, vectors
from tests.fakes.encoders import MAX_LENGTH

pytestmark = pytest.mark.usefixtures("own_cache")


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


# what is found


def test_a_folder_is_taken_from_where_the_suite_stands(tiny: Path) -> None:
    spec = EncoderSpec("mine", f"./{tiny.name}")
    assert resolve(spec, tiny.parent).path == str(tiny)
    with pytest.raises(MissingFileError, match=r"'mine': no folder .*tiny-bert.*owner/name.*minilm"):
        resolve(spec, tiny.parent / "elsewhere")


def test_the_key_is_of_the_content_not_of_the_place_or_name(tiny: Path) -> None:
    copy = tiny.parent / "copy"
    shutil.copytree(tiny, copy)
    (copy / "README.md").write_text("not read")
    assert found(copy).checkpoint == found(tiny).checkpoint


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])
def test_every_file_that_is_read_is_in_the_key(tiny: Path, file: str) -> None:
    before = found(tiny).checkpoint
    data = (tiny / file).read_bytes()
    (tiny / file).write_bytes(data + b" " if file.endswith("json") else data[:-1] + b"\x01")
    assert found(tiny).checkpoint != before


def test_a_max_length_that_the_tokenizer_states_is_the_default(tiny: Path) -> None:
    edit(tiny / "tokenizer_config.json", model_max_length=10)
    assert found(tiny).tokenization.max_length == 10
    longer = resolve(EncoderSpec("mine", str(tiny), max_length=MAX_LENGTH), Path())
    assert longer.tokenization.max_length == MAX_LENGTH


def test_the_prefix_is_part_of_the_reading(tiny: Path) -> None:
    with_prefix = resolve(EncoderSpec("mine", str(tiny), prefix={"text": "query: "}), Path())
    assert with_prefix.tokenization.prefix == "query: "
    assert with_prefix.tokenization != found(tiny).tokenization
    assert with_prefix.checkpoint == found(tiny).checkpoint


POOLING_FILES = {
    "cls": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
    "max": {"pooling_mode": "max"},
    "mean": {"pooling_mode_mean_tokens": True},
}


@pytest.mark.parametrize("pooler", POOLING_FILES)
def test_a_sentence_transformers_folder_gives_pooler_and_max_length(tiny: Path, pooler: str) -> None:
    modules = [{"path": "", "type": "sentence_transformers.models.Transformer"}]
    modules += [{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
    write(tiny / "modules.json", modules)
    write(tiny / "1_Pooling/config.json", POOLING_FILES[pooler])
    write(tiny / "sentence_bert_config.json", {"max_seq_length": 12, "do_lower_case": False})
    folder = found(tiny)
    assert folder.pooler == pooler
    assert folder.tokenization.max_length == 12
    assert folder.weights == f"pretrained, trained with {pooler} pooling"


def test_a_transformer_in_a_folder_of_its_own(tiny: Path) -> None:
    root = tiny.parent / "trained"
    shutil.copytree(tiny, root / "0_Transformer")
    write(root / "modules.json", [{"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"}])
    folder = found(root)
    assert folder.path == str(root / "0_Transformer")
    assert folder.weights == "pretrained"
    assert np.array_equal(vectors(folder), vectors(found(tiny)))


# what is refused


def test_an_id_beyond_the_embedding_table_is_refused(tiny: Path) -> None:
    n_words = json.loads((tiny / "config.json").read_text())["vocab_size"]
    edit(tiny / "config.json", vocab_size=n_words - 3)
    weights = load_file(tiny / "model.safetensors")
    weights["embeddings.word_embeddings.weight"] = weights["embeddings.word_embeddings.weight"][:-3].clone()
    save_file(weights, tiny / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=rf"has id {n_words - 1}, the embedding table ends at {n_words - 4}"):
        pytorch.load(found(tiny), "cpu")


def test_another_special_id_than_the_configs_is_refused(tiny: Path) -> None:
    edit(tiny / "config.json", cls_token_id=7, sep_token_id=8)
    with pytest.raises(EncoderError, match=r"cls token has id 2, config.json says 7.*sep token has id 3.*says 8"):
        pytorch.load(found(tiny), "cpu")


def test_a_tokenizer_of_another_family_is_refused(tiny: Path) -> None:
    """Its ids fit into the table, and config.json calls what begins and ends a text by other names."""
    edit(tiny / "config.json", bos_token_id=0, eos_token_id=4)
    with pytest.raises(EncoderError, match=r"it puts 2, 3 around a text, and config.json names 0, 4"):
        pytorch.load(found(tiny), "cpu")


@pytest.mark.parametrize("special", ["pad", "mask", "unk", "bos"])
def test_special_ids_that_no_text_is_read_with_decide_nothing(tiny: Path, special: str) -> None:
    """As multilingual E5 and MiniLM have it: a BERT model whose tokenizer pads with another id than its config's."""
    expected = vectors(found(tiny))
    edit(tiny / "config.json", **{f"{special}_token_id": 7 if special != "bos" else 2})
    np.testing.assert_allclose(vectors(found(tiny)), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("file", "error", "said"),
    [
        ("config.json", MissingFileError, "no config.json in"),
        ("tokenizer.json", MissingFileError, "no tokenizer in"),
        ("model.safetensors", MissingFileError, "no .*safetensors and no pytorch_model.bin in"),
    ],
)
def test_a_file_that_is_not_there_is_named(tiny: Path, file: str, error: type[HarnessError], said: str) -> None:
    """Without a vocabulary, transformers would make up an empty tokenizer."""
    (tiny / file).unlink()
    with pytest.raises(error, match=f"'mine': {said}"):
        found(tiny)


FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")
DAMAGES = [(f, c) for f in FILES for c in (b"", b"[]", b'{"a": ', b'"text"', b"{}", b"\xff\x00")]
DAMAGES.remove(("tokenizer_config.json", b"{}"))  # all of it has defaults


@pytest.mark.parametrize(("file", "content"), DAMAGES)
def test_a_damaged_file_is_the_encoders_fault(tiny: Path, file: str, content: bytes) -> None:
    """Whatever a file holds instead: one of our errors, with the encoder's name."""
    (tiny / file).write_bytes(content)
    with pytest.raises(HarnessError, match="'mine'") as caught:
        vectors(found(tiny))
    assert caught.value.reason == "bad-encoder"


def test_a_truncated_weight_file_is_refused(tiny: Path) -> None:
    file = tiny / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(EncoderError, match=r"cut short: [0-9,]+ of [0-9,]+ bytes are there"):
        pytorch.load(found(tiny), "cpu")


def test_code_of_a_model_is_never_run(tiny: Path) -> None:
    (tiny / "evil.py").write_text("from pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    edit(tiny / "config.json", model_type="evil", auto_map={"AutoConfig": "evil.C", "AutoModel": "evil.M"})
    with pytest.raises(EncoderError):
        pytorch.load(found(tiny), "cpu")
    assert not (tiny / "ran").exists()


# where it computes


def test_auto_is_resolved_to_a_device_that_is_there() -> None:
    device = backends.resolve_device("auto")
    assert device in ("cpu", "cuda:0")
    assert backends.resolve_device("cpu") == "cpu"


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(EncoderError, match="device 'cuda:64': this machine has"):
        backends.resolve_device("cuda:64")
