"""What happens on a node of a cluster: what it is asked when a run begins, and a job."""

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from harness.assets import cache_root
from harness.core import plugins
from harness.core.errors import HarnessError, message_of, reason_of
from harness.core.events import Event, JobDone, JobFailed, Kept, Phase
from harness.core.fingerprint import file_hash, fingerprint
from harness.core.records import Backend, Checkpoint
from harness.encoders.encoded import Rows
from harness.runner import travel
from harness.runner.checkpoints import Stores, by_weights
from harness.runner.executors import in_child
from harness.runner.jobs import Build, MeasureJob
from harness.runner.place import Place, machine_kind
from harness.runner.vectors import SHARED, CacheView, cache_folder, open_cache

#: What has to be the same on all machines of a run.
_ALIKE = ("torch", "transformers", "tokenizers", "numpy", "scikit-learn")
#: How far a node may be ahead of the one that fetches vectors from it, in batches of rows.
_AHEAD = {"_generator_backpressure_num_objects": 8}


@dataclass(frozen=True)
class Node:
    """A node of a cluster. `kind` is its processor and GPU, `versions` what has to be as here, `fault` what is wrong.

    `machine` is what its timings are not reused across.
    """

    id: str
    name: str
    cpus: int
    gpus: float
    memory_gb: float
    kind: str = ""
    versions: Mapping[str, str] = ()  # type: ignore[assignment]
    machine: Mapping[str, Any] = ()  # type: ignore[assignment]
    fault: str = ""

    def __str__(self) -> str:
        gpus = f", {self.gpus:g} GPUs" if self.gpus else ""
        return f"{self.cpus} CPUs{gpus}, {self.memory_gb:.1f} GB memory"


@dataclass(frozen=True)
class How:
    """How a job runs on whichever node it comes to.

    `mark` is the name of a file in the store of the machine that leads the run: a node that finds it shares that store.
    `shared` is the URL of the place that machines share vectors through.
    """

    device: str
    n_threads: int
    has_cache: bool
    plugins: str
    mark: str
    shared: str = ""


@dataclass(frozen=True)
class Lacks:
    """Said in place of a job: these files, by hash, have to be sent."""

    hashes: frozenset[str]


@dataclass(frozen=True)
class Built:
    """A checkpoint that was built here, to be kept where the run is led."""

    key: str
    files: Mapping[str, bytes]


def own_stores(has_cache: bool) -> Stores:
    """The stores of this machine."""
    return Stores(cache_folder() if has_cache else None, cache_folder().with_name("checkpoints"))


def work(
    function: Any, job: bytes, sent: Mapping[str, Any], how: How, kept: Sequence[Kept] = ()
) -> Iterator[Event | Lacks | Built]:
    """A job, as a task of Ray: its events; or what it lacks, and nothing else. `kept`: which node has what it needs."""
    import ray

    if how.plugins:
        os.environ[plugins.VARIABLE] = how.plugins
    _share(how.shared)
    stores = own_stores(how.has_cache)
    try:
        found = travel.unpacked(job, stores, lambda digest: ray.get(sent[digest]) if digest in sent else None)
    except travel.Lacking as lacking:
        yield Lacks(frozenset(lacking.hashes))
        return
    except Exception as error:  # the job boundary
        yield JobFailed(reason_of(error), f"on node {platform.node()}: {message_of(error)}")
        return
    if kept and stores.vectors:
        yield from _fetched(ray, found, kept)
    here = ray.get_runtime_context().get_node_id()
    for event in in_child(function, found, Place(how.device, how.n_threads, stores)):
        if isinstance(event, JobDone) and isinstance(found, Build) and not (stores.checkpoints / how.mark).exists():
            yield Built(found.checkpoint.key, travel.content(stores.checkpoints / found.checkpoint.key))
        yield replace(event, node=here) if isinstance(event, Kept) else event


def _fetched(ray: Any, job: MeasureJob, kept: Sequence[Kept]) -> Iterator[Event]:
    """Put into the store of this node what it lacks of these vectors; what cannot be had the job encodes itself."""
    assert job.encoder is not None
    assert job.backend is not None
    with suppress(HarnessError), closing(open_cache(shares=False)) as cache:  # whoever encoded them shares them
        whose = by_weights(job.encoder), job.backend
        for one in kept:
            view = CacheView(cache, *whose, one.tokenization, job.encoder.name)
            lacks = one.keys[~view.has(one.pooling, one.keys)]
            if not len(lacks):
                continue
            yield Phase("fetching vectors from other nodes")
            there = {"num_cpus": 0, "max_retries": 0, "scheduling_strategy": only(ray, one.node)}
            task = ray.remote(rows_of).options(num_returns="streaming", **there, **_AHEAD)
            with suppress(ray.exceptions.RayError):
                for some in task.remote(*whose, replace(one, keys=lacks)):
                    keys, rows = ray.get(some)
                    view.put(one.pooling, keys, rows)


def rows_of(checkpoint: Checkpoint, backend: Backend, kept: Kept) -> Iterator[tuple[Any, Rows]]:
    """Keys (n, 2) and their rows from the store of this node, as many at a time as were stored together."""
    with closing(open_cache(shares=False)) as cache:
        view = CacheView(cache, checkpoint, backend, kept.tokenization)
        for places, rows in view.get(kept.pooling, kept.keys):
            yield kept.keys[places], rows


def _share(url: str) -> None:
    """Share vectors where the machine that leads the run does, if it does."""
    if url:
        os.environ[SHARED] = url


def probed(ray: Any, within_s: float) -> list[Node]:
    """All nodes that are alive, each asked what it is. HarnessError where one does not answer in time."""
    found = []
    for one in ray.nodes():
        if one["Alive"]:
            has = one["Resources"]
            name, cpus, gpus = one["NodeManagerAddress"], int(has.get("CPU", 0)), float(has.get("GPU", 0))
            found.append(Node(one["NodeID"], name, cpus, gpus, has.get("memory", 0) / 2**30))
    able = [node for node in found if node.cpus]
    if not able:
        raise HarnessError("the cluster has no node with a CPU for jobs. Start one: `ray start --address=HOST:PORT`.")
    shared = os.environ.get(SHARED, "")
    asked = [ray.remote(facts).options(num_cpus=0, scheduling_strategy=only(ray, n.id)).remote(shared) for n in able]
    told = [_answer(ray, node, one, within_s) for node, one in zip(able, asked, strict=True)]
    if not any(told):
        raise HarnessError("no node of the cluster is alive any more; `ray status` tells.")
    return [replace(node, **own) for node, own in zip(able, told, strict=True) if own]


def _answer(ray: Any, node: Node, asked: Any, within_s: float) -> dict[str, Any]:
    """What a node says of itself; nothing of one that is lost meanwhile. HarnessError where it cannot say."""
    errors = ray.exceptions
    try:
        told: dict[str, Any] = ray.get(asked, timeout=within_s)
    except (errors.NodeDiedError, errors.TaskUnschedulableError, errors.WorkerCrashedError):
        return {}
    except errors.GetTimeoutError:
        raise HarnessError(f"node {node.name} does not answer within {within_s} s; `ray status` tells.") from None
    except errors.RayError as error:
        raise HarnessError(
            f"node {node.name} cannot run this harness ({str(error).strip().splitlines()[-1][:200]}). Install the same "
            f"version on every node: encoder-harness[ray]=={metadata.version('encoder-harness')}."
        ) from None
    return told


def only(ray: Any, node: str) -> Any:
    """On this node, and no other."""
    return ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node_id=node, soft=False)


def facts(shared: str) -> dict[str, Any]:
    """What a node says of itself, and whether its cache can be written, and shared through this URL if there is one."""
    from harness.results.environment import environment

    known, fault = environment("", 0), ""
    try:
        cache_root().mkdir(parents=True, exist_ok=True)
        _share(shared)
        open_cache().close()
    except Exception as error:  # told by the machine that leads the run
        fault = message_of(error)
    machine = {"kind": machine_kind(), "libraries": known["libraries"]}
    return {"kind": machine_kind(), "versions": versions(), "machine": machine, "fault": fault}


@cache
def versions() -> dict[str, str]:
    """What has to be the same on all machines of a run."""
    root = Path(str(resources.files("harness")))
    source = {file.relative_to(root).as_posix(): file_hash(file) for file in sorted(root.rglob("*.py"))}
    return {
        "python": platform.python_version(),
        "harness": f"{metadata.version('encoder-harness')} ({fingerprint(source)[:8]})",
        **{name: metadata.version(name) for name in _ALIKE},
    }


def refuse_others(found: Sequence[Node], own: Callable[[], Mapping[str, str]] = versions) -> None:
    """HarnessError where a node has other versions than this machine, or a cache that cannot be used."""
    for node in found:
        for name, here in own().items():
            there = node.versions[name]
            if there != here:
                raise HarnessError(
                    f"node {node.name} has {name} {there}, this machine {here}: vectors and trainings would differ. "
                    "Install the same on both."
                )
        if node.fault:
            raise HarnessError(
                f"node {node.name}: its cache cannot be used: {node.fault} HARNESS_CACHE, set where the node is "
                "started, names another folder."
            )
