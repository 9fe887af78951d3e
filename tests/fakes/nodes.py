"""A Ray cluster of several nodes on this machine, of one CPU each, each with a cache of its own."""

import os
from pathlib import Path
from typing import Any


class Nodes:
    """Nodes that can be lost; the first is this machine's, with what nodes have in common (the GCS).

    `assets`: where packaged files lie that none has to fetch.
    """

    def __init__(self, folder: Path, n: int = 2, assets: Path | None = None) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        from ray.cluster_utils import Cluster as RayCluster

        self.folder, self._assets, self._cluster = folder, assets, RayCluster()
        self.there: list[Any] = []
        self.add(include_dashboard=False)
        self.address = str(self._cluster.address)
        for _ in range(n - 1):
            self.add()

    def add(self, **given: Any) -> None:
        """One more node."""
        cache = self.folder / f"node-{len(list(self.folder.glob('node-*')))}"
        cache.mkdir(parents=True)
        if self._assets:
            (cache / "assets").symlink_to(self._assets, target_is_directory=True)
        environment = {"HARNESS_CACHE": str(cache), "PYTHONPATH": str(Path(__file__).parents[2])}
        self.there.append(
            self._cluster.add_node(num_cpus=1, env_vars=environment, object_store_memory=100_000_000, **given)
        )

    def kill(self) -> None:
        """Lose the last one."""
        self._cluster.remove_node(self.there.pop(), allow_graceful=False)

    def kill_all(self) -> None:
        """Lose the cluster."""
        while self.there:
            self.kill()

    @property
    def name(self) -> str:
        """As `--executor` takes it."""
        return f"ray://{self.address}"

    def end(self) -> None:
        """Stop what is left."""
        self._cluster.shutdown()  # type: ignore[no-untyped-call]
