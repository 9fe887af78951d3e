"""Texts changed by one perturbation outside of a run: a preview, and a task's own data with its texts changed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import tasks
from harness.catalogue import catalogue
from harness.conditions.edits import Perturbed, perturb
from harness.core import resources
from harness.core.errors import HarnessError
from harness.core.files import whole_file
from harness.core.fingerprint import plain
from harness.core.records import Perturbation
from harness.core.registry import Component
from harness.runner.data import Data, edited
from harness.suite import choices, document, folders
from harness.suite.conditions import other_language
from harness.suite.faults import Faults
from harness.wording import numbers


def parameters(severity: str | None, given: Sequence[str]) -> dict[str, Any]:
    """`--severity N` (as `severity`) and `KEY=VALUE` as YAML has them. HarnessError for what is none."""
    found: dict[str, Any] = {}
    for one in [*([f"severity={severity}"] if severity is not None else []), *given]:
        key, equals, text = one.partition("=")
        value, wrong = document.read(text, "")
        if not equals or not key or wrong:
            raise HarnessError(f"--set {one}: expected KEY=VALUE, for example --set side=last.")
        found[key] = value
    return found


def named(name: str, given: Mapping[str, Any], seed: int) -> Perturbation:
    """A perturbation by its name and parameters, drawn with a seed; `severity` stands for whichever says how much.

    HarnessError with everything that is wrong.
    """
    known = catalogue().of("perturbation")
    chosen = dict(given)
    if "severity" in chosen and name in known:
        chosen[known[name].facts["severity"]] = chosen.pop("severity")
    faults = Faults("", {}, catalogue())
    found = choices.read(choices.PERTURBATIONS, [{name: chosen}], faults)
    if len(found) != 1:
        wrong = [f"{fault.message} {fault.suggestion}".strip() for fault in faults.found]
        raise HarnessError(" ".join(wrong) or f"{name}: a list is for suites; expected one value for each parameter.")
    choice, component = found[0], known[found[0].component]
    decides = {key: value for key, value in choice.parameters.items() if key not in ("apply", "draws")}
    decides["resources"] = resources.contents(component, catalogue())
    return Perturbation(component.name, component.version, decides, seed)


def changed(texts: Sequence[str], perturbation: Perturbation) -> list[Perturbed]:
    """These texts after it."""
    return perturb(texts, (perturbation,), catalogue())


def task_of(name: str) -> tasks.Task:
    """A built-in task, or that of a folder that `write` made."""
    folder = Path(name)
    if not (folder / folders.FILE).is_file():
        return tasks.resolve(name, Path())
    try:
        return tasks.resolve({"name": folder.resolve().name, **folders.read(folder / folders.FILE)}, folder)
    except ValueError as error:
        raise HarnessError(f"{folder / folders.FILE}: {error}") from None


def told(done: Sequence[Perturbed], component: Component, perturbation: Perturbation) -> str:
    """What was done to texts, in a sentence."""
    n_changed, n_eligible = sum(bool(one.edits) for one in done), sum(one.n_eligible for one in done)
    said = f"{perturbation.name}: {n_changed:,} of {numbers.plural(len(done), 'text')} changed"
    if not n_eligible:
        return said
    rates, n_edits = component.facts["rates"], sum(len(one.edits) for one in done)
    asked = rates[component.filled(perturbation.parameters)["severity"]]
    words = f"{n_edits:,} of {n_eligible:,} words that fit ({numbers.percent(n_edits / n_eligible)})"
    return f"{said}, {words}; asked for {numbers.percent(asked)}"


def write(task: tasks.Task, perturbation: Perturbation, folder: Path) -> list[Perturbed]:
    """A task's data with the texts of the test side changed, as tables, and `task.yaml` by which a suite names it.

    `perturbation.json` says what was done, to what, and the SHA-256 of every table. Returned are the changed texts.
    """
    info, kind, data = tasks.describe(task), tasks.kind_of(task.kind), Data({task.name: task})
    component = catalogue().get("perturbation", perturbation.name)
    roles = kind.typed if component.facts["changes"] == "typed" else kind.stored
    if why := other_language(component, perturbation.parameters, info.language, info.language_guessed):
        raise HarnessError(f"task {task.name!r}: {why}.")
    sides = {
        side: {role: data(task.name, tasks.make_split(task, info, side, role=role)) for role in kind.roles}
        for side in (("train", "test") if kind.trains else ("test",))
    }
    done: list[Perturbed] = []
    for role in roles:
        sides["test"][role], now = edited(sides["test"][role], (perturbation,))
        done += now
    tables, spec = kind.tables(sides)
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {}
    for name, rows in tables.items():
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        hashes[name] = hashlib.sha256(content).hexdigest()
        whole_file(folder / name, content)
    made = {"perturbation": perturbation.name, "version": perturbation.version, "seed": perturbation.draw_seed}
    made |= {"parameters": plain(perturbation.parameters), "task": task.name, "source": info.source, "sha256": hashes}
    language = {"language": info.language} if info.language else {}
    yaml = "".join(f"{key}: {value}\n" for key, value in ({"kind": task.kind} | spec | language).items())
    whole_file(folder / folders.FILE, yaml)
    whole_file(folder / "perturbation.json", json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    return done
