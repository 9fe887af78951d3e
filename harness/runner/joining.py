"""Joining a Ray cluster, or starting one on this machine."""

import logging
import os
import socket
from collections.abc import Mapping
from typing import Any

from harness.core.errors import HarnessError
from harness.encoders.backends import n_gpus
from harness.results.environment import n_cores

#: Seconds for a cluster to answer.
_ANSWER_S = 10
_EXTRA = "Ray is not installed. `pip install encoder-harness[ray]` does that; without it, leave out --executor."


def connected(address: str) -> Any:
    """The library, connected to a cluster. HarnessError where that is not to be had."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise HarnessError(_EXTRA) from None
    quiet: Mapping[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "include_dashboard": False}
    where = address.removeprefix("ray://")
    if own(address):
        ray.init(num_cpus=n_cores(), num_gpus=n_gpus(), object_store_memory=200_000_000, **quiet)
        return ray
    if said := unreached(where):
        raise HarnessError(
            f"{said}. `ray status` on its head says whether it runs; the port is that of `ray start --head`, 6379 "
            "unless said."
        )
    try:
        ray.init(address=where, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # whatever Ray makes of it
        raise HarnessError(
            f"the cluster at {where} cannot be joined ({first_line(error)}). This machine has to be one of its nodes: "
            f"`ray start --address={where}`, with the same versions of Ray and Python. If it asks for a token "
            "(InvalidAuthToken), set RAY_AUTH_MODE=token here and where each node is started, with the same "
            "~/.ray/auth_token on all; or RAY_AUTH_MODE=disabled on all."
        ) from None
    return ray


def own(address: str) -> bool:
    """Whether it names a cluster of this machine, which begins and ends with the run."""
    return address == "ray"


def unreached(where: str) -> str:
    """Why nobody answers at HOST:PORT; nothing where somebody does. HarnessError where it is no such address."""
    host, _, port = where.rpartition(":")
    if not host or not port.isdecimal():
        raise HarnessError(f"--executor ray://{where}: expected ray://HOST:PORT, such as ray://10.0.0.1:6379.")
    try:
        socket.create_connection((host, int(port)), _ANSWER_S).close()
    except (OSError, OverflowError) as error:
        return f"no cluster answers at {where} within {_ANSWER_S} s ({error})"
    return ""


def first_line(error: BaseException) -> str:
    """The kind of an error and its first sentence, in a line."""
    return f"{type(error).__name__}: {' '.join(str(error).split('. ')[0].split())[:200]}"
