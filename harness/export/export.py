"""Exporting a row: found, checked, written whole or not at all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from harness.core.errors import EncoderError, HarnessError
from harness.core.files import is_there, whole_folder
from harness.export import pipeline, sentence
from harness.export.card import card
from harness.export.row import Row, find
from harness.export.sentence import save
from harness.modes import LinearHead, Predictor

Form = Literal["sentence-transformers", "pipeline"]
_FILES = "`head.safetensors` has its weights, (k, d), and bias, (k,), `head.json` its classes in their order"


def export(
    run: str | Path,
    out: str | Path,
    row: Mapping[str, str] | None = None,
    *,
    form: Form | None = None,
    folder: str | Path = ".",
) -> Path:
    """Write the encoder of a row of a stored run as a new folder that other libraries load; returns where it is.

    `row` are globs by axis (`task`, `encoder`, `pooler`, `mode`, `repeat`) that name one row. `form`:
    `sentence-transformers`, the encoder with its head beside it, or `pipeline`, both in one model that transformers
    loads; None: the first, of a tagging row the second. Relative paths of the run's suite begin at `folder`.
    HarnessError where the folder is there already, the row is not, or the form has no way to say what the row says.
    """
    target = Path(out)
    if is_there(target):
        raise HarnessError(f"{target}: there already. Name another folder with -o, or remove it first.")
    found = find(Path(run), row or {}, Path(folder))
    form = form or ("pipeline" if found.kind.target == "tags" else "sentence-transformers")
    (pipeline if form == "pipeline" else sentence).refuse(found)
    predictor = found.predictor
    head = predictor.linear if predictor else None
    if form == "pipeline" and head is None:
        raise EncoderError(f"no pipeline of transformers can say what this row says: {_no_tensors(found)}")
    with whole_folder(target) as part:
        if form == "pipeline":
            assert head is not None
            pipeline.write(found, head, part)
        else:
            sentence.write(found, part)
            if head is not None:
                _write_head(head, part / "head")
        task = pipeline.task_of(found) if form == "pipeline" else "sentence-similarity"
        said = _said(found, form, predictor)
        (part / "README.md").write_text(card(found, form, task, target.name, said), encoding="utf-8")
    return target


def _said(row: Row, form: Form, predictor: Predictor | None) -> str:
    """What the card says of the head."""
    if form == "pipeline":
        return f"Its head, fitted on {row.cell.address.task}, is the classifier of the model."
    if predictor is None:
        how = (
            "have length 1: they are compared by cosine" if sentence.is_normalised(row) else "are compared as they are"
        )
        return f"No head: nothing was learnt by this row. Vectors {how}."
    if predictor.linear is None:
        return f"Without its head: {_no_tensors(row)}"
    takes = " of u, v, |u − v| and u·v, the vectors u and v of a pair" if len(row.kind.roles) > 1 else ""
    takes = "" if row.cell.head.is_built else takes
    return f"With a linear head in `head/`: {_FILES}; its input are the vectors as they come{takes}."


def _no_tensors(row: Row) -> str:
    name = row.cell.head.mode.parameters.get("head") or row.cell.head.mode.name
    return f"the head {name} is no linear map, and only linear heads are written as tensors."


def _write_head(head: LinearHead, folder: Path) -> None:
    """As `LinearHead.read` reads it."""
    from safetensors.numpy import save_file

    folder.mkdir()
    weight, bias = (np.ascontiguousarray(np.asarray(part, np.float32)) for part in (head.weight, head.bias))
    save_file({"weight": weight, "bias": bias}, folder / "head.safetensors")
    save(folder / "head.json", {"classes": list(head.classes), **({"several": True} if head.several else {})})
