"""What a suite would need before anything is downloaded: a line for each encoder, data set and packaged file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from harness import assets, tasks
from harness.catalogue import catalogue
from harness.core import disk
from harness.core.errors import NotFetchedError
from harness.doctor import model_files
from harness.doctor.finding import Finding, Part, together, tried
from harness.doctor.hub import Hub, is_hub_id
from harness.encoders import EncoderSpec, builtin, instead
from harness.encoders.checkpoints import local_path, located
from harness.suite import Suite
from harness.suite.conditions import KINDS
from harness.tasks.task import AssetSource, HubSource, Task
from harness.wording.numbers import listed, megabytes


def suite_parts(suite: Suite) -> Iterator[Part]:
    """Encoders, data and what conditions read; what is at fault in the file itself was told when it was loaded."""
    hub = Hub()
    encoders = tuple(one for spec in suite.encoders for one in _encoder(spec, suite, hub))
    if encoders:
        yield Part("Encoders", encoders)
    yield Part("Data", tuple(_task(entry.name, entry.spec or entry.name, suite, hub) for entry in suite.tasks))
    if read := _resources(suite, hub):
        yield Part("Read by conditions", read)
    if hub.to_fetch:
        yield Part("In all", (_in_all(hub),))


def _in_all(hub: Hub) -> Finding:
    """What would be fetched, against the room there is."""
    from huggingface_hub import constants

    total = sum(hub.to_fetch.values())
    rooms = [disk.room(place) for place in (assets.cache_root(), Path(constants.HF_HUB_CACHE))]
    free = min((room for room in rooms if room is not None), default=None)
    if free is None:
        return Finding("to fetch", f"{megabytes(total)} in all; how much is free is not known", "warning")
    said = f"{megabytes(total)} in all; {megabytes(free)} are free where it is kept"
    if total < free:
        return Finding("to fetch", said, "ok")
    return Finding("to fetch", f"{said}. Free some, or name other folders in HF_HOME and HARNESS_CACHE", "failed")


def _encoder(spec: EncoderSpec, suite: Suite, hub: Hub) -> Iterator[Finding]:
    """What its files are, then what teachers of its steps are."""
    beside = {one.name: one for one in suite.encoders}
    for what, source, steps in _sources(spec, beside, suite.folder):
        if spec.if_fetched and not _is_here(source, suite.folder):
            yield Finding(what, "not fetched, and left out until it is (`if_fetched`)", "ok")
            continue
        found = tried(what, partial(_files, what, source, suite.folder, hub), source.name)
        yield replace(found, said=f"{found.said}{_made(steps)}")


def _is_here(spec: EncoderSpec, folder: Path) -> bool:
    """Whether the files of an encoder are on this disk; nobody is asked for them."""
    if "architecture" not in builtin().get(spec.checkpoint, {}):
        try:
            located(replace(spec, if_fetched=True), folder)
        except NotFetchedError:
            return False
    return True


def _sources(
    spec: EncoderSpec, beside: Mapping[str, EncoderSpec], folder: Path
) -> Iterator[tuple[str, EncoderSpec, tuple[str, ...]]]:
    """The files that an encoder begins with, and those of teachers: what they are for, and the steps from there."""
    waiting, seen = [(spec.name, spec, tuple[str, ...]())], {spec.name}
    while waiting:
        what, one, later = waiting.pop(0)
        row, other = builtin().get(one.checkpoint, {}), beside.get(one.checkpoint)
        taken: list[tuple[str, Mapping[str, Any]]] = [(n, given) for n, given in row.items() if isinstance(given, dict)]
        taken += [(choice.component, choice.parameters) for choice in one.steps]
        steps = (*(name for name, _ in taken), *later)
        for teacher in [name for name in dict.fromkeys(_teachers(taken)) if name not in seen]:
            seen.add(teacher)
            waiting.append((f"{what}, teacher {teacher}", beside.get(teacher, EncoderSpec(teacher, teacher)), ()))
        if "checkpoint" in row:
            waiting.insert(0, (what, EncoderSpec(one.name, row["checkpoint"]), steps))
        elif row or other is None or other.name in seen or local_path(one.checkpoint, folder).is_dir():
            yield what, one, steps
        else:
            seen.add(other.name)
            waiting.insert(0, (what, other, steps))


def _made(steps: Sequence[str]) -> str:
    """What is done to the files before they are an encoder."""
    built = [name for name in steps if catalogue().get("step", name).facts["builds"]]
    return (f"; made from it by {listed(list(steps))}" if steps else "") + ", built when first needed" * bool(built)


def _teachers(steps: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """The encoders that parameters of steps name."""
    for name, given in steps:
        step = catalogue().get("step", name)
        named = [value for key, value in step.filled(given).items() if step.parameters[key].kind == "encoder"]
        yield from (str(value) for value in named if value)


def _files(what: str, spec: EncoderSpec, folder: Path, hub: Hub) -> Finding:
    row, name = builtin().get(spec.checkpoint, {}), spec.checkpoint
    if row:
        return _asset(what, row["asset"], hub) if "asset" in row else Finding(what, str(row["weights"]), "ok")
    local = local_path(name, folder)
    if local.is_dir():
        return _folder(what, local)
    if not is_hub_id(name, folder):
        raise instead.no_folder(local, ", ".join(builtin()))
    return hub.model(what, name, spec.revision)


def _folder(what: str, local: Path) -> Finding:
    """A folder by its files; `harness doctor FOLDER` loads it."""
    files = [file for end in ("safetensors", "bin") for file in local.rglob(f"*.{end}") if file.is_file()]
    size = megabytes(sum(file.stat().st_size for file in files))
    return together(what, [*model_files.of_folder(local), ("ok", f"{size}, there")], str(local))


def _asset(what: str, name: str, hub: Hub) -> Finding:
    """A packaged file: whether it is there and whole."""
    asset = assets.assets()[name]
    state = assets.state(asset, assets.cache_root())
    if state != "whole":
        hub.to_fetch[name] = int(asset.size_mb * 1e6)
    there = {"whole": "there", "damaged": "damaged, is fetched again", "absent": "to be fetched"}[state]
    said = f"packaged ({asset.source}), {there}, {asset.size_mb:g} MB; {asset.licence}"
    return Finding(what, said, "ok" if state == "whole" else "warning")


def _task(name: str, spec: Any, suite: Suite, hub: Hub) -> Finding:
    return tried(name, lambda: _source(name, tasks.resolve(spec, suite.folder), hub))


def _source(name: str, task: Task, hub: Hub) -> Finding:
    source = task.source
    if isinstance(source, HubSource):
        return hub.data(name, source)
    if isinstance(source, AssetSource):
        return _asset(name, source.asset, hub) if source.asset else Finding(name, "made by its reader", "ok")
    missing = [str(path) for path in source.paths.values() if not path.is_file()]
    if missing:
        return Finding(name, f"{', '.join(missing)}: no such file", "failed")
    size = megabytes(sum(path.stat().st_size for path in source.paths.values()))
    return Finding(name, f"{', '.join(map(str, source.paths.values()))}: there, {size}", "ok")


def _resources(suite: Suite, hub: Hub) -> tuple[Finding, ...]:
    """The packaged files that conditions read, each once."""
    known, packaged = catalogue().of("resource"), assets.assets()
    asked = [catalogue().find(choice.component, KINDS) for choice in suite.conditions]
    inner = [member[0] for user in asked if user for member in user.facts.get("members", ())]
    users = [*asked, *(catalogue().find(name, KINDS) for name in inner)]
    named = dict.fromkeys(name for user in users if user for name in user.facts["resources"] if name in known)
    found = {str(known[name].facts.get("asset")): None for name in named}
    return tuple(_asset(name, name, hub) for name in found if name in packaged)
