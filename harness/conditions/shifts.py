"""Shifts: train in one place, test in another."""

from collections.abc import Mapping

from harness.conditions.declare import shift
from harness.core.errors import DataError
from harness.core.registry import nearest

#: How many other domains are tested unless they are named.
N_DOMAINS = 4


@shift("domain")
def domain(
    sizes: Mapping[str, int], *, train: str | None = None, test: tuple[str, ...] | None = None
) -> list[tuple[tuple[str, ...], str]]:
    """Trains on one domain (the largest), tests on others (the four largest), each against its own oracle.

    `sizes` are the items of each domain. Ties go by name. DataError names a domain that is not there.
    """
    for name in [*([train] if train is not None else []), *(test or ())]:
        if name not in sizes:
            there = ", ".join(sorted(sizes))
            raise DataError(f"no domain {name!r}; there are: {there}. {nearest(name, sizes)}".rstrip())
    by_size = sorted(sizes, key=lambda name: (-sizes[name], name))
    if len(by_size) < 2:
        raise DataError(f"a shift needs two domains or more; there is {', '.join(by_size) or 'none'}.")
    source = by_size[0] if train is None else train
    if source in (test or ()):
        raise DataError(f"domain {source!r} is what is trained on; expected other domains as `test`.")
    others = [name for name in by_size if name != source]
    return [((source,), name) for name in (others[:N_DOMAINS] if test is None else dict.fromkeys(test))]
