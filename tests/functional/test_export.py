"""Exported rows, loaded by sentence-transformers and by pipelines of transformers: they say what the row said."""

import json
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.errors import EncoderError, HarnessError
from harness.core.inputs import Words
from harness.core.records import Tokenization
from harness.export import export
from harness.export.row import Row, find
from harness.modes import LinearHead
from harness.results import Run
from harness.runner.data import Needed
from harness.runner.job import encode, load_encoder
from tests.fakes.command import Command
from tests.fakes.desk import SUITE, Desk, reviews, write_csv
from tests.fakes.encoders import FAMILIES, tiny_encoder
from tests.functional.test_retrieval import SUITE as SEARCH
from tests.functional.test_tagging import conll

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Tokenizer does not support real words:UserWarning"),
]

TEXTS = [text for text, *_ in reviews()[:12]] + ["", "Naïve CAFÉ – 日本語", "the food came " * 30]
PROBES = f"""
name: probes
encoders: [{", ".join(f"{{name: {family}, checkpoint: ./{family}}}" for family in FAMILIES)}]
poolers: [cls, mean, max, mean+cls]
modes: [probe]
tasks: [{{name: reviews, data: reviews.csv}}]
max_samples: {{train: 40, test: 20}}
latency: false
device: cpu
"""
TUNED = (
    PROBES.replace("probes", "tuned")
    .replace("[cls, mean, max, mean+cls]", "[cls, word-first]")
    .replace("probe]", "{name: tuned, mode: finetune, epochs: 1, encoder_lr: 1.0e-3, validation: 0}]")
    .replace("data: reviews.csv}", "data: reviews.csv}, {name: names, kind: tagging, data: names.conll}")
)


@pytest.fixture(scope="module")
def _families(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk at which both suites of all families were run, and its cache."""
    folder = tmp_path_factory.mktemp("families")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(folder / "cache"))
        patch.chdir(shutil.copytree(_made, folder / "desk"))
        for family in FAMILIES:
            tiny_encoder(family, folder).rename(folder / "desk" / family)
        (folder / "desk" / "names.conll").write_text(conll(60), encoding="utf-8")
        desk = Desk(folder / "desk")
        for suite, out in ((PROBES, "probes"), (TUNED, "tuned")):
            assert {cell.status for cell in desk.run(suite, out).cells} == {"done"}
    return folder


@pytest.fixture
def families(_families: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of that desk, which is read alone."""
    monkeypatch.setenv("HARNESS_CACHE", str(_families / "cache"))
    monkeypatch.chdir(_families / "desk")
    return _families / "desk"


def vectors_of(row: Row, inputs: list[Any], role: str = "text") -> Any:
    """What the row's own job gives of these inputs."""
    head = row.cell.head
    assert head.pooling is not None
    needed: dict[Tokenization, Needed] = {row.reading(role): Needed({head.pooling: None}, dict.fromkeys(inputs))}
    steps = encode(row.job, row.vectors, needed, partial(load_encoder, row.job, "cpu"))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value[row.reading(role).key].of(head.pooling, inputs)


def loaded(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


@pytest.mark.parametrize("pooler", ["cls", "mean", "max", "mean+cls"])
@pytest.mark.parametrize("family", FAMILIES)
def test_sentence_transformers_gives_the_vectors_of_the_row(
    families: Path, tmp_path: Path, family: str, pooler: str
) -> None:
    """Every family under every pooling, to 1e-5, texts cut where the row cuts them; the head says what the row says."""
    named = {"encoder": family, "pooler": pooler}
    out = export(families / "probes", tmp_path / "out", named)
    row = find(families / "probes", named, families)
    expected, given = vectors_of(row, TEXTS), loaded(out).encode(TEXTS, batch_size=4)
    np.testing.assert_allclose(given, expected, atol=1e-5, rtol=0)
    says, predict = LinearHead.read(out / "head").predictor().predict, getattr(row.predictor, "predict", None)
    assert says is not None
    assert predict is not None
    (labels, shares), (own, sure) = says(given), predict(expected)
    assert labels.tolist() == own.tolist()
    np.testing.assert_allclose(shares, sure, atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_pipeline_says_what_a_fine_tuned_classifier_says(families: Path, tmp_path: Path, family: str) -> None:
    """By the family's own classifier, whose first layer was made harmless: same label, same probability."""
    from transformers import pipeline

    named = {"encoder": family, "task": "reviews"}
    out = export(families / "tuned", tmp_path / "out", named, form="pipeline")
    row = find(families / "tuned", named, families)
    assert row.predictor is not None
    labels, shares = row.predictor.predict(vectors_of(row, TEXTS))
    says = pipeline("text-classification", str(out), device="cpu")(TEXTS, truncation=True)
    assert [one["label"] for one in says] == labels.tolist()
    np.testing.assert_allclose([one["score"] for one in says], shares, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_pipeline_tags_words_as_the_row_does(families: Path, tmp_path: Path, family: str) -> None:
    """Each word by its first token; what is read is the row's own reading of the words."""
    import torch
    from transformers import AutoModelForTokenClassification, pipeline

    from harness.encoders.forward import batch_of
    from harness.encoders.tokenizer import Tokenizer

    named = {"encoder": family, "task": "names"}
    out = export(families / "tuned", tmp_path / "out", named)
    row = find(families / "tuned", named, families)
    words = [Words(("the", "waiter", "was", "kind")), Words(("number", "battery", "before"))]
    assert row.predictor is not None
    tags, _ = row.predictor.predict(vectors_of(row, words)[0])
    model, tokenizer = AutoModelForTokenClassification.from_pretrained(out).eval(), Tokenizer(row.encoder)
    said = []
    for read in tokenizer(words, row.reading("text")):
        batch = batch_of([read], tokenizer.pad_id)
        with torch.no_grad():
            logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[0]
        first = [(read.words or ()).index(word) for word in range(read.n_words)]
        said += [model.config.id2label[int(number)] for number in logits[first].argmax(dim=1)]
    assert said == tags.tolist()
    found = pipeline("token-classification", str(out), device="cpu", aggregation_strategy="first")(
        "the waiter was kind"
    )
    assert all({"entity_group", "word", "score"} <= set(one) for one in found)


def test_a_search_is_exported_as_it_compares_and_prompts(desk: Desk, tmp_path: Path) -> None:
    """Cosines: vectors of length 1; raw products: as they are. Queries and documents with their own prompts."""
    rows = [(f"n{i}", f"my {i} is broken", f"the {i} was", f"it was number {i}") for i in range(30)]
    write_csv(desk.path / "help.csv", rows, ("nr", "question", "title", "body"))
    asked = "checkpoint: ./one, prefix: {query: 'ask: ', document: 'say: '}"
    run = desk.run(SEARCH.replace("checkpoint: ./one", asked).replace("[misspellings, truncate, rare-words]", "[]"))
    modes = sorted({cell.address.mode for cell in run.cells if cell.address.pooler == "mean"})
    assert len(modes) == 2
    for mode in modes:
        named = {"pooler": "mean", "mode": mode}
        model, row = loaded(export(run.path, tmp_path / mode, named)), find(run.path, named, desk.path)
        is_unit = row.cell.head.mode.parameters["normalize"]
        assert model.similarity_fn_name == ("cosine" if is_unit else "dot")
        for role, encode_ in (("query", model.encode_query), ("corpus", model.encode_document)):
            expected = vectors_of(row, TEXTS, role)
            expected = expected / np.linalg.norm(expected, axis=1, keepdims=True) if is_unit else expected
            np.testing.assert_allclose(encode_(TEXTS), expected, atol=1e-5, rtol=0)
        assert not (tmp_path / mode / "head").exists()
        assert "nothing was learnt by this row" in (tmp_path / mode / "README.md").read_text(encoding="utf-8")


def test_the_card_says_what_it_is_how_it_was_made_and_how_it_scored(ran: Run, desk: Desk, command: Command) -> None:
    said = command("export", "run", "-o", "out", "--row", "mode=probe")
    assert said.code == 0, said.err
    text = (desk.path / "out" / "README.md").read_text(encoding="utf-8")
    assert text.startswith('---\nlibrary_name: "sentence-transformers"\n')
    for part in (
        "one, mean pooling, probe",
        "bert family",
        "From `./one`",
        "`head.safetensors`",
        "Licence of the base",
    ):
        assert part in text
    clean = next(cell for cell in ran.cells if cell.kind == "clean" and cell.address.encoder == "one")
    score = clean.scores[clean.metric]
    assert re.search(rf"\| reviews +\| clean +\| accuracy +\| {100 * score.value:.1f} \[{100 * score.low:.1f}, ", text)
    assert "| keyboard@3 " in text
    assert text.count("\n| ") > 4


def test_what_was_done_to_the_weights_is_told(families: Path, tmp_path: Path) -> None:
    out = export(families / "tuned", tmp_path / "out", {"encoder": "bert", "task": "reviews"}, form="pipeline")
    text = (out / "README.md").read_text(encoding="utf-8")
    assert "1. `finetune` {" in text
    assert 'pipeline_tag: "text-classification"' in text
    assert "It was trained on reviews." in text
    assert json.loads((out / "config.json").read_text())["problem_type"] == "single_label_classification"


def test_layers_that_were_cut_are_gone_from_the_folder(desk: Desk, tmp_path: Path) -> None:
    """And a Dense layer of the folder's own comes along."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    parts = [modules.Transformer("one"), modules.Pooling(32, "mean"), modules.Dense(32, 8)]
    SentenceTransformer(modules=parts, device="cpu").save("dense")
    suite = SUITE.replace("checkpoint: ./one", "checkpoint: ./dense, cut: {layers: [1]}").replace(
        "poolers: [mean]\n", ""
    )
    run = desk.run(suite.replace("[keyboard, domain: {test: [barber]}, rare-words]", "[]"))
    out = export(run.path, tmp_path / "out")
    assert json.loads((out / "config.json").read_text())["num_hidden_layers"] == 1
    given = loaded(out).encode(TEXTS)
    assert given.shape[1] == 8
    np.testing.assert_allclose(given, vectors_of(find(run.path, {}, desk.path), TEXTS), atol=1e-5, rtol=0)


def test_a_row_that_is_not_there_is_told_with_those_that_are(ran: Run, desk: Desk, command: Command) -> None:
    said = command("export", "run", "-o", "out", "--row", "encoder=two")
    assert said.code == 2
    assert "encoder=two: no such row" in said.err
    assert "task=reviews,encoder=one,pooler=mean,mode=probe" in said.err
    said = command("export", "run", "-o", "out", "--row", "encodr=two")
    assert "did you mean 'encoder'" in said.err.lower()
    (desk.path / "out").mkdir()
    said = command("export", "run", "-o", "out")
    assert "out: there already" in said.err
    assert said.code == 2


def test_several_rows_are_listed(families: Path, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"names 4 rows .*; expected one.*\n  task=reviews,encoder=bert,pooler=cls"):
        export(families / "probes", tmp_path / "out", {"encoder": "bert"})


def test_what_no_form_can_say_is_refused_with_why(families: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"reads the first token of its last layer, and this row pools mean"):
        export(families / "probes", tmp_path / "out", {"encoder": "bert", "pooler": "mean"}, form="pipeline")
    with pytest.raises(EncoderError, match=r"a vector a word; the pipeline of a tagging row has it"):
        export(families / "tuned", tmp_path / "out", {"encoder": "bert", "task": "names"}, form="sentence-transformers")
    assert not (tmp_path / "out").exists()


def test_what_changed_since_the_run_is_refused(ran: Run, desk: Desk, tmp_path: Path) -> None:
    """Data and weights by their key; a suite's folder that is elsewhere by what is not there."""
    with pytest.raises(HarnessError, match=r"cannot be planned again: .*begin at --folder"):
        export(ran.path, tmp_path / "out", folder=tmp_path)
    write_csv(desk.path / "reviews.csv", reviews(140))
    with pytest.raises(HarnessError, match="training data and test data changed since the run"):
        export(ran.path, tmp_path / "out")


HEADS = {
    "logistic": "head: logistic",
    "svm": "head: linear-svm",
    "mlp": "head: {mlp: {epochs: 20}}",
    "knn": "head: {knn: {k: [3]}}",
    "knn-euclidean": "head: {knn: {k: [5], metric: euclidean}}",
    "centroid": "head: nearest-centroid",
    "centroid-euclidean": "head: {nearest-centroid: {metric: euclidean}}",
    "mteb": "protocol: mteb, draws: 2",
}


def said_by_the_card(out: Path, texts: list[str]) -> Any:
    """What the lines of a card leave, run as they stand on other texts."""
    code = re.findall(r"```python\n(.*?)\n```", (out / "README.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    known: dict[str, Any] = {"texts": texts}
    exec(code.replace('["a text"]', "texts"), known)  # the folder's name is relative, as the card has it
    return known["says"]


@pytest.mark.parametrize("classes", [("kind", "rude"), ("kind", "rude", "fresh")])
@pytest.mark.parametrize("head", HEADS)
def test_the_lines_of_a_card_say_what_the_row_says(
    desk: Desk, tmp_path: Path, head: str, classes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(f"the {classes[i % len(classes)]} waiter of number {i}", classes[i % len(classes)]) for i in range(90)]
    write_csv(desk.path / "words.csv", rows, ("text", "label"))
    suite = SUITE.replace("{name: reviews, data: reviews.csv, domain: shop}", "{name: words, data: words.csv}")
    suite = suite.replace("[probe]", f"[{{name: own, mode: probe, {HEADS[head]}}}]")
    run = desk.run(suite.replace("[keyboard, domain: {test: [barber]}, rare-words]", "[]"))
    out = export(run.path, tmp_path / "out")
    row = find(run.path, {}, desk.path)
    assert row.predictor is not None
    assert row.predictor.predict is not None
    texts = [text for text, _ in rows]
    expected = row.predictor.predict(vectors_of(row, texts))[0]
    assert len(set(expected.tolist())) > 1
    monkeypatch.chdir(tmp_path)
    assert np.mean(said_by_the_card(out, texts) == expected) == 1.0


def test_a_head_that_says_nothing_of_itself_is_left_out_and_told(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = SUITE.replace("[keyboard, domain: {test: [barber]}, rare-words]", "[]").replace("[mean]", "[cls]")
    run = desk.run(suite)
    monkeypatch.setattr(Row, "predictor", replace(LinearHead([[1.0]], [0.0], ("a",)).predictor(), linear=None))
    out = export(run.path, tmp_path / "out")
    assert "Without its head: logistic does not say how it could be" in (out / "README.md").read_text(encoding="utf-8")
    assert not (out / "head").exists()
    with pytest.raises(EncoderError, match=r"the head logistic is no linear map\. Export the row --as"):
        export(run.path, tmp_path / "other", form="pipeline")


def test_a_checkpoint_that_is_gone_is_told(families: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "empty"))
    with pytest.raises(HarnessError, match="not in the store any more"):
        export(families / "tuned", tmp_path / "out", {"encoder": "bert", "task": "reviews"})
