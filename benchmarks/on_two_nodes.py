"""A suite on a Ray cluster of two nodes of this machine, of which something is lost half way: are the cells the same?

    python -m benchmarks.on_two_nodes SUITE FOLDER [none|node|driver|interrupt|cluster …] [KEY=VALUE …]

First the suite as this machine runs it, with a thread a job; then, for each loss, on two nodes of one CPU with empty
caches. What is lost once half of the cells are there: nothing, a node, the driver (SIGKILL), the driver by Ctrl-C
(SIGINT), or the cluster, which is begun again. Where the command ended with that, it is given once more. Held against
the first run are the lines of results.csv, but for its columns of times, and of each cell all but its seconds, with the
checksums of its outcomes. Ends with 1 where any differ. KEY=VALUE is a `--set` of the suite.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tabulate import tabulate

from harness.assets import cache_root
from harness.results.folder import read_lines
from tests.fakes.nodes import Nodes

ROOT = Path(__file__).parents[1]
HEADER = ("lost", "at", "exit", "begun again", "again, exit", "s", "retries", "cells", "differ", "lines of CSV differ")


class Lost:
    """A run on a cluster that loses something half way."""

    def __init__(self, suite: list[str], folder: Path, n_cells: int) -> None:
        self._suite, self.run, self._n_cells = suite, folder / "run", n_cells
        self._folder, self._nodes = folder, nodes_in(folder / "cluster")

    def seconds(self, what: str) -> list[Any]:
        """A row of the table, but for what differs."""
        started = time.perf_counter()
        process, at = self._begun(), "–"
        try:
            if what != "none":
                at = f"{self._half(process)} of {self._n_cells}"
                LOSSES[what](self, process)
            code = process.wait()
            again = self._begun().wait() if code else None
        finally:
            self._nodes.end()
        took = time.perf_counter() - started
        retries = len(json.loads((self.run / "run.json").read_text())["retries"])
        return [what, at, code, "yes" if code else "no", "–" if again is None else again, took, retries]

    def _begun(self) -> subprocess.Popen[bytes]:
        own = caches(self._folder / "driver")
        return harness(own, "run", *self._suite, "-o", str(self.run), "--executor", self._nodes.name)

    def _half(self, process: subprocess.Popen[bytes]) -> int:
        """How many cells there are once it is half of them."""
        file = self.run / "cells.jsonl"
        while process.poll() is None:
            if (n := len(file.read_bytes().splitlines()) if file.exists() else 0) >= self._n_cells / 2:
                return n
            time.sleep(0.05)
        raise SystemExit(f"the run ended (exit code {process.returncode}) before half of its cells were there")

    def lose_node(self, process: subprocess.Popen[bytes]) -> None:
        self._nodes.kill()

    def lose_driver(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGKILL)

    def interrupt(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGINT)

    def lose_cluster(self, process: subprocess.Popen[bytes]) -> None:
        self._nodes.kill_all()
        process.wait()
        self._nodes = nodes_in(self._folder / "cluster again")


LOSSES: dict[str, Callable[[Lost, subprocess.Popen[bytes]], None]] = {
    "node": Lost.lose_node,
    "driver": Lost.lose_driver,
    "interrupt": Lost.interrupt,
    "cluster": Lost.lose_cluster,
}


def nodes_in(folder: Path) -> Nodes:
    return Nodes(folder, assets=cache_root() / "assets")


def caches(folder: Path) -> Path:
    """A cache with nothing in it but packaged files."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "assets").exists():
        (folder / "assets").symlink_to(cache_root() / "assets", target_is_directory=True)
    return folder


def harness(cache: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A command in a group of its own, as a terminal would start it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HARNESS_CACHE": str(cache)}
    with (cache / "said").open("a") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "harness", *arguments],
            env=environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def cells(run: Path) -> dict[str, Any]:
    """What stands of each cell, but for its seconds and where its outcomes lie, by key."""
    found = {}
    for line in read_lines(run / "cells.jsonl"):
        places = {name: place["checksum"] for name, place in (line.pop("outcomes", None) or {}).items()}
        found[line["key"]] = json.dumps([places, {name: value for name, value in line.items() if name != "seconds"}])
    return found


def table(run: Path) -> list[str]:
    """The lines of results.csv without times."""
    with (run / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [json.dumps({k: v for k, v in row.items() if "seconds" not in k and "_ms" not in k}) for row in rows]


def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what is ignored here would be by all that begins here
    name, place, *given = sys.argv[1:]
    losses = [one for one in given if "=" not in one] or ["none", *LOSSES]
    suite, folder = [name, *(part for one in given if "=" in one for part in ("--set", one))], Path(place).absolute()
    local = folder / "local" / "run"
    command = ("run", *suite, "-o", str(local), "--workers", "2")
    if code := harness(caches(folder / "local"), *command).wait():
        raise SystemExit(f"the run on this machine ended with {code}; see {folder / 'local' / 'said'}")
    ours, lines, rows = cells(local), table(local), []
    for what in losses:
        lost = Lost(suite, folder / what, len(ours))
        row, theirs, there = lost.seconds(what), cells(lost.run), table(lost.run)
        differ = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        rows.append([*row, len(theirs), len(differ), len(set(lines) ^ set(there)) + (len(lines) != len(there))])
        print(json.dumps(dict(zip(HEADER, rows[-1], strict=True))), flush=True)
    print(tabulate(rows, headers=HEADER, tablefmt="github", floatfmt=".0f"))
    sys.exit(any(row[-1] or row[-2] for row in rows))


if __name__ == "__main__":
    main()
