"""Shifts: train in one place, test in another."""

from collections.abc import Collection, Mapping

from harness.conditions.declare import shift
from harness.core.errors import DataError
from harness.core.registry import nearest

#: How many other domains are tested unless they are named.
N_DOMAINS = 4


@shift("domain")
def domain(
    sizes: Mapping[str, int],
    own: Collection[str] | None = None,
    *,
    from_: str | None = None,
    test: tuple[str, ...] | None = None,
    oracle: str | None = None,
) -> list[tuple[tuple[str, ...], str]]:
    """Trains on one domain (the largest), tests on others (the four largest), each against its own oracle.

    `sizes` are the training items of each domain, `own` the domains that may be trained on, unless it is any
    (a task that is one domain of a built-in one: that one; domains made by time: `earlier`). Ties go by name. The
    oracle is the row itself, trained on the tested domain; `oracle` names another mode of the suite for that, such
    as `probe` where the row itself is costly to train. DataError names a domain that is not there.
    """
    for name in [*([from_] if from_ is not None else []), *(test or ())]:
        if name not in sizes:
            there = ", ".join(map(repr, sorted(sizes)))
            raise DataError(f"no domain {name!r}; there are: {there}. {nearest(name, sizes)}".rstrip())
    by_size = sorted(sizes, key=lambda name: (-sizes[name], name))
    if len(by_size) < 2:
        raise DataError(f"a shift needs two domains or more; there is {', '.join(map(repr, by_size)) or 'none'}.")
    own = sizes if own is None else own
    source = next(name for name in by_size if name in own) if from_ is None else from_
    if source not in own:
        listed = ", ".join(map(repr, sorted(own)))
        raise DataError(f"domain {source!r} is not trained on here; expected one of {listed} as `from`.")
    if source in (test or ()):
        raise DataError(f"domain {source!r} is what is trained on; expected other domains as `test`.")
    others = [name for name in by_size if name != source]
    return [((source,), name) for name in (others[:N_DOMAINS] if test is None else dict.fromkeys(test))]
