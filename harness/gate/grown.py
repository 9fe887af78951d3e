"""A search whose documents are not those of the baseline: what both runs have is compared, as if nothing were new."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.catalogue import catalogue
from harness.core.data import Outcomes
from harness.core.registry import Component
from harness.gate.baseline import Kept
from harness.gate.cells import Cells, answer_hashes, outcomes_of
from harness.metrics.retrieval import DEPTH, answers_of, in_ranking, needs_all_ranks, query_sums
from harness.report.scorer import scorer_of
from harness.results import RunCell
from harness.wording.numbers import count, plural

OTHERS = "the documents that are searched are others"
#: What to do where data has changed so much that nothing is left to compare.
WAY_ON = "renew the baseline: the old code on today's data; or keep a frozen copy of the data for the gate"


def alike(
    cells: Cells, then: Kept, planned: RunCell, places: tuple[Any, Any], least: float
) -> tuple[tuple[Any, Any], Outcomes, str, bool] | str:
    """Of the shared questions at `places` (then, now) those with the answers they had, as if no document were new.

    Their places, today's outcomes of them, what is to be said of it, and whether documents are gone, so that today's
    search is easier than it was and only a loss means something. Or why that cannot be had. `least` so many questions
    there must be.
    """
    outcomes, documents, answers = outcomes_of(planned), then.documents(), then.answers()
    today, present = answer_hashes(outcomes), cells.documents(planned.address.task)
    if today is None or not all(outcomes.ranking) or not len(present):
        why = "some answer nothing, or cells were made by a version that kept no rankings"
        return f"{OTHERS}, and which they are is not known: {why}; run the suite into a new folder, or {WAY_ON}"
    if documents is None or answers is None:
        return f"{OTHERS}, and the baseline is of a version that did not keep which; {WAY_ON}"
    same = answers[places[0]] == today[places[1]]
    kept = places[0][same], places[1][same]
    needed = f"{count(int(np.ceil(least)))} are needed; {WAY_ON}"
    if len(kept[0]) < least:
        return f"{OTHERS}: {count(len(kept[0]))} questions have the answers that they had, {needed}"
    n_new, n_gone = len(np.setdiff1d(present, documents)), len(np.setdiff1d(documents, present))
    now, n_lost = outcomes.take(kept[1]), 0
    if n_new:
        metrics = _told_by(now, scorer_of(planned.metric).component)
        known = told(now, documents, needs_all_ranks(metrics))
        n_lost, kept = int(np.sum(~known)), (kept[0][known], kept[1][known])
        now = without_new(now.take(np.flatnonzero(known)), documents, metrics)
    lost = f"{plural(n_lost, 'question')} left out, as new documents fill the rankings that were kept" if n_lost else ""
    if len(kept[0]) < least:
        return f"{OTHERS}: {lost}; of the {count(len(kept[0]))} others {needed}"
    return kept, now, "; ".join(filter(None, (_note(n_new, n_gone, len(kept[0])), lost))), n_gone > 0


def _told_by(outcomes: Outcomes, primary: Component) -> list[Component]:
    """The metrics of a search's columns; those of all ranks only where the first one is, since it takes all answers."""
    known = [catalogue().get("metric", name) for name in outcomes.sums if name in catalogue().of("metric")]
    return [m for m in known if needs_all_ranks([primary]) or not needs_all_ranks([m])]


def _note(n_new: int, n_gone: int, n_questions: int) -> str:
    """How the documents differ, and what is compared then; nothing where only their ids do."""
    both = ((n_new, "new"), (n_gone, "gone"))
    differ = " and ".join(f"{plural(n, 'document is', 'documents are')} {word}" for n, word in both if n)
    if not differ:
        return ""
    note = f"{differ}: compared on {plural(n_questions, 'question')} whose answers are as they were"
    note += ", as if nothing new could be found" if n_new else ""
    return note + (f"; without what is gone the search is easier, so only a loss is believed; {WAY_ON}" * bool(n_gone))


def told(outcomes: Outcomes, documents: NDArray[np.uint32], all_ranks: bool = False) -> NDArray[np.bool_]:
    """Whether the kept rankings tell where the answers of each query would be if nothing but these were searched, (n,).

    They do where the metrics' depth is full of these documents, or where all the answers are there; only there if a
    metric needs `all_ranks`.
    """
    known = {f"{one:08x}" for one in documents.tolist()}
    depth = np.inf if all_ranks else DEPTH
    pairs = zip(outcomes.ranking.tolist(), outcomes.answers.tolist(), strict=True)
    return np.array([_tells(r.split("|"), answers_of(a), known, depth) for r, a in pairs], dtype=bool)


def _tells(ranking: list[str], answers: Mapping[str, float], known: set[str], depth: float) -> bool:
    return sum(one in known for one in ranking) >= depth or set(answers) <= set(ranking)


def without_new(outcomes: Outcomes, documents: NDArray[np.uint32], metrics: Sequence[Component]) -> Outcomes:
    """Outcomes of a search as they were if nothing but these documents had been searched.

    Rankings end: a document that stood behind the last one kept stays behind it (see `told`).
    """
    known = {f"{one:08x}" for one in documents.tolist()}
    rankings = [ranking.split("|") for ranking in outcomes.ranking.tolist()]
    depth = None if needs_all_ranks(metrics) else DEPTH
    found = [i for i, ranking in enumerate(rankings) if not known.issuperset(ranking[:depth])]
    sums = {metric.name: outcomes.sums[metric.name].copy() for metric in metrics}
    if not found:
        return replace(outcomes, sums=sums)
    ranked = [[one for one in rankings[i] if one in known] for i in found]
    answers = [answers_of(outcomes.answers[i]) for i in found]
    for name, values in query_sums(metrics, in_ranking(ranked, answers)).items():
        sums[name][found] = values
    return replace(outcomes, sums=sums)
