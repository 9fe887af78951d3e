"""What an audit of any kind of task finds: sizes, the bundles that can apply, what an encoder has to beat."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import stats, tasks
from harness.audit import sizes
from harness.audit.column import Columns
from harness.audit.source import Source
from harness.audit.texts import Lengths, Spelling
from harness.catalogue import catalogue
from harness.conditions import LONG_TEXT_TOKENS, matched_control
from harness.conditions.slices import rare_words
from harness.core.data import Examples
from harness.core.seeds import rng_of
from harness.metrics import Metric
from harness.metrics.retrieval import DEPTH
from harness.modes import Predictor
from harness.modes.baselines import majority, tfidf
from harness.suite.conditions import KINDS, other_language
from harness.tasks.kinds import Kind

#: Texts that are looked at where looking takes time.
N_TOKENISED, N_SPELLED = 2000, 5000


#: A row without an encoder, by what its metrics are called: each value with its 95 % interval over clusters.
Score = Mapping[str, stats.Interval]


@dataclass(frozen=True)
class Found:
    """What was found. `spec` is the task as the suite has it; `empty` counts rows by the column that lacks a value.

    `lengths` are those of the texts, or of the documents of a search; `scores` those of rows without an encoder.
    `longest` are the lengths by which a maximum is recommended. `left_out` says of every bundle why it cannot apply, or
    nothing. `n_rare` test items are what `rare-terms` is judged on, 0 where they are not on their own. `group_sizes`
    are how many test items stand in each group, or cluster; `alone` the sizes of what is right or wrong together, as
    the margin is chosen for.
    """

    source: Source
    columns: Columns
    spec: Mapping[str, Any]
    empty: Mapping[str, int]
    lengths: Lengths
    longest: Lengths
    spelling: Spelling
    info: tasks.TaskInfo
    samples: sizes.Samples
    scores: Mapping[str, Score]
    n_rare: int
    group_sizes: tuple[int, ...]
    alone: tuple[int, ...]
    left_out: Mapping[str, str]

    @property
    def bundles(self) -> list[str]:
        """Those that apply."""
        return [name for name, reason in self.left_out.items() if not reason]

    @property
    def n_train(self) -> int:
        """Texts that the suite trains on."""
        return min(self.samples.train, self.info.n_train)

    @property
    def n_test(self) -> int:
        """Texts that it tests on, or documents that it searches."""
        return min(self.samples.test, self.info.n_test)

    @property
    def n_judged(self) -> int:
        """Test items: texts, or questions."""
        return sum(self.alone)

    @property
    def n_checks(self) -> int:
        """How many checks the gate makes: the clean texts, and each bundle."""
        return 1 + len(self.bundles)

    @property
    def visible(self) -> float:
        """The smallest loss of the first metric, on the texts as they are, that fails four of five builds."""
        return sizes.visible_loss(self.alone, self.n_checks, self.margin)

    @property
    def visible_rare(self) -> float | None:
        """The same under `rare-terms`, which has fewer items; None without it, or where they are not on their own."""
        return sizes.visible_loss([1] * self.n_rare, self.n_checks, self.margin) if self.n_rare else None

    @property
    def visible_together(self) -> float | None:
        """The same where the texts of a group get worse together, as the gate assumes it; None without groups."""
        alone = self.columns.group is None or self.alone is self.group_sizes
        return None if alone else sizes.visible_loss(self.group_sizes, self.n_checks, self.margin)

    @property
    def margin(self) -> float:
        """The loss that the gate lets pass: any larger one that it measures fails the build."""
        return sizes.margin(self.alone, self.n_checks)


def planned(
    source: Source, name: str, folder: Path, empty: Mapping[str, int], **fields: Any
) -> tuple[dict[str, Any], tasks.Task, tasks.TaskInfo]:
    """The task as a suite in this folder, which need not be there yet, says it, with these fields; and what it is."""

    def relative(path: str) -> str:
        return path if path.startswith("hub:") else Path(os.path.relpath(path, folder.resolve())).as_posix()

    files = source.sides or {"data": source.path}
    given = {
        "name": f"my-{name}" if name in tasks.builtin() else name,
        **{side: relative(path) for side, path in files.items()},
        "config": source.config,
        "encoding": source.encoding,
        "header": source.header if source.header_said or not source.header else None,
        **fields,
        "drop_empty": any(empty.values()) or None,
    }
    spec = {key: value for key, value in given.items() if value is not None}
    task = tasks.resolve({**spec, **files}, folder)
    info = tasks.describe(task)
    return spec | ({} if info.language in (None, "en") else {"language": info.language}), task, info


def empty_of(source: Source, columns: Columns, texts: Mapping[str, Sequence[str]], *parts: str) -> dict[str, int]:
    """Rows that lack one of the texts, or a value of the parts that a column is taken for, by what they lack."""
    named = {**texts} | {part: source.columns[name] for part in parts if (name := getattr(columns, part)) is not None}
    return {part: sum(not value.strip() for value in values) for part, values in named.items()}


def some(texts: Sequence[str], n: int) -> list[str]:
    """At most so many of the texts that are not blank, drawn with a fixed seed."""
    written = [text for text in texts if text.strip()]
    return written if len(written) <= n else rng_of("audit", len(written)).sample(written, n)


def reasons(
    lengths: Lengths, spelling: Spelling, n_domains: int, n_rare: int, language: str | None
) -> Mapping[str, str]:
    """For every bundle why it is left out; '' where it applies. `language` is that of the texts, where known."""
    shorter = f"the median text has {lengths.median:.0f} tokens; applies over {LONG_TEXT_TOKENS}"
    own = {  # in the order that a suite has them
        "misspellings": "" if spelling.n_words else "no words of Latin letters to misspell",
        "long-texts": "" if lengths.median > LONG_TEXT_TOKENS else shorter,
        "domain-shift": "" if n_domains > 1 else "applies where a column, named as domain, says where texts come from",
        "rare-terms": "" if n_rare else "no test text with rare words has another like it to be compared with",
    }
    return {name: of_other_language(name, language) or why for name, why in own.items()}


def of_other_language(bundle: str, language: str | None) -> str:
    """Why no member of a bundle is for texts of this language; '' where one is."""
    components = (catalogue().find(name, KINDS) for name, _, _ in catalogue().get("bundle", bundle).facts["members"])
    whys = [other_language(c, c.filled({}), language) for c in components if c is not None]
    return "; ".join(dict.fromkeys(whys)) if all(whys) else ""


def n_rare_terms(test: Examples, language: str | None) -> int:
    """How many texts or questions the slice has that find another like them; none of a language it is not for."""
    if of_other_language("rare-terms", language):
        return 0
    strata = test.labels if test.labels and isinstance(test.labels[0], str) else ("",) * len(test)
    inside, _ = matched_control(rare_words(test), strata, [len(text.split()) for text in test.text], test.items)
    return len(inside)


def baselines(kind: Kind, train: Mapping[str, Examples], test: Mapping[str, Examples]) -> dict[str, Score]:
    """Majority (of classes) and TF-IDF, judged on the test texts by role. BLAS is held to one thread.

    Fitted on the train texts where something is learnt of one text; else how alike TF-IDF finds the texts of a pair.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        if kind.target not in catalogue().get("baseline", "tfidf").facts["needs_train"]:
            return {"tfidf": judged(kind, "tfidf", tfidf(None, None, None), test)[0]}
        scoring = catalogue().function("scoring", kind.name)()
        learnt = {role: side.learnt for role, side in train.items()}
        texts, target = scoring.features(_texts(learnt)), scoring.target(learnt)
        rows = {"majority": majority, "tfidf": tfidf} if kind.target == "class" else {"tfidf": tfidf}
        return {name: judged(kind, name, fit(texts, target, None), test)[0] for name, fit in rows.items()}


def _texts(side: Mapping[str, Examples]) -> dict[str, list[str]]:
    return {role: list(one.text) for role, one in side.items()}


def judged(kind: Kind, name: str, predictor: Predictor, test: Mapping[str, Examples]) -> tuple[Score, float]:
    """What the metrics of a kind say of predictions on the test items by role, and what chance scores by the first of a
    search, else NaN. Metrics that are 1 at best, as all are printed as shares.
    """
    scoring = catalogue().function("scoring", kind.name)()
    metrics = [Metric(catalogue().get("metric", metric)) for metric in kind.metrics]
    metrics = [metric for metric in metrics if metric.width]
    found = scoring.predict(predictor, _texts(test), DEPTH)
    outcomes = scoring.outcomes(test, found, [metric.component for metric in metrics])
    score = {own.label: own.interval([outcomes], "audit", name, own.name) for own in metrics}
    chance = metrics[0].component.facts["chance"]
    return score, math.nan if kind.trains else float(chance(*scoring.knows(outcomes, test, None)))
