"""What keeps an index and the side that asks it apart, in words."""

from harness.index.side import Decides


def first(index: Decides, query: Decides, names: tuple[str, str]) -> str:
    """The first thing that decides vectors and differs; nothing where none does. `names` are those of the encoders."""
    told = {
        "checkpoint": _weights(index, query, names),
        "backend": _pair("computed by {}", index.backend, query.backend),
        "backend_version": _pair(
            f"computed by version {{}} of {index.backend}", index.backend_version, query.backend_version
        ),
        "precision": _pair("computed in {}", index.precision, query.precision),
        "pooling": _pooling(index, query),
        "normalize": _pair("built with {}", *(_compared(one) for one in (index, query))),
        "prefix": _pair("built with {} before each document", *(_prefix(one) for one in (index, query))),
        "max_length": _pair("built with {} tokens read of each document", index.max_length, query.max_length),
        "truncation": _pair("built with {} read of a longer document", index.truncation, query.truncation),
        "engine": _pair("built by version {} of the harness's engine", index.engine, query.engine),
    }
    return next((told[name] for name, value in vars(index).items() if value != vars(query)[name]), "")


def _pair(what: str, index: object, query: object) -> str:
    verb, _, rest = what.partition(" ")
    return f"the index was {verb} {rest.format(index)}, the query side {_now(verb)} {rest.format(query)}"


def _now(verb: str) -> str:
    return {"built": "comes", "computed": "is computed"}[verb]


def _weights(index: Decides, query: Decides, names: tuple[str, str]) -> str:
    of, by = (f"{name} (checkpoint {one.checkpoint[:8]})" for name, one in zip(names, (index, query), strict=True))
    if names[0] == names[1]:
        return f"the index was built with other weights: those of {of}, and now they are those of {by}"
    return f"the index was built with the weights of {of}, the query side has those of {by}"


def _pooling(index: Decides, query: Decides) -> str:
    poolers = [str(one.pooling["pooler"]) for one in (index, query)]
    if poolers[0] != poolers[1]:
        return f"the index was built with {poolers[0]} pooling, the query side pools {poolers[1]}"
    given = [dict(one.pooling["parameters"]) for one in (index, query)]
    names = sorted({*given[0], *given[1]})
    name = next((name for name in names if given[0].get(name) != given[1].get(name)), "version")
    values = [own.get(name, "none") for own in given]
    if name == "version":
        values = [one.pooling["version"] for one in (index, query)]
    if name == "own":  # the key of layers
        return f"the index was built with other layers around the {poolers[0]} pooling than the query side has"
    return f"the index was built with {poolers[0]} pooling of {name} {values[0]}, the query side has {name} {values[1]}"


def _compared(one: Decides) -> str:
    return "normalised vectors" if one.normalize else "raw vectors"


def _prefix(one: Decides) -> str:
    return f"the prefix {one.prefix!r}" if one.prefix else "no prefix"
