"""README.md of an exported folder, a model card: what it is, how it was made, how it scored, how to load it."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from harness.core.records import Step
from harness.encoders.layout import PROMPT_ROLES
from harness.export.row import Row
from harness.report.scorer import scorer_of
from harness.results.records import RunCell
from harness.stats import Interval
from harness.wording import numbers
from harness.wording.markdown import escape, table

_LOADS = {
    "sentence-transformers": """from sentence_transformers import SentenceTransformer

vectors = SentenceTransformer("{folder}").encode(["a text"])""",
    "pipeline": """from transformers import pipeline

says = pipeline("{task}", "{folder}")("a text"{more})""",
}
#: What a pipeline is told beside the text: to cut it, or how tokens become words.
_MORE = {"text-classification": ", truncation=True", "token-classification": ', aggregation_strategy="first"'}


def card(row: Row, form: str, pipeline: str, folder: str, head: str) -> str:
    """The whole text. `form` is who loads it, `pipeline` the task that it is for, `head` a sentence on the head."""
    address, base = row.cell.address, row.run.about.encoders.get(row.cell.address.encoder)
    licence = (base.licence if base else None) or "not known here; see where it comes from"
    front = {
        "library_name": "transformers" if form == "pipeline" else "sentence-transformers",
        "pipeline_tag": pipeline,
        **({"license": licence.lower()} if base and base.licence else {}),
        "datasets": [address.task],
    }
    lines = [
        "---",
        *(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items()),
        "---",
        f"# {escape(address.encoder)}, {escape(address.pooler)} pooling, {escape(address.mode)}",
        *_what(row, head),
        f"Licence of the base: {escape(licence)}.",
        "## How to load it",
        f"```python\n{_LOADS[form].format(folder=folder, task=pipeline, more=_MORE.get(pipeline, ''))}\n```",
        "## How it was made",
        *_made(row),
        "## How it scored",
        *_scored(row),
    ]
    return "\n".join(lines[:6]) + "\n" + "\n\n".join(lines[6:]) + "\n"


def _what(row: Row, head: str) -> Iterator[str]:
    encoder = row.encoder
    known = row.run.about.encoders.get(row.cell.address.encoder)
    weights = (known.weights if known else None) or encoder.weights
    prompts = {name: row.reading(role).prefix for name, role in PROMPT_ROLES.items()}
    said = "; before a text stands " + json.dumps(prompts, ensure_ascii=False) if any(prompts.values()) else ""
    yield (
        f"A text encoder of the {escape(encoder.family)} family ({escape(weights)}), which reads up to "
        f"{row.max_length} tokens of a text{escape(said)}."
    )
    yield head
    backend = row.cell.head.backend
    if backend and backend.precision != "fp32":
        yield f"Its scores are of vectors computed in {backend.precision}; the weights here are in fp32."


def _made(row: Row) -> Iterator[str]:
    spec = next((one for one in row.prepared.suite.encoders if one.name == row.cell.address.encoder), None)
    origin = spec.checkpoint if spec else row.cell.address.encoder
    revision = f" at revision {row.encoder.revision}" if row.encoder.revision else ""
    checkpoint = row.cell.head.checkpoint
    yield f"From `{origin}`{revision}; its files have the hash `{checkpoint.source}`."
    steps = [f"{number}. {_step(step)}" for number, step in enumerate(checkpoint.lineage, 1)]
    yield "\n".join(steps) if steps else "Nothing was done to its weights."
    built = next((one for one in row.run.builds if one.checkpoint == checkpoint.key), None)
    if built and built.facts.seconds is not None:
        epoch = f", epoch {built.facts.best_epoch:g} kept" if built.facts.best_epoch is not None else ""
        yield f"The last step took {numbers.fixed(built.facts.seconds, 1)} s{epoch}."
    yield f"Made and scored by the suite `{row.run.about.suite.name}`, harness {row.run.about.harness}."


def _step(step: Step) -> str:
    given = json.dumps(_plain(step.parameters), ensure_ascii=False)
    seed = f", seed {step.seed}" if step.seed is not None else ""
    learnt = f", learnt from the texts {step.train[:8]}" if step.train else ""
    return f"`{step.operation}` {given}{seed}{learnt}"


def _plain(parameters: Any) -> Any:
    from harness.core.fingerprint import plain

    return plain(dict(parameters))


def _scored(row: Row) -> Iterator[str]:
    """Every cell of the row, and of an encoder that is no task's own those of other tasks too."""
    own = row.cell.address
    cells = [cell for cell in row.run.cells if cell.status == "done" and cell.address.row == own.row]
    if row.cell.head.is_built:
        cells = [
            cell for cell in cells if cell.address.task == own.task and cell.address.repeat.train == own.repeat.train
        ]
    yield "On the test side of each data set; brackets hold 95 % intervals, a bootstrap over clusters of items."
    yield table(
        ("data", "condition", "metric", "score", "chance", "items"),
        [_line(one) for one in cells],
        ("left",) * 6,
        "github",
    )
    if row.cell.head.train:
        others = "A head was fitted for each data set; the one here is that of " if not row.cell.head.is_built else ""
        yield f"{others}{escape(own.task)}." if others else f"It was trained on {escape(own.task)}."


def _line(cell: RunCell) -> Sequence[str]:
    measure, score = scorer_of(cell.metric).measure, cell.scores[cell.metric]
    shown = (
        measure.interval(Interval(score.value, score.low, score.high)) if math.isfinite(score.value) else numbers.NONE
    )
    chance = numbers.NONE if score.chance is None else measure.number(score.chance)
    repeat = f" ({cell.address.repeat})" if cell.address.repeat.known else ""
    condition = f"{cell.address.condition}{repeat}"
    return tuple(map(escape, (cell.address.task, condition, measure.label, shown, chance, f"{cell.n or 0:,}")))
