"""The Ray executor: a job is a task of a cluster, which places it; what it tells comes back as it is told.

A task runs its job in a child of its own, as on one machine, so that a crash costs that job alone and times are those
of a fresh process. Ray places tasks and moves objects. A task is begun again here, not by Ray, where its worker or node
was lost: what it had told stands, and only what is left is done again.
"""

import os
import uuid
from collections import defaultdict, deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.core import plugins
from harness.core.errors import HarnessError
from harness.core.events import CellDone, CellFailed, Event, JobDone, JobFailed, Kept, Retried, Timing
from harness.core.files import whole_folder
from harness.core.fingerprint import is_whole
from harness.runner import nodes, travel
from harness.runner.checkpoints import Stores
from harness.runner.executors import Function, Job
from harness.runner.jobs import MeasureJob
from harness.runner.joining import connected, first_line
from harness.runner.nodes import Built, Lacks, Node, work
from harness.runner.place import Place
from harness.runner.prepare import Prepared
from harness.runner.vectors import SHARED
from harness.suite import Suite

#: How often a job is begun again after its worker or node was lost.
RETRIES = 2
#: Seconds for each node of a cluster to answer.
_NODE_S = 120
#: CPUs of a job, where nothing is said and a node has so many.
_CPUS = 4


@dataclass(frozen=True)
class Needs:
    """What a job asks of the node that it runs on."""

    cpus: int
    gpus: float
    memory_gb: float

    def fits(self, node: Node) -> bool:
        """Whether a node has as much."""
        return self.cpus <= node.cpus and self.gpus <= node.gpus and self.memory_gb <= node.memory_gb

    def n_at_once(self, node: Node) -> int:
        """How many such jobs a node runs at once."""
        shares = [node.cpus // self.cpus]
        shares += [int(node.gpus // self.gpus)] if self.gpus else []
        shares += [int(node.memory_gb // self.memory_gb)] if self.memory_gb else []
        return min(shares)

    def __str__(self) -> str:
        told = [f"{self.cpus} CPUs", f"{self.gpus:g} GPUs" if self.gpus else ""]
        return ", ".join(filter(None, [*told, f"{self.memory_gb:g} GB memory" if self.memory_gb else ""]))


class Cluster:
    """A Ray cluster as an executor: `ray` starts one on this machine, `ray://HOST:PORT` joins the one there."""

    def __init__(self, address: str, suite: Suite) -> None:
        """Connect. HarnessError where there is no Ray, or no cluster, or its nodes are not as this machine is."""
        self.address, self._suite = address, suite
        self._ray = connected(address)
        self._nodes: list[Node] = []
        self._sent: dict[str, Any] = {}
        self._work = self._ray.remote(work)  # once: for Ray another one is another kind of task, sent to all nodes
        self._kept = defaultdict[tuple[str, str], list[Kept]](list)
        self._mark = f".led-{uuid.uuid4().hex}"
        try:
            self._nodes = nodes.probed(self._ray, _NODE_S)
            nodes.refuse_others(self._nodes)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._ray.shutdown()

    def devices(self, asked: str) -> tuple[str, ...]:
        """The device of a job: which of a node's it is, is Ray's to say. HarnessError where no node has a GPU."""
        has_gpu = any(node.gpus for node in self._nodes)
        if asked.startswith("cuda") and not has_gpu:
            raise HarnessError(f"device {asked!r}: no node of the cluster has a GPU; use auto or cpu.")
        return ("cuda:0",) if asked != "cpu" and has_gpu else ("cpu",)

    def planned(self, prepared: Prepared) -> Prepared:
        """A plan for this cluster: what is timed is timed on one node, alone."""
        node = self.timed_on
        return replace(prepared, n_threads=node.cpus, machine=node.machine)

    @property
    def timed_on(self) -> Node:
        """Where all timings of a run are taken: the node with most CPUs."""
        return max(self._nodes, key=lambda node: (node.gpus > 0, node.cpus, node.name))

    def _alive_as(self, node: Node) -> Node:
        """This node while it is alive, then another of its kind and as many CPUs; itself where there is none."""
        alive = {one["NodeID"] for one in self._ray.nodes() if one["Alive"]}
        alike = [one for one in self._nodes if (one.kind, one.cpus) == (node.kind, node.cpus)]
        return next((one for one in (node, *alike) if one.id in alive), node)

    @property
    def kinds(self) -> dict[str, int]:
        """How many nodes there are of each kind."""
        found = [node.kind for node in self._nodes]
        return {kind: found.count(kind) for kind in dict.fromkeys(found)}

    def needs(self, job: Any, device: str) -> Needs:
        """What a job asks for: what the suite says of its encoder, or of all; what it does not say has a default."""
        encoder = getattr(job, "encoder", None)
        own = next((spec.resources for spec in self._suite.encoders if encoder and spec.name == encoder.name), {})
        told = {"gpus": float(device != "cpu" and encoder is not None), **self._suite.resources, **own}
        cpus = told.get("cpus", min(_CPUS, max(node.cpus for node in self._nodes)))
        if getattr(job, "is_alone", False):
            cpus = self.timed_on.cpus
        return Needs(int(cpus), float(told["gpus"]), float(told.get("memory_gb", 0)))

    def unfit(self, jobs: Iterable[Any], device: str) -> list[str]:
        """Jobs that no node can hold, with what they ask for and what there is."""
        there = "; ".join(dict.fromkeys(str(node) for node in self._nodes))
        asked = {getattr(job, "name", str(job)): self.needs(job, device) for job in jobs}
        lost = {name: needs for name, needs in asked.items() if not any(map(needs.fits, self._nodes))}
        return [f"{name}: asks for {needs}, and no node has it. There are: {there}." for name, needs in lost.items()]

    def places(self, jobs: Sequence[Any], device: str, stores: Stores) -> list[Place]:
        """A place for each of the jobs that run at once; stores are those of this machine."""
        needs = max(
            (self.needs(job, device) for job in jobs), key=lambda one: one.cpus, default=self.needs(None, device)
        )
        n = sum(needs.n_at_once(node) for node in self._nodes if needs.fits(node))
        return [Place(device, needs.cpus, stores)] * max(1, n)

    def __call__(
        self, function: Function, jobs: Iterable[Job], places: Sequence[Place]
    ) -> Generator[tuple[Job, Event], None, None]:
        """Jobs as tasks, a few more than run at once, so that Ray always has one to place."""
        waiting, running = deque(_Sent(job) for job in jobs), dict[Any, _Sent]()
        n_most = 1 if any(getattr(sent.job, "is_alone", False) for sent in waiting) else len(places) + 2
        mark = places[0].stores.checkpoints / self._mark
        try:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
            while waiting or running:
                while waiting and len(running) < n_most:
                    sent = waiting.popleft()
                    running[self._started(function, sent, places[0])] = sent
                (stream, *_), _ = self._ray.wait(list(running), num_returns=1)
                sent = running[stream]
                for event in self._next(stream, sent, places[0].stores):
                    yield sent.job, event
                if sent.is_ended or sent.is_lost:
                    running.pop(stream)
                if sent.is_lost:
                    waiting.appendleft(sent)
                elif sent.is_ended:
                    self._kept.pop(_found_by(sent.job), None)
        finally:
            for stream in running:
                with suppress(Exception):
                    self._ray.cancel(stream)
            mark.unlink(missing_ok=True)

    def _started(self, function: Function, sent: "_Sent", place: Place) -> Any:
        """A task of what is left of a job."""
        sent.is_lost, job = False, sent.left
        needs = self.needs(job, place.device)
        parcel = travel.packed(job, place.stores)
        for digest in sent.lacks & parcel.files.keys() - self._sent.keys():
            self._sent[digest] = self._ray.put(parcel.files[digest].read_bytes())
        given = {digest: self._sent[digest] for digest in parcel.files if digest in self._sent}
        alone = getattr(job, "is_alone", False)
        on = nodes.only(self._ray, self._alive_as(self.timed_on).id) if alone else "SPREAD"
        task = self._work.options(
            num_returns="streaming",
            max_retries=0,
            num_cpus=needs.cpus,
            num_gpus=needs.gpus,
            memory=int(needs.memory_gb * 2**30) or None,
            scheduling_strategy=on,
        )
        named, has_cache = os.environ.get(plugins.VARIABLE, ""), place.stores.vectors is not None
        how = nodes.How(place.device, needs.cpus, has_cache, named, self._mark, os.environ.get(SHARED, ""))
        return task.remote(function, parcel.job, given, how, self._kept.get(_found_by(job), []))

    def _next(self, stream: Any, sent: "_Sent", stores: Stores) -> Iterator[Event]:
        """What a task told, but for what is meant for this executor alone."""
        errors = self._ray.exceptions
        try:
            event = self._ray.get(next(stream))
        except StopIteration:
            if not sent.is_ended and not sent.is_lost:
                yield from sent.lost("its worker ended without a word")
        except errors.RayTaskError as error:
            sent.is_ended = True
            yield JobFailed("bug", str(error.cause), str(error))
        except errors.RayError as error:
            yield from sent.lost(first_line(error))
        else:
            if isinstance(event, Lacks):
                sent.lacks |= event.hashes
                sent.is_lost = True
            elif isinstance(event, Built):
                _keep(event, stores.checkpoints)
            elif isinstance(event, Kept):
                self._kept[sent.job.computed].append(event)
            else:
                sent.take(event)
                yield event


class _Sent:
    """A job on its way: what it has told, what its node lacks, how often it was begun again."""

    def __init__(self, job: Any) -> None:
        self.job = job
        self.lacks, self._done = set[str](), set[str]()
        self.is_ended = self.is_lost = False
        self._n_lost = 0

    @property
    def left(self) -> Any:
        """What is left of the job."""
        return self.job.rest(self._done) if self._done else self.job

    def take(self, event: Event) -> None:
        """Note what is done."""
        if isinstance(event, (CellDone, CellFailed)):
            self._done.add(event.key)
        elif isinstance(event, Timing):
            self._done.add(str(event.line["key"]))
        self.is_ended = isinstance(event, (JobDone, JobFailed))

    def lost(self, why: str) -> Iterator[Event]:
        """Its worker or node is gone."""
        self._n_lost += 1
        if self._n_lost > RETRIES:
            self.is_ended = True
            yield JobFailed("killed", f"its worker or node was lost {self._n_lost} times, at last: {why}")
        else:
            self.is_lost = True
            yield Retried(why, self._n_lost)


def _found_by(job: Any) -> tuple[str, str]:
    """Whose vectors a job looks for in the stores of nodes; nobody's unless it is one that measures."""
    return job.computed if isinstance(job, MeasureJob) and job.encoder else ("", "")


def _keep(built: Built, store: Path) -> None:
    """Put a checkpoint that a node built into this machine's store, from where others get it."""
    if not is_whole(store / built.key):
        with whole_folder(store / built.key) as part:
            travel.write(part, built.files)


@contextmanager
def opened(name: str, suite: Suite) -> Iterator[Cluster | None]:
    """The cluster that `--executor` names, until the block ends; None for `local`. HarnessError for another name."""
    if name == "local":
        yield None
    elif name == "ray" or name.startswith("ray://"):
        cluster = Cluster(name, suite)
        try:
            yield cluster
        finally:
            cluster.close()
    else:
        raise HarnessError(f"--executor {name}: expected local, ray or ray://HOST:PORT.")
