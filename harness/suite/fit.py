"""Which modes and baselines a task takes, and which encoders can be trained for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.registry import Catalogue, Component, named
from harness.core.truncation import Windows
from harness.suite.cells import EncoderFacts, Row, TaskFacts, not_joint


def untrainable(task: TaskFacts, encoder: EncoderFacts, rows: Sequence[Row]) -> str:
    """Why an encoder cannot be trained as it reads; nothing where it can."""
    reading, is_joint = encoder.tokenization, any(row.joint for row in rows)
    if not isinstance(reading.truncation, Windows):
        return not_joint(task, reading) if is_joint else ""
    return (
        f"a training reads each text at once, and this encoder reads in {reading.truncation}; leave its `truncation` "
        "out, and take the condition `windows` to test the trained row so"
    )


def unfit(catalogue: Catalogue, component: Component, name: str, given: Mapping[str, Any], task: TaskFacts) -> str:
    """Why a mode or baseline is none for a task; nothing where it is one."""
    if component.facts.get("builds") and (why := _unlearnable(catalogue, component, given, task)):
        return why
    kinds = {n: str(p.kind) for n, p in component.settable.items() if p.kind}
    parts = [(kinds[n], named(v)[0]) for n, v in given.items() if n in kinds and v]
    for one, called in [(component, name), *((catalogue.get(*part), "the {} {}".format(*part)) for part in parts)]:
        targets = one.facts["targets"]
        if task.kind.target not in targets:
            known: Mapping[str, Any] = {name: kind.function for name, kind in catalogue.of("task-kind").items()}
            fit = [name for name, kind in known.items() if kind.target in targets]
            return f"{called} applies to {' and '.join(filter(None, [', '.join(fit[:-1]), *fit[-1:]]))} tasks"
    return ""


def _unlearnable(catalogue: Catalogue, mode: Component, given: Mapping[str, Any], task: TaskFacts) -> str:
    """Why no encoder can be trained for a task so; nothing where it can."""
    objective = given.get("objective") or task.kind.objective
    if not objective:
        return f"nothing is known that could be learnt from a {task.kind.name} task"
    if not task.n_train:
        return "it has no training side; set `test_share` below 1"
    name = named(objective)[0]
    if mode.facts.get("starts_from") and not catalogue.get("objective", name).facts["joint"]:
        return f"{mode.name} begins with a head, and the objective {name} has none; take finetune"
    return ""
