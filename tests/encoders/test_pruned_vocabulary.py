"""A pruned vocabulary reads its texts as before, and other texts as smaller pieces."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.catalogue import catalogue
from harness.core.corpus import Corpus
from harness.core.errors import DataError
from harness.encoders import EncoderFolder, EncoderSpec, resolve
from harness.encoders.backends import pytorch
from harness.encoders.steps.prune_vocabulary import prune_vocabulary
from harness.suite.model import Choice
from tests.encoders.test_openvino import furthest, states
from tests.fakes.encoders import FAMILIES, corpus, tiny_encoder

KEPT = corpus()[:2]
OTHER = ["rates rose again 日本", "zzz 😀 qqq the phone", ""]


def pruned(folder: EncoderFolder, tmp_path: Path, lines: list[str]) -> EncoderFolder:
    (out := tmp_path / "pruned").mkdir()
    prune_vocabulary(folder, out, None, texts=Corpus("texts", tuple(lines)))  # type: ignore[arg-type]
    return resolve(EncoderSpec("pruned", str(out)), Path())


@pytest.mark.parametrize("family", [*FAMILIES, "xlm-roberta"])
def test_its_texts_have_the_same_states(family: str, tmp_path: Path) -> None:
    whole = resolve(EncoderSpec("whole", str(tiny_encoder(family, tmp_path))), Path())
    small = pruned(whole, tmp_path, KEPT)
    before, after = pytorch.load(whole, "cpu"), pytorch.load(small, "cpu")
    rows = [json.loads((Path(one.path) / "config.json").read_text())["vocab_size"] for one in (whole, small)]
    assert rows[1] < rows[0]
    assert after.n_parameters < before.n_parameters
    reading = [list(e.tokenizer(KEPT, whole.tokenization)) for e in (before, after)]
    pieces = [[e.tokenizer.pieces(t) for t in r] for e, r in zip((before, after), reading, strict=True)]
    assert pieces[0] == pieces[1]
    assert furthest(states(before, whole, KEPT), states(after, whole, KEPT)) < 1e-6
    if family == "roberta":  # bytes are always there
        unknown = after.tokenizer.unknown_id
        assert all(unknown not in tokens.ids for tokens in after.tokenizer(OTHER, whole.tokenization))
    assert states(after, whole, OTHER).hidden.isfinite().all()


def test_a_suite_makes_it_of_a_file(tmp_path: Path) -> None:
    """What is in the file decides the key, not its name; what cannot be is told with the place."""
    tiny_encoder("bert", tmp_path)

    def of(**given: Any) -> EncoderFolder:
        spec = EncoderSpec("small", "tiny-bert", steps=(Choice("prune-vocabulary", "prune-vocabulary", given),))
        return resolve(spec, tmp_path, lambda name: catalogue().get("step", name))

    for name in ("one.txt", "same.txt"):
        (tmp_path / name).write_text("the food was good\n", encoding="utf-8")
    (tmp_path / "other.txt").write_text("the food was bad\n", encoding="utf-8")
    keys = {name: of(texts=name).checkpoint.key for name in ("one.txt", "same.txt", "other.txt")}
    assert keys["one.txt"] == keys["same.txt"] != keys["other.txt"]
    assert of().checkpoint.key not in keys.values()
    (tmp_path / "empty.txt").write_text(" \n\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"empty.txt: holds no text"):
        of(texts="empty.txt")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(DataError, match=r"latin.txt: is no UTF-8 at byte 3"):
        of(texts="latin.txt")
