"""Shifts: train in one place, test in another."""

from collections.abc import Collection, Iterable, Mapping

from harness.conditions.declare import shift
from harness.core.errors import DataError
from harness.core.registry import nearest

#: How many other domains are tested unless they are named.
N_DOMAINS = 4
#: How many domains the matrix has, and are left out in turn, unless they are named.
N_IN_ALL = 10

#: What a head is trained on, and where it is tested.
Pair = tuple[tuple[str, ...], str]


@shift("domain")
def domain(
    sizes: Mapping[str, int],
    own: Collection[str] | None = None,
    *,
    from_: str | None = None,
    test: tuple[str, ...] | None = None,
    oracle: str | None = None,
) -> list[Pair]:
    """Trains on one domain (the largest), tests on others (the four largest), each against its own oracle.

    `sizes` are the training items of each domain, `own` the domains that may be trained on, unless it is any
    (a task that is one domain of a built-in one: that one; domains made by time: `earlier`). Ties go by name. The
    oracle is the row itself, trained on the tested domain; `oracle` names another mode of the suite for that, such
    as `probe` where the row itself is costly to train. DataError names a domain that is not there.
    """
    by_size = _by_size(sizes, [*([from_] if from_ is not None else []), *(test or ())])
    own = sizes if own is None else own
    source = next(name for name in by_size if name in own) if from_ is None else from_
    if source not in own:
        listed = ", ".join(map(repr, sorted(own)))
        raise DataError(f"domain {source!r} is not trained on here; expected one of {listed} as `from`.")
    if source in (test or ()):
        raise DataError(f"domain {source!r} is what is trained on; expected other domains as `test`.")
    others = [name for name in by_size if name != source]
    return [((source,), name) for name in (others[:N_DOMAINS] if test is None else dict.fromkeys(test))]


@shift("domain-matrix")
def domain_matrix(
    sizes: Mapping[str, int],
    own: Collection[str] | None = None,
    *,
    domains: tuple[str, ...] | None = None,
    oracle: str | None = None,
) -> list[Pair]:
    """Trains on every domain, tests on every other (of the ten largest), each against its own oracle.

    `domains` names those of the matrix. Its diagonal are the oracles. `sizes`, `own` and `oracle` are as of `domain`:
    where one domain alone may be trained on, the matrix has one line. DataError names a domain that is not there, and
    a list with nothing to train on or to test.
    """
    by_size = _by_size(sizes, domains or ())
    chosen = by_size[:N_IN_ALL] if domains is None else list(dict.fromkeys(domains))
    pairs: list[Pair] = [
        ((source,), name) for name in chosen for source in chosen if source != name and source in (own or sizes)
    ]
    if not pairs:
        trained = ", ".join(map(repr, sorted(own or sizes)))
        raise DataError(
            f"domains {', '.join(map(repr, chosen))} make no matrix; name two or more, one of them of those that are "
            f"trained on: {trained}."
        )
    return pairs


@shift("leave-one-out", own_domains=3, legend="training on all domains but {test}, testing on {test}")
def leave_one_out(
    sizes: Mapping[str, int],
    own: Collection[str] | None = None,
    *,
    test: tuple[str, ...] | None = None,
    oracle: str | None = None,
) -> list[Pair]:
    """Trains on all domains but one, tests on that one, in turn (the ten largest), each against its own oracle.

    `test` names those that are left out. `sizes`, `own` and `oracle` are as of `domain`. With two domains it would be
    `domain-matrix`, so it needs three that may be trained on. DataError names a domain that is not there.
    """
    by_size = _by_size(sizes, test or ())
    out = by_size[:N_IN_ALL] if test is None else dict.fromkeys(test)
    return [(tuple(sorted(set(own or sizes) - {name})), name) for name in out]


def _by_size(sizes: Mapping[str, int], named: Iterable[str]) -> list[str]:
    """The domains, the largest first; ties go by name. DataError for one that is named and not there, or too few."""
    for name in named:
        if name not in sizes:
            there = ", ".join(map(repr, sorted(sizes)))
            raise DataError(f"no domain {name!r}; there are: {there}. {nearest(name, sizes)}".rstrip())
    by_size = sorted(sizes, key=lambda name: (-sizes[name], name))
    if len(by_size) < 2:
        raise DataError(f"a shift needs two domains or more; there is {', '.join(map(repr, by_size)) or 'none'}.")
    return by_size
