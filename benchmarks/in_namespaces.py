"""A suite on two nodes that nothing but a network joins: two network namespaces of this machine. Linux, as root.

    python -m benchmarks.in_namespaces FOLDER

The second node sees neither the folder of the suite, nor a cache, nor what Ray keeps in /tmp: empty file systems lie
over them. Its assets come from an index that the first one serves, the user's texts and what the first one builds from
the driver. Prints what the second has in its cache in the end, what it received, and how many cells differ from a run
without a cluster.
"""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.on_two_nodes import ROOT, caches, cells, harness
from harness.assets import cache_root
from tests.fakes.desk import reviews, write_csv

NAMES, HOSTS = ("harness-1", "harness-2"), ("10.77.0.1", "10.77.0.2")
SUITE = """
name: namespaces
encoders: [minilm-3layers, {name: pruned, checkpoint: minilm-3layers, prune-vocabulary: {texts: reviews}}]
poolers: [mean]
modes: [probe, {name: finetune, mode: finetune, epochs: 1}]
tasks: [vader-sentiment/tweets, {name: reviews, data: reviews.csv}]
conditions: [misspellings]
max_samples: {train: 120, test: 80}
resources: {cpus: 1}
latency: false
"""


def started(
    stack: ExitStack, node: int, cache: Path, command: str, hidden: tuple[Path, ...] = ()
) -> "subprocess.Popen[bytes]":
    """A command of a node until the end; `hidden` are folders that it finds empty."""
    for folder in hidden:
        folder.mkdir(parents=True, exist_ok=True)
    script = "".join(f"mount -t tmpfs none '{folder}' && " for folder in hidden) + f"exec {command}"
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"http://{HOSTS[0]}:8765/", "PIP_TRUSTED_HOST": HOSTS[0]}
    environment = {**os.environ, **index, "HARNESS_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    environment |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "ab" * 32}
    with (cache.parent / f"said-{node}").open("a") as said:
        inside = ["ip", "netns", "exec", NAMES[node], "sh", "-c", script]
        process = subprocess.Popen(inside, env=environment, stdout=said, stderr=said)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def network(stack: ExitStack) -> None:
    """Two namespaces with a cable between them."""
    for name in NAMES:
        subprocess.run(["ip", "netns", "add", name], check=True)
        stack.callback(subprocess.run, ["ip", "netns", "del", name], check=True)
    cable = ["cable", "netns", NAMES[0], "type", "veth", "peer", "name", "cable", "netns", NAMES[1]]
    subprocess.run(["ip", "link", "add", *cable], check=True)
    for name, host in zip(NAMES, HOSTS, strict=True):
        for command in (["addr", "add", f"{host}/24", "dev", "cable"], ["link", "set", "cable", "up"]):
            subprocess.run(["ip", "-n", name, *command], check=True)
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)


def wait_for(said: Path) -> None:
    """Until a node says that it is there."""
    while "Ray runtime started" not in said.read_text():
        time.sleep(0.5)


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    desk, own, other, index = (folder / name for name in ("desk", "cache-1", "cache-2", "index"))
    for one in (desk, other, index):
        one.mkdir(parents=True)
    (desk / "suite.yaml").write_text(SUITE)
    write_csv(desk / "reviews.csv", reviews())
    for archive in (cache_root() / "assets").glob("*/*.[wt]*"):
        (index / archive.name).symlink_to(archive)
    os.chdir(desk)
    run, ray = desk / "run", f"{sys.executable} -m ray.scripts.scripts start --block --num-cpus 1"
    with ExitStack() as stack:
        network(stack)
        started(stack, 0, caches(own), f"{sys.executable} -m http.server 8765 --directory {index}")
        started(stack, 0, own, f"{ray} --head --node-ip-address {HOSTS[0]} --port 6379 --include-dashboard false")
        wait_for(folder / "said-0")
        hidden = (desk, own, index, Path("/tmp/ray"), cache_root())
        started(stack, 1, other, f"{ray} --address {HOSTS[0]}:6379 --node-ip-address {HOSTS[1]}", hidden)
        wait_for(folder / "said-1")
        command = f"{sys.executable} -m harness run suite.yaml -o run --executor ray://{HOSTS[0]}:6379"
        code = started(stack, 0, own, command).wait()
        received = ["ip", "netns", "exec", NAMES[1], "cat", "/sys/class/net/cable/statistics/rx_bytes"]
        print(f"the run ended with {code}; the second node received", subprocess.check_output(received, text=True))
    for kind in ("assets", "sent", "checkpoints"):
        print(f"its {kind}:", *sorted(one.name for one in (other / kind).glob("*") if one.is_dir()))
    harness(caches(folder / "local"), "run", "suite.yaml", "-o", "local", "--workers", "2").wait()
    ours, theirs = cells(desk / "local"), cells(run)
    print(f"{len(theirs)} cells, {sum(ours[key] != theirs.get(key) for key in ours)} differ from those of one machine")


if __name__ == "__main__":
    main()
