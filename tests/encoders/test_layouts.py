"""Folders as sentence-transformers saves them: small and random, each encoded by it and by the harness."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.catalogue import catalogue
from harness.core.errors import EncoderError
from harness.core.records import Pooling, read_as
from harness.encoders import EncoderFolder
from harness.encoders.backends import pytorch
from tests.fakes.broken import edit, found
from tests.fakes.encoders import N_DIMENSIONS, tiny_encoder
from tests.fakes.stores import encoded

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TEXTS = [
    "the food was good",
    "",
    "I would NOT buy this phone again, the battery dies before noon! " * 4,
    "Naïve CAFÉ – 日本語",
    "the service was slow but the food was good",
]
#: What sentence-transformers calls each of the harness's poolers.
POOLERS = {
    "cls": "cls",
    "max": "max",
    "mean": "mean",
    "mean_sqrt_len_tokens": "mean-sqrt-len",
    "weightedmean": "weighted-mean",
    "lasttoken": "last-token",
}
MODES = tuple(POOLERS)
PROMPTS = {"query": "the waiter: ", "document": "a phone: "}
MODULES = "sentence_transformers.models"


def saved(folder: Path, *modules: Any, family: str = "bert", reading: Any = None, **given: Any) -> Path:
    """A folder that sentence-transformers saved, of a transformer and these modules."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as models

    transformer = models.Transformer(str(tiny_encoder(family, folder)), **(reading or {}))
    SentenceTransformer(modules=[transformer, *modules], device="cpu", **given).save(str(folder / "saved"))
    return folder / "saved"


def pooling(mode: Any = "mean", **given: Any) -> Any:
    from sentence_transformers.sentence_transformer import modules as models

    return models.Pooling(N_DIMENSIONS, mode, **given)


@pytest.mark.parametrize(
    ("name", "start", "weights"),
    [("first-last-mean", 1, (1, 0, 1)), ("last2-mean", 1, (0, 1, 1)), ("mean", 0, (1, 1, 1, 1))],
)
def test_layers_are_averaged_as_its_weighted_layer_pooling_does(
    name: str, start: int, weights: tuple[int, ...], tmp_path: Path
) -> None:
    """It takes all layers from `start`, weighted; the poolers name theirs."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as models

    path = deeper(tiny_encoder("bert", tmp_path), 3)
    transformer = models.Transformer(str(path), config_kwargs={"output_hidden_states": True})
    layered = models.WeightedLayerPooling(N_DIMENSIONS, 3, start, torch.nn.Parameter(torch.tensor(weights).float()))
    theirs = SentenceTransformer(modules=[transformer, layered, pooling()], device="cpu")
    component = catalogue().get("pooler", name)
    given = {"layers": (0, 1, 2, 3)} if name == "mean" else {}
    pooled_by = Pooling(name, parameters=component.filled(given))
    expected = theirs.encode(TEXTS, batch_size=3, show_progress_bar=False)
    np.testing.assert_allclose(ours(found(path), pooled_by=pooled_by), expected, atol=1e-5, rtol=0)


def deeper(path: Path, n_layers: int) -> Path:
    """The tiny encoder again with more layers, of other random weights."""
    import torch
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(path, num_hidden_layers=n_layers)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        AutoModel.from_config(config).save_pretrained(path)
    return path


def own_pooling(folder: EncoderFolder) -> Pooling:
    """As the plan has it."""
    parameters = catalogue().get("pooler", folder.pooler).filled(folder.parameters)
    return Pooling(folder.pooler, parameters={**parameters, **({"own": folder.own.key} if folder.own else {})})


def ours(folder: EncoderFolder, role: str = "text", pooled_by: Pooling | None = None) -> Any:
    pooled_by = pooled_by or own_pooling(folder)
    functions = folder.poolings([pooled_by], partial(catalogue().function, "pooler"))
    model = pytorch.load(folder, "cpu")
    return encoded(TEXTS, model, read_as(folder.readings, role), functions).of(pooled_by, TEXTS)


def theirs(path: Path, encode: str = "encode") -> Any:
    """Whatever its folder says, and without a last normalisation, which is left to what uses the vectors."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as models

    model = SentenceTransformer(str(path), device="cpu", model_kwargs={"dtype": "float32"})
    while isinstance(model[-1], models.Normalize):
        del model[-1]
    return getattr(model, encode)(TEXTS, batch_size=3, show_progress_bar=False)


def same(path: Path, role: str = "text", encode: str = "encode") -> EncoderFolder:
    folder = found(path)
    np.testing.assert_allclose(ours(folder, role), theirs(path, encode), atol=1e-5, rtol=0)
    return folder


@pytest.mark.parametrize("mode", [*MODES, ("lasttoken", "cls"), MODES], ids=lambda mode: str(mode))
def test_every_pooling_it_has(mode: Any, tmp_path: Path) -> None:
    folder = same(saved(tmp_path, pooling(mode)))
    name = "+".join(POOLERS[one] for one in ([mode] if isinstance(mode, str) else mode))
    assert folder.weights == f"pretrained, trained with {name} pooling"


def test_the_flags_of_older_folders_stand_in_an_order_of_their_own(tmp_path: Path) -> None:
    path = saved(tmp_path, pooling())
    flags = {"mean_tokens": True, "weightedmean_tokens": True, "cls_token": True, "max_tokens": False}
    file = path / "1_Pooling/config.json"
    named = {f"pooling_mode_{flag}": on for flag, on in flags.items()}
    file.write_text(json.dumps({"word_embedding_dimension": N_DIMENSIONS, **named}))
    assert same(path).parameters == {"of": ["cls", "mean", "weighted-mean"]}
    file.write_text(json.dumps({"word_embedding_dimension": N_DIMENSIONS, "pooling_mode_cls_token": False}))
    assert same(path).pooler == "mean"


def layers(name: str) -> list[Any]:
    import torch
    from sentence_transformers.sentence_transformer import modules as models

    dense = partial(models.Dense, N_DIMENSIONS, N_DIMENSIONS)
    identity, gelu = torch.nn.Identity(), torch.nn.GELU()
    norm = models.LayerNorm(2 * N_DIMENSIONS)
    torch.nn.init.normal_(norm.norm.weight)
    made: dict[str, Callable[[], list[Any]]] = {
        "dense": lambda: [pooling(), models.Dense(N_DIMENSIONS, 5)],
        "two": lambda: [pooling("cls"), dense(bias=False, activation_function=identity), dense(), models.Normalize()],
        "normalised first": lambda: [pooling("max"), models.Normalize(), dense(activation_function=gelu)],
        "residual": lambda: [pooling(), dense(use_residual=True), models.Dense(N_DIMENSIONS, 7, use_residual=True)],
        "norm": lambda: [pooling(("cls", "mean")), models.Dropout(0.5), norm, models.Normalize()],
        "on tokens": lambda: [dense(module_input_name="token_embeddings"), pooling("max")],
        "a weight of its own": lambda: [pooling(), dense(activation_function=torch.nn.PReLU())],
    }
    return made[name]()


LAYERS = ("dense", "two", "normalised first", "residual", "norm", "on tokens", "a weight of its own")


@pytest.mark.parametrize("name", LAYERS)
def test_layers_around_the_pooling(name: str, tmp_path: Path) -> None:
    folder = same(saved(tmp_path, *layers(name)))
    assert folder.own is not None
    assert f"{folder.own.kinds} left out under other poolers and in fine-tuning" in folder.weights
    other = ours(folder, pooled_by=Pooling("cls"))
    assert other.shape == (len(TEXTS), N_DIMENSIONS)
    assert np.array_equal(other, ours(found(tmp_path / "tiny-bert"), pooled_by=Pooling("cls")))


def test_weights_of_a_layer_in_half_precision_and_in_a_pickle(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    path = saved(tmp_path, *layers("dense"))
    file = path / "2_Dense/model.safetensors"
    halves = {name: value.half() for name, value in load_file(file).items()}
    save_file(halves, file)
    key = same(path).own
    file.unlink()
    torch.save(halves, path / "2_Dense/pytorch_model.bin")
    assert same(path).own != key  # another file; a key is of files


def test_a_last_normalisation_and_dropout_change_no_key(tmp_path: Path) -> None:
    from sentence_transformers.sentence_transformer import modules as models

    folder = same(saved(tmp_path, pooling(), models.Dropout(0.1), models.Normalize()))
    assert folder.own is None


def test_the_first_dimensions_of_a_truncated_folder(tmp_path: Path) -> None:
    assert ours(same(saved(tmp_path, pooling(), truncate_dim=6))).shape == (len(TEXTS), 6)


# how texts are read


def test_the_default_prompt_is_the_prefix(tmp_path: Path) -> None:
    path = saved(tmp_path, pooling(), prompts=PROMPTS, default_prompt_name="query")
    folder = same(path)
    assert folder.tokenization.prefix == "the waiter: "
    assert found(path, prefix={"text": ""}).tokenization.prefix == ""
    assert np.abs(ours(found(path, prefix={"text": ""})) - ours(folder)).max() > 0.05


@pytest.mark.parametrize(("role", "encode"), [("query", "encode_query"), ("corpus", "encode_document")])
def test_each_side_has_its_prompt(role: str, encode: str, tmp_path: Path) -> None:
    path = saved(tmp_path, pooling(), prompts=PROMPTS)
    assert same(path, role, encode).tokenization.prefix == ""
    same(path)


@pytest.mark.parametrize("mode", MODES)
def test_a_prompt_that_is_not_pooled(mode: str, tmp_path: Path) -> None:
    modules = [pooling(mode, include_prompt=False)]
    folder = same(saved(tmp_path, *modules, prompts=PROMPTS, default_prompt_name="document"))
    assert folder.weights.endswith("the prompt not pooled")


def test_the_suite_says_what_stands_before_each_side(tmp_path: Path) -> None:
    path = saved(tmp_path, pooling(), prompts=PROMPTS, default_prompt_name="document")

    def prefixes(**given: Any) -> list[str]:
        readings = found(path, **given).readings
        return [read_as(readings, role).prefix for role in ("text", "query", "corpus")]

    assert prefixes() == ["a phone: ", "the waiter: ", "a phone: "]
    assert prefixes(prefix=dict.fromkeys(("text", "query", "document"), "x ")) == ["x ", "x ", "x "]
    assert prefixes(prefix={"query": "q "}) == ["a phone: ", "q ", "a phone: "]
    assert prefixes(prefix={"text": "", "query": "q ", "document": "d "}) == ["", "q ", "d "]


def test_a_passage_prompt_is_that_of_documents(tmp_path: Path) -> None:
    path = saved(tmp_path, pooling())
    edit(path / "config_sentence_transformers.json", prompts={"query": "query: ", "passage": "passage: "})
    assert {role: reading.prefix for role, reading in found(path).readings.items()} == {
        "text": "",
        "query": "query: ",
        "corpus": "passage: ",
    }


def test_a_default_prompt_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, pooling(), prompts=PROMPTS)
    edit(path / "config_sentence_transformers.json", default_prompt_name="qurey")
    with pytest.raises(EncoderError, match=r"default_prompt_name 'qurey' is none of its prompts \(document, query\)"):
        found(path)


def test_lower_casing_that_the_tokenizer_does_not_do(tmp_path: Path) -> None:
    path = saved(tmp_path, pooling(), family="roberta", reading={"max_seq_length": 24})
    plain = same(path)
    edit(path / "sentence_bert_config.json", do_lower_case=True)
    lowered = same(path)
    assert lowered.checkpoint != plain.checkpoint
    assert np.abs(ours(lowered) - ours(plain)).max() > 0.05


@pytest.mark.parametrize("length", [7, 100])
def test_the_length_that_it_was_trained_with(length: int, tmp_path: Path) -> None:
    path = saved(tmp_path, pooling(), reading={"max_seq_length": min(length, 24)})
    edit(path / "sentence_bert_config.json", max_seq_length=length)
    assert found(path).tokenization.max_length == min(length, 24)
    if length < 24:
        same(path)


def test_lengths_of_queries_and_documents(tmp_path: Path) -> None:
    path = saved(tmp_path, pooling(), reading={"query_length": 6, "document_length": 11})
    assert same(path, "query", "encode_query").readings["query"].max_length == 6
    assert same(path, "corpus", "encode_document").readings["corpus"].max_length == 11


def test_a_folder_as_older_versions_save_it(tmp_path: Path) -> None:
    """The transformer in a folder of its own, module names of 2.x, no file that says the versions."""
    path = saved(tmp_path, *layers("dense"))
    (path / "config_sentence_transformers.json").unlink()
    (path / "0_Transformer").mkdir()
    for file in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (path / file).rename(path / "0_Transformer" / file)
    (path / "sentence_bert_config.json").rename(path / "0_Transformer/sentence_bert_config.json")
    (path / "0_Transformer/sentence_bert_config.json").write_text('{"max_seq_length": 9, "do_lower_case": false}')
    kinds = [("0_Transformer", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense")]
    modules = [{"idx": i, "name": str(i), "path": p, "type": f"{MODULES}.{k}"} for i, (p, k) in enumerate(kinds)]
    (path / "modules.json").write_text(json.dumps(modules))
    assert same(path).tokenization.max_length == 9
