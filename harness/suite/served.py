"""`retrieval:` of a suite: are its rows there, do they search, and is something searched at all?"""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.suite import gates
from harness.suite.faults import Faults
from harness.suite.model import Choice

#: The parameter of modes that search: whether vectors are normalised.
COMPARES = "normalize"


def check(raw: Mapping[str, Any], axes: Mapping[str, Iterable[Choice]], faults: Faults) -> None:
    """Everything that is wrong under `retrieval:`, beyond its shape."""
    given = raw.get("retrieval")
    if not isinstance(given, dict):
        return
    rows = [
        name for name in gates.known_names(raw, axes, faults)["encoder"] if name not in faults.catalogue.of("baseline")
    ]
    known = gates.known_names(raw, axes, faults) | {"encoder": rows}
    searching = [choice.name for choice in axes["modes"] if COMPARES in choice.parameters]
    if not searching:
        faults.add(("retrieval",), "no mode of this suite searches.", "Write `modes: [zero-shot]`, or leave it out.")
    for side in ("index", "query"):
        row = given.get(side)
        gates.check_names(row, known, faults, ("retrieval", side))
        mode = row.get("mode") if isinstance(row, dict) else None
        if mode in known["mode"] and mode not in searching:
            faults.unknown(("retrieval", side, "mode"), f"mode {mode!r} does not search.", mode, searching, "There")
    index = given.get("index")
    if isinstance(index, dict) and "folder" in index and len(index) > 1:
        said = "retrieval.index is a folder and a row."
        faults.add(("retrieval", "index"), said, "A saved index knows its encoder: leave the others out.")
