"""The limits of a suite: does it measure what it limits, and often enough?"""

import math
from collections.abc import Mapping
from typing import Any

from harness.stats import NEEDED
from harness.suite.faults import Faults
from harness.suite.schema import LatencyModel

#: What is limited -> the scenario that measures it. What is on disk needs none.
SCENARIOS = {"p50_ms": "single-stream", "p95_ms": "single-stream", "p99_ms": "single-stream", "memory_mb": "memory"}


#: Draws of all roles together, and values of a swept component: with more nobody would see the end of a run.
MOST_DRAWS = 1_000


def check(raw: Mapping[str, Any], faults: Faults) -> None:
    """Everything that is wrong under `limits:` and `repeats:`, beyond its shape."""
    _check_draws(raw.get("repeats"), faults)
    limits = raw.get("limits")
    for name, limit in limits.items() if isinstance(limits, dict) else ():
        if name in SCENARIOS and limit is not None:
            _check_measured(name, raw.get("latency", {}), faults)


def _check_draws(repeats: Any, faults: Faults) -> None:
    counts = [n for n in repeats.values() if isinstance(n, int)] if isinstance(repeats, dict) else []
    if counts and (n_all := math.prod(counts)) > MOST_DRAWS and max(counts) <= MOST_DRAWS:
        said = f"repeats are {' x '.join(map(str, counts))} = {n_all:,} draws of every cell."
        faults.add(("repeats",), said, f"Expected at most {MOST_DRAWS:,}.")


def _check_measured(name: str, latency: Any, faults: Faults) -> None:
    """Whether a suite with this `latency:` has a value to hold against the limit."""
    scenario, path = SCENARIOS[name], ("limits", name)
    scenarios, n = _asked(latency, "scenarios", list), _asked(latency, "replicates", int)
    requests = _asked(latency, "requests", int)
    if latency is None or latency is False:
        advice = f"Write `latency: {{scenarios: [{scenario}]}}`, or leave the limit out."
        faults.add(path, f"limits.{name} is set, but nothing is timed.", advice)
    elif scenario not in scenarios:
        advice = f"Add it to `latency: scenarios:`, or leave {name} out."
        faults.add(path, f"limits.{name} is measured by the scenario {scenario} alone.", advice)
    elif name.endswith("_ms") and n >= 1:
        percentile = name.removesuffix("_ms")
        needed = NEEDED[int(percentile[1:])]
        if n * requests < needed:
            said = f"limits.{name}: {n} x {requests} (replicates x requests) are {n * requests} timed texts; "
            advice = f"Raise `latency: requests:` to {math.ceil(needed / n)}, or take more replicates."
            faults.add(path, f"{said}{percentile} takes {needed}.", advice)


def _asked(latency: Any, name: str, kind: type) -> Any:
    """What is timed; a default stands for what is not said or of the wrong shape, which is told elsewhere."""
    given = latency.get(name) if isinstance(latency, dict) else None
    return given if isinstance(given, kind) else LatencyModel.model_fields[name].default
