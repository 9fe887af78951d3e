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
from harness.modes import Written

Form = Literal["sentence-transformers", "pipeline"]
#: What stands before the lines of a head: the vectors of texts, or what a probe of pairs makes of those of both sides.
_ONE = 'vectors = np.asarray(SentenceTransformer("{folder}").encode(["a text"]), np.float64)'
_BOTH = """model = SentenceTransformer("{folder}")
u, v = (np.asarray(model.encode([text]), np.float64) for text in ("a text", "another"))
vectors = np.hstack([u, v, np.abs(u - v), u * v])"""
_LOADS = """import json
import numpy as np
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer

{vectors}
head = load_file("{folder}/head/head.safetensors")
with open("{folder}/head/head.json", encoding="utf-8") as file:
    classes = np.array(json.load(file)["classes"])
{lines}"""


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
    head = found.predictor.linear if found.predictor else None
    if form == "pipeline" and head is None:
        raise EncoderError(
            f"no pipeline of transformers can say what this row says: the head {_name(found)} is no linear map. Export "
            "the row --as sentence-transformers, with its head beside it."
        )
    written = head.written if head else found.predictor.written if found.predictor else None
    with whole_folder(target) as part:
        if form == "pipeline":
            pipeline.write(found, head, part)  # type: ignore[arg-type]
        else:
            sentence.write(found, part)
            if written is not None:
                _write_head(written, bool(head and head.several), part / "head")
        task = pipeline.task_of(found) if form == "pipeline" else "sentence-similarity"
        said = _said(found, form, written, target.name)
        (part / "README.md").write_text(card(found, form, task, target.name, said), encoding="utf-8")
    return target


def _said(row: Row, form: Form, written: Written | None, folder: str) -> str:
    """What the card says of the head."""
    if form == "pipeline":
        return f"Its head, fitted on {row.cell.address.task}, is the classifier of the model."
    if row.predictor is None:
        how = (
            "have length 1: they are compared by cosine" if sentence.is_normalised(row) else "are compared as they are"
        )
        return f"No head: nothing was learnt by this row. Vectors {how}."
    if written is None:
        return (
            f"Without its head: {_name(row)} does not say how it could be written (`Predictor.written` of a plugin's "
            "head does); linear heads are, and knn, linear-svm, mlp and nearest-centroid."
        )
    arrays = ", ".join(f"`{name}` {tuple(np.shape(one))}" for name, one in written.arrays.items())
    is_pair = len(row.kind.roles) > 1 and not row.cell.head.is_built
    code = _LOADS.format(vectors=(_BOTH if is_pair else _ONE).format(folder=folder), folder=folder, lines=written.lines)
    return f"With its head {_name(row)} in `head/`: {arrays} in `head.safetensors`.\n\n```python\n{code}\n```"


def _name(row: Row) -> str:
    return str(row.cell.head.mode.parameters.get("head") or row.cell.head.mode.name)


def _write_head(head: Written, several: bool, folder: Path) -> None:
    """A linear one as `LinearHead.read` reads it."""
    from safetensors.numpy import save_file

    folder.mkdir()
    save_file({name: np.ascontiguousarray(one) for name, one in head.arrays.items()}, folder / "head.safetensors")
    save(folder / "head.json", {"classes": list(head.classes), **({"several": True} if several else {})})
