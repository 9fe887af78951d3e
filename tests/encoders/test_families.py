"""Each of ten families, tiny and random: the fast path gives what transformers gives one text at a time."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from harness.core.errors import EncoderError
from harness.encoders import EncoderFolder, EncoderSpec, resolve
from harness.encoders.backends import pytorch
from harness.encoders.families import TESTED
from tests.fakes.encoders import FAMILIES, MAX_LENGTH, N_LAYERS, OTHER_FAMILIES, tiny_encoder
from tests.fakes.stores import CLS, MAX, MEAN, encoded

TEXTS = [
    "the food was good",
    "a",
    "",
    " \t\r\n",
    "I would not buy this phone again, the battery dies before noon! " * 4,
    "Naïve café – 日本語 😀👩‍👩‍👧",
    "שלום עולם ومرحبا بالعالم",
    "the [SEP] and </s> and [PAD] and <pad> of it",
    "x" * 3000,
]
TOLERANCE = 1e-5


def resolved(family: str, folder: Path) -> EncoderFolder:
    return resolve(EncoderSpec("tiny", tiny_encoder(family, folder).name), folder)


@pytest.fixture(params=[*FAMILIES, *OTHER_FAMILIES])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> EncoderFolder:
    return resolved(request.param, tmp_path)


#: ALBERT has one layer that it takes several times, and ModernBERT normalises after its last, whichever that is.
STACKS = [family for family in (*FAMILIES, *OTHER_FAMILIES) if family not in ("albert", "modernbert")]


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> EncoderFolder:
    return resolved(request.param, tmp_path)


def one_by_one(folder: EncoderFolder, texts: list[str], layer: int = -1) -> list[Any]:
    """The hidden states (n_tokens, d) of each text, by transformers alone and without a batch."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder.path)
    model = AutoModel.from_pretrained(folder.path, output_hidden_states=True, dtype="float32").eval()
    states = []
    for text in texts:
        read = tokenizer(text, truncation=True, max_length=folder.tokenization.max_length, return_tensors="pt")
        with torch.no_grad():
            states.append(model(**read).hidden_states[layer][0].numpy())
    return states


def pooled_by_hand(states: list[Any]) -> dict[str, Any]:
    return {
        CLS.key: np.stack([s[0] for s in states]),
        MEAN.key: np.stack([s.mean(axis=0) for s in states]),
        MAX.key: np.stack([s.max(axis=0) for s in states]),
    }


@pytest.mark.parametrize("budget", [1, 10_000], ids=["alone", "padded"])
def test_vectors_are_those_of_one_text_at_a_time(folder: EncoderFolder, budget: int) -> None:
    """With padding (one batch of all lengths), without, and beyond the maximum length."""
    model = pytorch.load(folder, "cpu")
    model.token_budget = budget
    result = encoded(TEXTS, model, folder.tokenization)
    for key, expected in pooled_by_hand(one_by_one(folder, TEXTS)).items():
        np.testing.assert_allclose(result.vectors[key], expected, atol=TOLERANCE, rtol=0)


def test_padding_would_show(folder: EncoderFolder) -> None:
    """The tiny encoders tell texts and tokens apart, so that a wrong mask cannot hide."""
    model = pytorch.load(folder, "cpu")
    texts = ["the food was good", "the waiter was good", "the food was good and slow"]
    vectors = encoded(texts, model, folder.tokenization).vectors[MEAN.key]
    differences = np.abs(vectors[:, None] - vectors[None]).max(axis=-1)
    assert differences[np.triu_indices(3, k=1)].min() > 0.05


def test_the_family_and_the_longest_reading_are_recognised(folder: EncoderFolder) -> None:
    """Positions that are numbered from padding_idx + 1 are not counted as room for tokens."""
    assert Path(folder.path).name == f"tiny-{folder.family}"
    assert folder.tokenization.max_length == MAX_LENGTH
    assert folder.pooler == "mean"
    assert folder.weights == "pretrained"


def test_families_are_called_tested_that_are_tested_here() -> None:
    assert {*FAMILIES, *OTHER_FAMILIES} == TESTED


@pytest.mark.parametrize("max_length", [2, MAX_LENGTH + 1])
def test_a_maximum_length_out_of_range_is_refused(folder: EncoderFolder, max_length: int) -> None:
    spec = EncoderSpec("tiny", folder.path, max_length=max_length)
    with pytest.raises(EncoderError, match=rf"max_length {max_length} is not possible.*3 to {MAX_LENGTH} tokens"):
        resolve(spec, Path())


def test_a_shorter_maximum_length_keeps_the_beginning(folder: EncoderFolder) -> None:
    short = resolve(EncoderSpec("tiny", folder.path, max_length=5), Path())
    vectors = encoded(TEXTS, pytorch.load(short, "cpu"), short.tokenization)
    for key, expected in pooled_by_hand(one_by_one(short, TEXTS)).items():
        np.testing.assert_allclose(vectors.vectors[key], expected, atol=TOLERANCE, rtol=0)


def test_a_cut_encoder_equals_the_first_layers_by_hand(stack: EncoderFolder) -> None:
    cut = pytorch.load(replace(stack, layers=(0,)), "cpu")
    result = encoded(TEXTS, cut, stack.tokenization)
    for key, expected in pooled_by_hand(one_by_one(stack, TEXTS, layer=1)).items():
        np.testing.assert_allclose(result.vectors[key], expected, atol=TOLERANCE, rtol=0)
    assert cut.n_parameters < pytorch.load(stack, "cpu").n_parameters


def test_layers_are_kept_in_the_order_given(stack: EncoderFolder) -> None:
    """The second before the first is what a file with their weights exchanged gives."""
    swapped = pytorch.load(replace(stack, layers=(1, 0)), "cpu")
    result = encoded(TEXTS, swapped, stack.tokenization)
    file = Path(stack.path) / "model.safetensors"
    weights = {exchanged(name): value for name, value in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})
    expected = encoded(TEXTS, pytorch.load(stack, "cpu"), stack.tokenization)
    np.testing.assert_allclose(result.vectors[MEAN.key], expected.vectors[MEAN.key], atol=TOLERANCE, rtol=0)


def exchanged(name: str) -> str:
    return re.sub(r"(?<=layer\.)[01](?=\.)", lambda found: "10"[int(found[0])], name)


def test_layers_that_are_not_there_cannot_be_kept(stack: EncoderFolder) -> None:
    with pytest.raises(EncoderError, match=rf"layers \[0, {N_LAYERS}\] cannot be cut from a stack of {N_LAYERS}"):
        pytorch.load(replace(stack, layers=(0, N_LAYERS)), "cpu")


def test_the_layers_of_modernbert_are_normalised_where_they_are_cut(tmp_path: Path) -> None:
    """As its last is."""
    import torch
    from transformers import AutoModel

    folder = resolved("modernbert", tmp_path)
    norm = AutoModel.from_pretrained(folder.path).final_norm
    with torch.no_grad():
        states = [norm(torch.from_numpy(s)).numpy() for s in one_by_one(folder, TEXTS, layer=1)]
    result = encoded(TEXTS, pytorch.load(replace(folder, layers=(0,)), "cpu"), folder.tokenization)
    for key, expected in pooled_by_hand(states).items():
        np.testing.assert_allclose(result.vectors[key], expected, atol=TOLERANCE, rtol=0)


def test_layers_that_share_their_weights_cannot_be_cut(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"0 stacks of 2 layers; expected one, to cut or freeze layers of"):
        pytorch.load(replace(resolved("albert", tmp_path), layers=(0,)), "cpu")


def test_weights_that_are_not_in_the_file_are_refused(folder: EncoderFolder) -> None:
    """A config with one layer (ALBERT: one group of layers) more than the file would compute with random numbers."""
    more: dict[str, object] = dict.fromkeys(("num_hidden_layers", "n_layers"), N_LAYERS + 1)
    more |= {"num_hidden_groups": 2, "attention_window": [4] * 3, "layer_types": ["full_attention"] * 3}
    edit_config(folder, **more)
    with pytest.raises(EncoderError, match=r"weights are not in the file.*(layers?\.2|albert_layer_groups\.1)\."):
        pytorch.load(folder, "cpu")


def test_layers_that_the_config_does_not_count_are_not_left_out_in_silence(stack: EncoderFolder) -> None:
    edit_config(stack, num_hidden_layers=1, n_layers=1, attention_window=[4])
    said = r"more layers than the 1 that config.json says: \d+ weights .*layer\.1\..*say `cut: {layers: \[…\]}`"
    with pytest.raises(EncoderError, match=said):
        pytorch.load(stack, "cpu")


@pytest.mark.parametrize("family", [*STACKS, "modernbert"])
def test_what_was_cut_is_the_same_when_it_is_saved_and_read_again(family: str, tmp_path: Path) -> None:
    from harness.encoders.torch_encoder import load_model

    folder = resolved(family, tmp_path)
    cut = replace(folder, layers=(0,) if family == "modernbert" else (1,))  # its first has no norm before it
    expected = encoded(TEXTS, pytorch.load(cut, "cpu"), folder.tokenization)
    load_model(cut).save_pretrained(folder.path)
    again = resolve(EncoderSpec("again", folder.path), Path())
    found = encoded(TEXTS, pytorch.load(again, "cpu"), folder.tokenization)
    np.testing.assert_allclose(found.vectors[MEAN.key], expected.vectors[MEAN.key], atol=TOLERANCE, rtol=0)


def test_weights_of_another_shape_are_refused(folder: EncoderFolder) -> None:
    edit_config(folder, max_position_embeddings=MAX_LENGTH - 1, intermediate_size=48, hidden_dim=48)
    with pytest.raises(EncoderError, match="not in this shape"):
        pytorch.load(folder, "cpu")


def test_a_missing_pooler_layer_does_not_matter(folder: EncoderFolder) -> None:
    """It is not used: CLS is the first token, not `pooler_output`."""
    before = encoded(TEXTS, pytorch.load(folder, "cpu"), folder.tokenization)
    file = Path(folder.path) / "model.safetensors"
    kept = {name: value for name, value in load_file(file).items() if not name.startswith("pooler.")}
    save_file(kept, file, metadata={"format": "pt"})
    after = encoded(TEXTS, pytorch.load(folder, "cpu"), folder.tokenization)
    assert np.array_equal(before.vectors[CLS.key], after.vectors[CLS.key])


def edit_config(folder: EncoderFolder, **changes: object) -> None:
    """Change the keys that the family's config has."""
    file = Path(folder.path) / "config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps({**config, **{k: v for k, v in changes.items() if k in config}}))
