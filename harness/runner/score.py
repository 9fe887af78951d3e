"""Heads fitted once, cells scored from vectors."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from harness.catalogue import catalogue
from harness.conditions import matched_control
from harness.core.data import Example, Examples, Negatives, Outcomes
from harness.core.errors import NotApplicableError
from harness.core.events import CellDone
from harness.core.fingerprint import fingerprint
from harness.core.inputs import Input, Words, as_text
from harness.core.lengths import Lengths, lengths
from harness.core.records import Cell, Perturbation, Slice, Tokenization, read_as, reading_key
from harness.core.registry import Component
from harness.core.resources import values
from harness.encoders import Encoded
from harness.encoders.backends import Encoder, sizes
from harness.encoders.tokenizer import Tokenizer
from harness.metrics import Metric
from harness.runner.data import Data, Edited, splits_of
from harness.runner.examples import Examiner, chosen, reference, surely_wrong
from harness.runner.heads import Heads
from harness.runner.identity import IdentityControl
from harness.runner.jobs import MeasureJob
from harness.runner.privacy import private_outcomes
from harness.runner.seen import Sight
from harness.runner.shift import ShiftSize
from harness.runner.slices import given
from harness.scoring import Found
from harness.tasks.text import counted

#: How deep a ranking is kept: twice as deep as any metric looks, so that documents which another run has not can be
#: taken out of it.
DEPTH = 20


class CellScorer:
    """Scores the cells of one job. Heads and parents' outcomes are kept: slices and conditions share them."""

    def __init__(
        self, job: MeasureJob, data: Data, encoded: Mapping[str, Encoded], model: Callable[[], Encoder]
    ) -> None:
        self.job, self.data, self.encoded, self.model = job, data, encoded, model
        self._heads = Heads(data, encoded, Path(job.encoder.path) if job.encoder else None)
        tokenizer = cache(partial(Tokenizer, job.encoder)) if job.encoder else None
        self._sight = Sight(tokenizer) if tokenizer else None
        self._shift = ShiftSize(data, self._heads, self._sight)
        self._examiner = Examiner(data, tokenizer)
        self._identity = IdentityControl(self._heads, job, model)
        self._outcomes: dict[str, Outcomes] = {}
        self._found: dict[str, Found] = {}
        self._slices: dict[tuple[str, ...], tuple[Any, Any, int]] = {}

    def score(self, cell: Cell) -> CellDone:
        """One cell: outcomes, scores with intervals, facts."""
        started = time.perf_counter()
        self._refuse_unedited(cell)
        outcomes, facts, index = self._of(replace(cell, slice=None)), self._facts(cell), None
        if cell.slice is not None:
            index, facts["n_unmatched"] = self.slice(cell, cell.slice)
            outcomes = outcomes.take(index)
        scoring = self._heads.scoring(cell.address.task)
        knows = scoring.knows(outcomes, self.data.sides(cell.address.task, cell.test), index)
        facts |= scoring.facts(outcomes)
        scores: dict[str, dict[str, float | None]] = {}
        for component in self._metrics(cell):
            interval = Metric(component).interval([outcomes], cell.key, component.name)
            found = {k: _number(getattr(interval, k)) for k in ("value", "low", "high")}
            scores[component.name] = {**found, "chance": _number(component.facts["chance"](*knows))}
        return CellDone(
            key=cell.key,
            scores=scores,
            n_clusters=len(np.unique(outcomes.cluster)),
            outcomes=private_outcomes(outcomes, scoring) if self.job.private else outcomes,
            facts=facts,
            examples=self._examples(cell, outcomes),
            negatives=self._negatives(cell, outcomes),
            seconds=round(time.perf_counter() - started, 3),
        )

    def _of(self, parent: Cell) -> Outcomes:
        """The outcomes of a cell that is no slice."""
        if parent.key not in self._outcomes:
            self._outcomes[parent.key] = self._predicted(parent)
        return self._outcomes[parent.key]

    def _examples(self, cell: Cell, outcomes: Outcomes) -> tuple[Example, ...]:
        """Some items that a perturbation flipped, or that a clean cell is surely wrong on; none of a private run."""
        if self.job.private:
            return ()
        before = reference(cell)
        if before is None:
            is_asked = self._is_clean(cell) and self.data.task_kind(cell.address.task).target == "class"
            return self._examiner.whole(cell, surely_wrong(outcomes)) if is_asked and cell.head.pooling else ()
        return self._examiner(cell, chosen(self._heads.scoring(cell.address.task), self._of(before), outcomes))

    def _negatives(self, cell: Cell, outcomes: Outcomes) -> Negatives | None:
        """What stands above the answers of a search on texts as they are; nothing of a private run."""
        found, head, task = self._found.pop(cell.key, None), cell.head, cell.address.task
        if found is None or self.job.private:
            return None
        sides, scoring = self.data.sides(task, cell.test), self._heads.scoring(task)
        compare = self._heads.predictor(head, task).compare if head.pooling is not None else None
        inputs = list(self._heads.inputs(head, sides).values())

        def similarities(*places: list[int]) -> Any:
            return compare(*(own[at] for own, at in zip(inputs, places, strict=True)))  # type: ignore[misc]

        return scoring.negatives(sides, outcomes, found, similarities if compare else None)

    def _metrics(self, cell: Cell) -> list[Component]:
        return [catalogue().get("metric", name) for name in cell.metrics]

    def _refuse_unedited(self, cell: Cell) -> None:
        """NotApplicableError where perturbations that should change texts left every one as it was."""
        perturbed = [split for split in splits_of(cell) if split.perturbations]
        if all(self._is_control(p) for split in perturbed for p in split.perturbations):
            return  # not perturbed, or at a severity that asks for no change
        now = [self.data(cell.address.task, split).text for split in perturbed]
        if now == [self.data(cell.address.task, split.clean).text for split in perturbed]:
            what = counted(sum(map(len, now)), "text")
            raise NotApplicableError(f"{cell.address.condition} found nothing to edit in these {what}.")

    def _is_control(self, perturbation: Perturbation) -> bool:
        component = catalogue().get("perturbation", perturbation.name)
        severity = component.filled(perturbation.parameters).get(component.facts["severity"])
        return severity is not None and bool(severity == component.facts["identity"])

    def _predicted(self, cell: Cell) -> Outcomes:
        task, metrics = cell.address.task, self._metrics(cell)
        scoring = self._heads.scoring(task)
        inputs = self._heads.inputs(cell.head, self.data.read(cell.head, task, cell.test))
        now = self.data.sides(task, cell.test)
        before = self.data.sides(task, {role: split.clean for role, split in cell.test.items()})
        clean = {role: examples.asked_as(now[role]) for role, examples in before.items()}
        sought = scoring.sought(clean, metrics)
        found = scoring.predict(self._heads.predictor(cell.head, task, cell.test), inputs, DEPTH, sought)
        if found.order is not None and not any(split.perturbations for split in cell.test.values()):
            self._found[cell.key] = found
        return scoring.outcomes(clean, found, metrics)

    def slice(self, cell: Cell, wanted: Slice) -> tuple[Any, int]:
        """Rows of the slice or of its control, in step, and how many slice items found no partner."""
        key = (replace(wanted, part="").key, *sorted(split.key for split in splits_of(cell)))
        if key not in self._slices:
            self._slices[key] = self._matched(cell, wanted)
        inside, control, n_unmatched = self._slices[key]
        return (inside if wanted.part == "slice" else control), n_unmatched

    def _matched(self, cell: Cell, wanted: Slice) -> tuple[Any, Any, int]:
        component = catalogue().get("slice", wanted.name)
        test = self.data(cell.address.task, cell.test[self.data.task_kind(cell.address.task).scored])
        contents = wanted.parameters.get("resources", {})
        names, reference = component.facts["resources"], self.job.reference
        resources = given(names, cell, test, self.data, reference) | values(component, catalogue(), contents)
        mask = component(test, **component.filled(wanted.parameters), **resources)
        sizes = [len(as_text(t).split()) for t in test.text] if "length" in component.facts["matched_on"] else None
        strata = test.labels if test.labels and isinstance(test.labels[0], str) else ("",) * len(test)
        inside, control = matched_control(mask, strata, sizes, test.items)
        if not len(inside):
            raise NotApplicableError(
                f"{wanted.name}: {int(mask.sum())} of {len(test)} test texts are in the slice and none has a match "
                "outside of it; there is nothing to compare. More test texts (max_samples.test) may change that."
            )
        return inside, control, int(mask.sum()) - len(inside)

    def _facts(self, cell: Cell) -> dict[str, Any]:
        """What reading the texts showed, how the head was fitted, and the identity control of clean cells."""
        facts = self._reading_facts(cell)
        if shift := self._shift(cell):
            facts["shift"] = shift
        facts |= self._heads.predictor(cell.head, cell.address.task).facts
        if facts.get("seen"):
            facts["seen"] |= {"sensitivity": self._sensitivity(cell)}
        if self.job.encoder is not None:
            facts |= sizes(self.model())
            if self._is_clean(cell):
                facts["identity"] = self._identity.check(cell)
        return facts

    def _sensitivity(self, cell: Cell) -> float | None:
        """Whether what people find unlike is farther apart for the row than a text from its changed form."""
        task, scoring = cell.address.task, self._heads.scoring(cell.address.task)
        before = {role: split.clean for role, split in cell.test.items()}
        clean, now = (
            self._heads.inputs(cell.head, self.data.read(cell.head, task, sides)) for sides in (before, cell.test)
        )
        judged = scoring.target(self.data.sides(task, before))
        return scoring.sensitivity(self._heads.predictor(cell.head, task), clean, now, judged)

    def _reading_facts(self, cell: Cell) -> dict[str, Any]:
        """Facts of the sides that are cut most and changed most (queries or documents).

        `n_texts`, `n_truncated`: texts of the side and how many are longer than the encoder reads. `texts_changed`,
        `edits_per_text`: share of texts changed by a perturbation, and edits in a text, of the training side where it
        changes no other; `edit_rate`: of the words that it might have changed the share that it did; `rarer`: how much
        rarer the terms are that it put for words. `seen`: what the encoder sees of that. `ids_unchanged`: by the key of
        each of the job's own readings, the share of texts that are read as the same token ids as the clean text is
        there. `tokens_per_text`: tokens read of a text, the mean over all sides. `content`: a hash of each side's items
        and texts. `lengths`: of each side of a clean cell. None, or nothing, where it does not apply.
        """
        facts: dict[str, Any] = dict.fromkeys(("n_truncated", "texts_changed", "edits_per_text", "edit_rate"))
        facts["n_texts"] = 0
        counts, same, n_read = dict[str, Lengths](), dict[str, float](), list[Any]()
        edited, task, data = list[dict[str, Any]](), cell.address.task, self.data
        clean = data.read(cell.head, task, {role: split.clean for role, split in cell.test.items()})
        facts |= self._training_edits(cell)  # what is told is told of the test side, where that is changed
        for role, examples in data.read(cell.head, task, cell.test).items():
            now, before, n_cut = examples.text, clean[role].text, None
            splits = [cell.test[role]] if role in cell.test else list(cell.test.values())
            edits = [data.edited(split) for split in splits if split.perturbations]
            if edits:
                edited.append(_edited(now, before, edits))
            if cell.head.readings is not None:
                tokenization = cell.head.readings[role]
                read = self.encoded[tokenization.key]
                took, n_cut, own = _tokens_read(read.n_tokens[read.rows(now)], tokenization, now)
                n_read.append(took)
                counts |= {role: own} if own else {}
                if cell.head.pooling is not None and cell.head.pooling.per == "word":
                    facts["n_unread"] = self._n_unread(cell, examples, role)
                if edits and self._sight is not None:
                    edited[-1]["seen"] = self._sight(cell.head, tokenization, read, before, now)
                for key, share in self._unchanged(role, tokenization, before, now, bool(edits)).items():
                    same[key] = min(share, same.get(key, 1.0))
            if (n_cut or 0) / len(now) >= (facts["n_truncated"] or 0) / max(1, facts["n_texts"]):
                facts |= {"n_texts": len(now), "n_truncated": n_cut}
        facts |= max(edited, key=itemgetter("texts_changed"), default={})
        facts["tokens_per_text"] = float(np.mean(np.concatenate(n_read))) if n_read else None
        return {**facts, "ids_unchanged": same, **self._of_sides(cell, counts)}

    def _training_edits(self, cell: Cell) -> dict[str, Any]:
        """Facts of the edits of the training side, where it is changed."""
        task, data, facts = cell.address.task, self.data, dict[str, Any]()
        for split in cell.head.train.values():
            if split.perturbations:
                facts |= _edited(data(task, split).text, data(task, split.clean).text, [data.edited(split)])
        return facts

    def _of_sides(self, cell: Cell, counts: Mapping[str, Lengths]) -> dict[str, Any]:
        """The content of each side and, of a clean cell, its lengths."""
        sides = self.data.sides(cell.address.task, cell.test)
        content = {role: fingerprint([own.items, own.text]) for role, own in sides.items()}
        own = {role: vars(one) for role, one in counts.items()} if self._is_clean(cell) else {}
        return {"content": content, **({"lengths": own} if own else {})}

    def _n_unread(self, cell: Cell, examples: Examples, role: str) -> int:
        """How many words of a role have no token, and so a vector of zeros."""
        vectors, _ = self._heads.vectors(cell.head, examples, role)
        return int((~vectors.any(axis=1)).sum())

    def _unchanged(
        self, role: str, tokenization: Tokenization, before: Sequence[Input], now: Sequence[Input], is_edited: bool
    ) -> dict[str, float]:
        """By the key of each of the job's own readings that this differs from, the share of texts with the same ids."""
        read, same = self.encoded[tokenization.key], dict[str, float]()
        for readings in self.job.readings:
            usual = read_as(readings, role)
            if is_edited or tokenization != usual:
                whole = self.encoded[usual.key]
                is_same = read.digests[read.rows(now)] == whole.digests[whole.rows(before)]
                same[reading_key(readings)] = float(is_same.mean())
        return same

    def _is_clean(self, cell: Cell) -> bool:
        """All texts as they are, read as an encoder of the suite reads by itself."""
        whole = all(not split.perturbations and split.domains is None for split in splits_of(cell))
        reads = (cell.head.readings or {}).items()
        read = any(all(read_as(own, role) == reading for role, reading in reads) for own in self.job.readings)
        return cell.slice is None and whole and read


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _tokens_read(n_tokens: Any, tokenization: Tokenization, texts: Sequence[Any]) -> tuple[Any, int, Lengths | None]:
    """(n_texts,) tokens read of each text, how many texts are longer, and lengths; lists of words are read whole."""
    if isinstance(texts[0], Words):
        return n_tokens, 0, None
    most = tokenization.most
    return np.minimum(n_tokens, most), int((n_tokens > most).sum()), lengths(n_tokens, most)


def _edited(now: Sequence[Input], before: Sequence[Input], edits: Sequence[Edited]) -> dict[str, Any]:
    changed = float(np.mean([a != b for a, b in zip(now, before, strict=True)]))
    rates = [one.rate for one in edits if one.rate is not None]
    rate = sum(rates) / len(rates) if rates else None
    counts = {"edits_per_text": sum(one.per_text for one in edits), "edit_rate": rate}
    return {"texts_changed": changed, **counts, "rarer": next((one.rarer for one in edits if one.rarer), None)}
