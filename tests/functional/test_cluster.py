"""A Ray cluster of two nodes on this machine: the same results, whatever happens to a node."""

import contextlib
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from harness import api
from harness.cli import outlive
from harness.core.errors import HarnessError
from harness.core.events import CellDone, EncoderFact, JobDone, JobFailed, Retried
from harness.results import Run
from harness.results.folder import read_lines
from harness.runner import cluster as clusters
from harness.runner import nodes
from harness.runner.cluster import Cluster
from harness.runner.costs import Machine
from harness.runner.place import Place, machine_kind
from harness.runner.run import Told
from tests.fakes.command import Command
from tests.fakes.desk import Desk, timing_lines, without_times
from tests.fakes.nodes import Nodes
from tests.fakes.steps import HERE, steps

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

#: One encoder is built from another, so that what one node builds is read on the other.
SUITE = """
name: reviews
encoders:
- {name: small, checkpoint: ./one, prune-vocabulary: {texts: reviews}}
- {name: one, checkpoint: ./one}
- {name: two, checkpoint: ./two}
poolers: [mean]
modes: [probe, finetune: {epochs: 1}]
tasks: [{name: reviews, data: reviews.csv, domain: shop}]
conditions: [keyboard]
latency: {scenarios: [offline], replicates: 1, requests: 10}
device: cpu
"""


#: One encoder and many texts, read as no other suite here reads them.
LARGE = """
name: large
encoders: [{name: one, checkpoint: ./one, max_length: 20, prefix: "texts "}]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv, domain: shop}]
conditions: [keyboard]
latency: false
device: cpu
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    found = Nodes(tmp_path_factory.mktemp("nodes"))
    yield found
    found.end()


def cells(run: Run) -> dict[str, Any]:
    """What stands of each cell, but for the clock and where its outcomes lie."""
    lines = (without_times(line) for line in read_lines(run.path / "cells.jsonl"))
    return {line["key"]: {name: value for name, value in line.items() if name != "outcomes"} for line in lines}


def test_a_node_that_is_lost_half_way_changes_no_result(desk: Desk, two: Nodes) -> None:
    """Builds and probes on both nodes, timings on one; the tables are those of a run on this machine."""
    local = desk.run(SUITE, out="local")
    seen: list[str] = []

    def watch(told: Told) -> None:
        if isinstance(told.event, CellDone) and not seen:
            two.kill()
        if isinstance(told.event, CellDone):
            seen.append(told.job)

    with contextlib.closing(Cluster(two.name, api.suite(desk.suite(SUITE)))) as cluster:
        run = desk.run(SUITE, out="cluster", executor=cluster, watch=watch)
    two.add()
    assert cells(run) == cells(local)
    assert run.manifest["complete"]
    assert run.manifest["workers"]["n"] == 2
    assert {line["machine"] for line in timing_lines(run)} == {machine_kind()}
    assert {job["machine"] for job in run.manifest["jobs"]} == {machine_kind()}
    assert machine_kind() in (run.path / "report.md").read_text(encoding="utf-8")


def test_a_job_whose_node_is_lost_begins_again_on_another(desk: Desk, two: Nodes, tmp_path: Path) -> None:
    """Both are at work when it happens; each waits for a file that is written once it is noticed."""
    is_killed = False
    files = [str(tmp_path / name) for name in ("a", "b")]
    jobs = [(("write", file), ("await", str(tmp_path / "go"))) for file in files]
    told: dict[Any, list[Any]] = {job: [] for job in jobs}
    with contextlib.closing(Cluster(two.name, api.suite(desk.suite(SUITE)))) as cluster:
        for job, event in cluster(steps, jobs, [Place("cpu", 1, HERE.stores)] * 2):
            told[job].append(event)
            if not is_killed and all(Path(file).exists() for file in files):
                is_killed = True
                two.kill()
            if isinstance(event, Retried):
                (tmp_path / "go").touch()
    two.add()
    kinds = [[type(event) for event in told[job] if isinstance(event, (Retried, JobDone, JobFailed))] for job in jobs]
    assert sorted(kinds, key=len) == [[JobDone], [Retried, JobDone]]


def rows_kept(folder: Path) -> list[int]:
    """How many rows of the reading of `LARGE` each node has."""
    asked = "SELECT COALESCE(SUM(n_rows), 0) FROM batches JOIN blocks ON block = number WHERE reads LIKE '%, 20 tokens'"
    found = list[int]()
    for file in sorted(folder.glob("node-*/vectors/index.sqlite")):
        with contextlib.closing(sqlite3.connect(file)) as index:
            found += index.execute(asked).fetchone()
    return [n for n in found if n]


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_large_encode_is_shared_by_nodes_and_the_job_that_measures_reads_what_was_lost(
    desk: Desk, two: Nodes, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    """Each node reads a part into its own cache; what the other has, the one that measures fetches from there."""
    monkeypatch.setattr("harness.runner.preview.machine", lambda *_: Machine(0.002, 50.0))
    text = LARGE.replace("texts", f"texts: {is_lost}")
    local, counts, ended = desk.run(text, out="local", cache=False), dict[str, int](), list[str]()
    n_texts = local.manifest["cache"]["misses"]

    def watch(told: Told) -> None:
        if isinstance(told.event, EncoderFact) and "cache" in told.event.facts:
            counts[told.job] = told.event.facts["cache"]["misses"]
        if isinstance(told.event, JobDone):
            ended.append(told.job)
            if is_lost and len(ended) == 2:
                two.kill()

    with contextlib.closing(Cluster(two.name, api.suite(desk.suite(text)))) as cluster:
        run = desk.run(text, out="cluster", executor=cluster, watch=watch)
    assert sorted(ended[:2]) == ["one, part 1 of 2", "one, part 2 of 2"]
    assert cells(run) == cells(local)
    parts = [counts[name] for name in ended[:2]]
    assert sum(parts) == n_texts
    if is_lost:
        two.add()
        assert counts["one"] in parts
    else:
        assert counts["one"] == 0
        small, large = sorted(rows_kept(two.folder))
        assert large == n_texts
        assert small in parts


def test_a_job_that_dies_costs_itself_alone(desk: Desk, two: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What jobs are for Ray is known once the cluster is there: none is another kind of task."""
    jobs: list[Any] = [(("kill", 9),), (("raise", HarnessError("mine")),), ("c",)]
    with contextlib.closing(Cluster(two.name, api.suite(desk.suite(SUITE)))) as cluster:
        monkeypatch.setattr("ray.remote", None)
        told = list(cluster(steps, jobs, [Place("cpu", 1, HERE.stores)] * 2))
    ends = {jobs.index(job): event for job, event in told if isinstance(event, (JobDone, JobFailed))}
    assert [getattr(ends[n], "reason", "done") for n in range(3)] == ["killed", "bad-data", "done"]


def test_nodes_share_vectors_where_the_run_is_led_to(
    desk: Desk, two: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they encode is put there, though only this machine was told of the place."""
    monkeypatch.setenv("HARNESS_SHARED", f"file://{tmp_path}/shared")
    suite = SUITE.replace("poolers: [mean]", "poolers: [max]").replace("probe, finetune: {epochs: 1}", "probe")
    suite = suite.replace("{scenarios: [offline], replicates: 1, requests: 10}", "false")
    with contextlib.closing(Cluster(two.name, api.suite(desk.suite(suite)))) as cluster:
        run = desk.run(suite, executor=cluster)
    files = list((tmp_path / "shared").rglob("*.block"))
    assert len(files) == 3
    assert run.manifest["cache"]["misses"] > 0


def test_what_no_node_can_hold_is_told_before_anything_runs(desk: Desk, two: Nodes) -> None:
    greedy = SUITE.replace("checkpoint: ./two}", "checkpoint: ./two, resources: {cpus: 64, memory_gb: 9000}}")
    with contextlib.closing(Cluster(two.name, api.suite(desk.suite(greedy)))) as cluster:
        with pytest.raises(HarnessError, match=r"two: asks for 64 CPUs, 9000 GB memory, and no node has it") as error:
            desk.run(greedy, executor=cluster)
        with pytest.raises(HarnessError, match="no node of the cluster has a GPU"):
            desk.run(SUITE.replace("device: cpu", "device: cuda"), out="cuda", executor=cluster)
    assert not any(line.startswith("one: asks") for line in str(error.value).splitlines())
    assert not (desk.path / "run" / "cells.jsonl").exists()


def test_a_cluster_that_is_not_there_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    suite = api.suite(desk.suite(SUITE))
    for name, message in [
        ("ray://127.0.0.1:1", "no cluster answers at 127.0.0.1:1"),
        ("ray://nowhere", "expected ray://HOST:PORT"),
        ("slurm", "expected local, ray or ray://HOST:PORT"),
    ]:
        with pytest.raises(HarnessError, match=message), clusters.opened(name, suite):
            pass
    with socket.create_server(("127.0.0.1", 0)) as server:
        refused = mock.Mock(side_effect=ConnectionError("Failed to connect to Ray cluster"))
        monkeypatch.setattr(ray, "init", refused)
        with pytest.raises(
            HarnessError, match=r"cannot be joined \(ConnectionError: .*set RAY_AUTH_MODE=token here and where each"
        ):
            Cluster(f"ray://127.0.0.1:{server.getsockname()[1]}", suite)
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(HarnessError, match=r"pip install encoder-harness\[ray\]"):
        Cluster("ray", suite)


def test_nodes_that_are_not_as_this_machine_is_are_refused_with_both_named() -> None:
    node = nodes.Node("id", "10.0.0.2", 4, 0.0, 8.0, versions={"torch": "2.12.0"})
    with pytest.raises(HarnessError, match=r"node 10\.0\.0\.2 has torch 2\.12\.0, this machine 2\.13\.0"):
        nodes.refuse_others([node], lambda: {"torch": "2.13.0"})
    full = nodes.Node("id", "10.0.0.2", 4, 0.0, 8.0, versions={"torch": "2.12.0"}, fault="/c: cannot be written.")
    with pytest.raises(HarnessError, match=r"node 10\.0\.0\.2: its cache cannot be used: /c: cannot be written"):
        nodes.refuse_others([full], lambda: {"torch": "2.12.0"})


@pytest.mark.parametrize(
    ("ended", "executor", "said"),
    [
        ((1, False), "ray://127.0.0.1:1", "its cluster is gone: no cluster answers at 127.0.0.1:1 within 10 s"),
        (
            (1, False),
            "ray://{there}",
            "exit code 1, as Ray does where it loses its cluster; a cluster answers at {there}.",
        ),
        ((1, False), "ray", "a library ended its process with exit code 1, as Ray does where it loses its cluster."),
        ((-9, False), "ray", "its process was killed; the system may have run out of memory."),
        ((-6, False), "ray", "its process was ended by SIGABRT."),
    ],
)
def test_a_run_whose_leader_is_ended_is_told_with_the_page_of_what_is_finished(
    ended: tuple[int, bool], executor: str, said: str, ran: Run, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How it ended is seen by the process that outlives it (test_cli_outlive.py)."""
    monkeypatch.setattr(outlive, "led", lambda _: contextlib.nullcontext(outlive.Ended(*ended)))
    (ran.path / "index.html").unlink()
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"127.0.0.1:{server.getsockname()[1]}"
        told = command("run", "suite.yaml", "-o", "run", "--executor", executor.format(there=there))
    assert told.code == 3
    assert "error: the run ended in the middle: " in told.err
    assert said.format(there=there) in told.err
    assert "Finished cells are kept." in told.err
    assert (ran.path / "index.html").exists()


@pytest.mark.parametrize("ended", [(130, False), (1, True), (3, True)])
def test_what_the_leader_of_a_run_said_itself_is_not_said_again(
    ended: tuple[int, bool], ran: Run, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlive, "led", lambda _: contextlib.nullcontext(outlive.Ended(*ended)))
    told = command("run", "suite.yaml", "-o", "run", "--executor", "ray")
    assert (told.code, told.out + told.err) == (ended[0], "")
