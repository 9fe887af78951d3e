"""A student before it has learnt anything: a folder with its weights, configuration and tokenizer. Imports torch."""

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import torch

from harness.core.seeds import seed_of
from harness.encoders import EncoderFolder
from harness.encoders.library import about
from harness.encoders.loading import load_tokenizer
from harness.encoders.refusals import TOKENIZER_FILES
from harness.encoders.torch_encoder import load_model
from harness.training import students, vocabularies


def begin(
    base: EncoderFolder,
    out: Path,
    family: str,
    layers: Sequence[int],
    inherits: Collection[str],
    learnt_from: Sequence[str] | None,
    seed: int,
) -> None:
    """Write a student of `base` into the folder `out`; with a vocabulary of its own where there are texts for one.

    EncoderError where nothing is known of the family of `base`.
    """
    model = load_model(base)
    with about(base.name):
        students.family_of(model)
        old = load_tokenizer(Path(base.path), base.family)
        table = model.get_input_embeddings().weight.detach()
        words, ids = (table, _ids(old)) if learnt_from is None else _new(out, family, learnt_from, old, table, base)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_of(seed, "student"))
            student = students.begun(model, family, layers, words, ids, inherits)
    student.save_pretrained(out)
    if learnt_from is None:
        for name in TOKENIZER_FILES:
            if (Path(base.path) / name).is_file():
                shutil.copyfile(Path(base.path) / name, out / name)


def _new(
    out: Path, family: str, texts: Sequence[str], old: Any, table: Any, base: EncoderFolder
) -> tuple[torch.Tensor, dict[str, int]]:
    form = vocabularies.form_of(family)
    tokenizer = vocabularies.learnt(form, texts, base.tokenization.max_length, out)
    return vocabularies.embeddings(form, tokenizer, old, table), vocabularies.ids_of(form, tokenizer)


def _ids(tokenizer: Any) -> dict[str, int]:
    """The ids of special tokens as a configuration names them; a text begins with `cls` where there is no `bos`."""
    found = {name: getattr(tokenizer, f"{name}_token_id", None) for name in ("pad", "bos", "eos", "cls", "sep")}
    for name, other in (("bos", "cls"), ("eos", "sep")):
        found[name] = found[other] if found[name] is None else found[name]
    return {f"{name}_token_id": number for name, number in found.items() if isinstance(number, int)}
