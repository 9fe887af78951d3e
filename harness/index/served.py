"""`retrieval:` of a suite: the sides of documents and of queries must give the same vectors of documents."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.catalogue import catalogue
from harness.core.errors import HarnessError
from harness.index import differences
from harness.index import folder as stored
from harness.index.side import Decides, decides
from harness.runner.checkpoints import built, by_weights
from harness.runner.prepare import Prepared
from harness.suite import poolings
from harness.suite.cells import Missing, Planner
from harness.suite.model import Choice
from harness.suite.served import COMPARES
from harness.tasks.kinds import Kind

_ADVICE = "Name sides that fit under `retrieval:`, or build the index anew."


def check(prepared: Prepared) -> None:
    """HarnessError with the first thing that differs, where a suite says who encodes the documents and who asks.

    A saved index is compared by the weights that an encoder has, so one that the suite builds must have been built;
    rows with each other by how they are made.
    """
    asked = prepared.suite.retrieval
    if not asked:
        return
    index, query = asked["index"], asked["query"]
    if "folder" in index:
        about, _, _ = stored.load(prepared.suite.folder / Path(index["folder"]).expanduser())
        sides, names = (
            (about.decides, _decides(prepared, query, by_files=True)),
            (about.encoder, _name(prepared, query)),
        )
    else:
        sides = _decides(prepared, index, by_files=False), _decides(prepared, query, by_files=False)
        names = _name(prepared, index), _name(prepared, query)
    if why := differences.first(*sides, names):
        raise HarnessError(f"retrieval: {why}. {_ADVICE}")


def _name(prepared: Prepared, row: Mapping[str, str]) -> str:
    return row.get("encoder") or prepared.suite.encoders[0].name


def _decides(prepared: Prepared, row: Mapping[str, str], *, by_files: bool) -> Decides:
    suite, name = prepared.suite, _name(prepared, row)
    known = prepared.resolved.materials.encoders[name]
    if isinstance(known, Missing):
        raise HarnessError(f"retrieval: encoder {name!r} is not to be had: {known.message}")
    folder = prepared.resolved.encoders[name]
    planner = Planner(suite, catalogue(), prepared.resolved.materials)
    pooler = _named(poolings.poolers(planner, known, Kind()), row.get("pooler"), f"retrieval: {name} has no pooler")
    mode = _named([m for m in suite.modes if COMPARES in m.parameters], row.get("mode"), "retrieval: no mode")
    key = by_weights(built(folder)).key if by_files else folder.checkpoint.key
    pooling, normalize = poolings.pooling(planner, known, pooler), bool(mode.parameters[COMPARES])
    return decides(key, folder, known.backend, pooling, normalize=normalize)


def _named(choices: Sequence[Choice], name: str | None, lacking: str) -> Choice:
    """The choice of this name, or the first."""
    found = [choice for choice in choices if name in (None, choice.name)]
    if not found:
        raise HarnessError(f"{lacking} {name!r}; it has {', '.join(choice.name for choice in choices) or 'none'}.")
    return found[0]
