"""The audit of a search: questions, what answers them, and what a run with neither encoder nor training finds."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import tasks
from harness.audit import sizes
from harness.audit.audit import by_role
from harness.audit.column import Columns
from harness.audit.found import N_SPELLED, N_TOKENISED, Found, empty_of, judged, n_rare_terms, planned, reasons, some
from harness.audit.source import Source
from harness.audit.texts import Lengths, lengths, spelling
from harness.conditions import LONG_TEXT_TOKENS
from harness.modes.baselines import tfidf
from harness.tasks.kinds import kind_of
from harness.tasks.text import near, normalise

#: How often documents and questions are read, as if in full: as they are, misspelt twice; long documents cut four ways.
_DOCUMENT, _LONG_DOCUMENT, _QUESTION = 1.0, 2.5, 3.0
#: What a text costs beside its tokens, in tokens; and the passes that sizes are reckoned with.
_OVERHEAD, _PASSES = 12, 3.0


@dataclass(frozen=True)
class Pairs:
    """Questions and answers as they stand in the file; texts are the same but for case and spaces.

    `per_answer` are how many questions each different answer has, largest first; `n_several` questions have more than
    one answer; `n_again` rows are a pair that stands before; `n_near` answers are another but for case, digits and
    punctuation; `n_same` rows have an answer that is their question.
    """

    n_questions: int
    per_answer: tuple[int, ...]
    n_several: int
    n_again: int
    n_near: int
    n_same: int


@dataclass(frozen=True)
class SearchAudit(Found):
    """What was found of a search. `lengths` are those of the documents, `group_sizes` the questions of each cluster.

    Those are found, or not, together. `chance` is what random orders score in the first metric.
    """

    pairs: Pairs
    question_lengths: Lengths
    chance: float


def audit_search(source: Source, columns: Columns, name: str, folder: Path) -> SearchAudit:
    """Look at the data as the search `name` of a suite in `folder`. DataError where it cannot be one."""
    assert columns.query is not None
    questions = source.columns[columns.query]
    answers = ["\n".join(parts) for parts in zip(*(source.columns[n] for n in columns.text), strict=True)]
    sides = {} if source.is_tables else {"question": questions, "answer": answers}  # tables may have empty documents
    empty = empty_of(source, columns, sides, "group", "domain")
    fields = {} if source.is_tables else {"query": columns.query, "document": list(columns.text)}
    fields |= {part: getattr(columns, part) for part in ("kind", "group", "domain", "id")}
    spec, task, info = planned(source, name, folder, empty, **fields)
    documents = by_role(task, info, "test", None)["corpus"].text if source.is_tables else answers
    read, asked = (lengths(some(list(dict.fromkeys(texts)), N_TOKENISED)) for texts in (documents, questions))
    spelt, chosen = spelling(some(questions, N_SPELLED)), _samples(info, read, asked)
    test = by_role(task, info, "test", chosen.test)
    n_rare = n_rare_terms(test["query"], info.language)
    left_out = {**reasons(read, spelt, 0, n_rare, info.language), "domain-shift": "a search trains nothing"}
    clusters = tuple(Counter(test["query"].clusters).values())
    score, chance = judged(kind_of(task.kind), "tfidf", tfidf(None, None, None), test)
    return SearchAudit(
        source=source,
        columns=columns,
        spec=spec,
        empty=empty,
        lengths=read,
        longest=read,
        spelling=spelt,
        info=info,
        samples=chosen,
        scores={"tfidf": score},
        n_rare=0,  # which questions of a cluster are in it is not known here
        group_sizes=clusters,
        alone=clusters,
        left_out=left_out,
        pairs=pairs_of(questions, answers),
        question_lengths=asked,
        chance=chance,
    )


def pairs_of(questions: Sequence[str], answers: Sequence[str]) -> Pairs:
    """Count what belongs together; rows that lack a side are not looked at."""
    pairs = [(normalise(q), normalise(a)) for q, a in zip(questions, answers, strict=True)]
    pairs = [(question, answer) for question, answer in pairs if question and answer]
    asked, given = defaultdict(set), defaultdict(set)
    for question, answer in pairs:
        asked[answer].add(question)
        given[question].add(answer)
    return Pairs(
        n_questions=len(given),
        per_answer=tuple(sorted(map(len, asked.values()), reverse=True)),
        n_several=sum(len(found) > 1 for found in given.values()),
        n_again=len(pairs) - len(set(pairs)),
        n_near=len(asked) - len({near(answer) for answer in asked}),
        n_same=sum(question == answer for question, answer in pairs),
    )


def _samples(info: tasks.TaskInfo, documents: Lengths, questions: Lengths) -> sizes.Samples:
    """As many documents as the budget allows, each read with the questions that it answers."""
    n_times = _LONG_DOCUMENT if documents.median > LONG_TEXT_TOKENS else _DOCUMENT
    a_document = n_times * (_OVERHEAD + min(documents.mean, documents.read))
    a_question = _QUESTION * (_OVERHEAD + min(questions.mean, questions.read))
    tokens = (a_document + a_question * info.n_scored / max(1, info.n_test)) / _PASSES
    return sizes.samples(0, info.n_test, tokens, long=False)
