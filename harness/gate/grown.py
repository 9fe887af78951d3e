"""A search whose documents are not those of the baseline: what both runs have is compared, as if nothing were new."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core.data import Outcomes
from harness.gate.baseline import Baseline
from harness.gate.cells import Cells, Planned, answer_hashes
from harness.metrics.retrieval import DEPTH, query_sums
from harness.report.numbers import count, plural

OTHERS = "the documents that are searched are others"
#: What to do where data has changed so much that nothing is left to compare.
WAY_ON = "renew the baseline: the old code on today's data; or keep a frozen copy of the data for the gate"


def alike(
    cells: Cells, baseline: Baseline, line: Mapping[str, Any], planned: Planned, places: tuple[Any, Any], least: float
) -> tuple[tuple[Any, Any], Outcomes, str] | str:
    """Of the shared questions at `places` (then, now) those with the answers they had, today's outcomes of them as if
    no document were new, and what to say of it; or why that cannot be had. `least` so many questions there must be.
    """
    outcomes, task = planned.outcomes, planned.address[0]
    assert outcomes is not None
    documents, answers = baseline.documents(task), baseline.answers(line)
    if documents is None or answers is None:
        return f"{OTHERS}, and the baseline is of a version that did not keep which; {WAY_ON}"
    today = answer_hashes(outcomes)
    if today is None or not all(outcomes.ranking):
        return f"{OTHERS}, and the run was made by a version that kept no rankings; run the suite into a new folder"
    same = answers[places[0]] == today[places[1]]
    kept = places[0][same], places[1][same]
    n_shared = f"{count(len(kept[0]))} questions have the answers that they had"
    if len(kept[0]) < least:
        return f"{OTHERS}: {n_shared}, {count(int(np.ceil(least)))} are needed; {WAY_ON}"
    n_new, n_gone = (len(np.setdiff1d(*sides)) for sides in _both(cells.documents(task), documents))
    now = outcomes.take(kept[1])
    return kept, without_new(now, documents) if n_new else now, _note(n_new, n_gone, len(kept[0]))


def _note(n_new: int, n_gone: int, n_questions: int) -> str:
    """How the documents differ, and what is compared then; nothing where only their ids do."""
    found = [(n, "is" if n == 1 else "are", word) for n, word in ((n_new, "new"), (n_gone, "gone")) if n]
    if not found:
        return ""
    (n, verb, word), *second = found
    differ = f"{plural(n, 'document')} {verb} {word}" + "".join(f" and {count(n)} {v} {w}" for n, v, w in second)
    note = f"{differ}: compared on {plural(n_questions, 'question')} whose answers are as they were"
    note += ", as if nothing new could be found" if n_new else ""
    return note + ("; without what is gone the search is easier, so more may be lost" if n_gone else "")


def _both(now: Any, then: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    return (now, then), (then, now)


def without_new(outcomes: Outcomes, documents: NDArray[np.uint32]) -> Outcomes:
    """Outcomes of a search as they were if nothing but these documents had been searched.

    Rankings end: a document that stood behind the last one kept stays behind it.
    """
    known = {f"{one:08x}" for one in documents.tolist()}
    rankings = [ranking.split("|") for ranking in outcomes.ranking.tolist()]
    found = [i for i, ranking in enumerate(rankings) if not known.issuperset(ranking[:DEPTH])]
    if not found:
        return outcomes
    ranked = [[one for one in rankings[i] if one in known] for i in found]
    answers = [outcomes.answers[i].split("|") for i in found]
    sums = {name: column.copy() for name, column in outcomes.sums.items()}
    for name, values in query_sums(ranked, answers).items():
        if name in sums:
            sums[name][found] = values
    return replace(outcomes, sums=sums)
