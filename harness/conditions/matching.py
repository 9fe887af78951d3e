"""The control of a slice: items outside of it that are like it in all but what the slice is about."""

import bisect
import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.seeds import seed_of

#: Slice item and partner differ in length by at most this factor.
CALIPER = 1.5


def matched_control(
    mask: Sequence[bool] | NDArray[np.bool_],
    strata: Sequence[str],
    lengths: Sequence[float] | None,
    items: Sequence[str],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each item of the slice one item outside of it, of the same stratum (label), nearest in length.

    Returns (slice_index, control_index), both (n_pairs,) and in step. No item serves twice; an item without
    a partner within the caliper is left out. With `lengths` None any item of the stratum will do. Who is
    served first, and ties, go by a hash of the item: the result does not depend on the items' order.
    """
    order = sorted(range(len(items)), key=lambda i: seed_of(items[i]))
    sizes = [0.0] * len(items) if lengths is None else [math.log(max(1.0, float(x))) for x in lengths]
    pools: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    for turn, i in enumerate(order):
        if not mask[i]:
            pools[strata[i]].append((sizes[i], turn, i))
    for pool in pools.values():
        pool.sort()
    pairs = []
    for i in (i for i in order if mask[i]):
        partner = _take_nearest(pools.get(strata[i], []), sizes[i])
        if partner is not None:
            pairs.append((i, partner))
    index = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return index[:, 0], index[:, 1]


def _take_nearest(pool: list[tuple[float, int, int]], size: float) -> int | None:
    """Remove and return the item nearest in log length; None where all are beyond the caliper."""
    after = bisect.bisect_left(pool, (size, -1, -1))
    near = [k for k in (after - 1, after) if 0 <= k < len(pool)]
    best = min(near, key=lambda k: abs(pool[k][0] - size), default=None)
    if best is None or abs(pool[best][0] - size) > math.log(CALIPER) + 1e-9:
        return None
    return pool.pop(best)[2]
