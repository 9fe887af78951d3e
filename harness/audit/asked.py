"""Whether a file is searched: which columns ask and answer (a FAQ, titles and their articles, requests and replies);
what else it could be, and what to type where it is open.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from harness.audit.column import NONE, Column, Columns, is_number, is_scale
from harness.audit.source import Source
from harness.core.errors import LONGEST_NAME, HarnessError
from harness.tasks.sources import names
from harness.tasks.sources.table import shown_name
from harness.wording.numbers import listed, plural

#: Class names of more words on average are texts.
_CLASS_WORDS = 12
#: So many values of so many words beside a question and what answers it are a label.
_FEW, _SHORT = 5, 2
#: A column of answers that are given again has at most so many different ones a row.
_REPEATING = 0.5


@dataclass(frozen=True)
class Pair:
    """The columns of a search. `sure` where their names say that one asks what the other answers."""

    query: Column
    document: Column
    how: str
    sure: bool = False


def pair_of(columns: Sequence[Column], query: str | None = None, document: str | None = None) -> Pair | None:
    """The two columns, of which one may be given by name; None where no two are like that.

    By their names, as question and answer; else a title and its article; else texts beside others that repeat.
    """
    texts = [c for c in columns if _is_text(c) or c.name in (query, document)]
    asking = [c for c in texts if c.name == query] or [c for c in texts if c.name != document]
    answering = [c for c in texts if c.name == document] or [c for c in texts if c.name != query]
    if query or document:
        return _by_name(asking, answering) or _other(asking, answering)
    return _by_name(asking, answering) or _titles(texts) or _repeating(texts)


def _is_text(column: Column) -> bool:
    """Of words, several different ones, on most rows; fewer words where its name is that of a question or an answer."""
    if column.lacking > 0.5 or len(column.counts) < 3 or all(map(is_number, column.counts)):
        return False
    named = _is_side(column, names.QUESTIONS, "q") or _is_side(column, names.ANSWERS, "a")
    return column.n_words >= (1.2 if named else 2.5)


def _is_side(column: Column, sides: Sequence[str], letter: str) -> bool:
    """Whether its name is that of a side: `Question`, `faq_question`, or the one letter; not that of a number."""
    if column.parts == (letter,):
        return True
    return column.is_named(sides) and column.parts[-1] not in names.IDS


def _by_name(asking: Sequence[Column], answering: Sequence[Column]) -> Pair | None:
    queries = [c for c in asking if _is_side(c, names.QUESTIONS, "q")]
    documents = [c for c in answering if _is_side(c, names.ANSWERS, "a") and not c.is_named(names.QUESTIONS)]
    if queries and documents:
        query = min(queries, key=lambda c: c.rank(names.QUESTIONS))
        return Pair(query, min(documents, key=lambda c: c.rank(names.ANSWERS)), "by their names", sure=True)
    asked = [c for c in asking if c.is_named(names.ASKED)]
    given = [c for c in answering if c.is_named(names.NOTES) and c.is_named(names.ANSWERS) and c not in asked]
    return Pair(asked[0], given[0], "by their names") if asked and given else None


def _titles(texts: Sequence[Column]) -> Pair | None:
    titles = [c for c in texts if c.is_named(names.TITLES) and c.distinct >= 0.5]
    articles = [c for c in texts if c.is_named(names.ARTICLES) and c not in titles]
    for title in titles:
        longer = [c for c in articles if c.n_words > 2 * title.n_words]
        if longer:
            return Pair(title, max(longer, key=lambda c: c.n_words), "a title and its text, by their names")
    return None


def _repeating(texts: Sequence[Column]) -> Pair | None:
    answers = [c for c in texts if c.distinct <= _REPEATING and c.n_words >= 4]
    asking = [c for c in texts if c.distinct > _REPEATING]
    if not answers or not asking:
        return None
    answer = max(answers, key=lambda c: c.n_words)
    query = max((c for c in asking if len(c.counts) >= 2 * len(answer.counts)), key=lambda c: c.distinct, default=None)
    return None if query is None else Pair(query, answer, "texts, of which the ones answer the others again and again")


def _other(asking: Sequence[Column], answering: Sequence[Column]) -> Pair | None:
    """One side is given: the other is what is called so, else the longest, mostly distinct text."""

    def best(texts: Sequence[Column], called: Sequence[str], letter: str) -> Column:
        return max(texts, key=lambda c: (_is_side(c, called, letter), c.is_named(called), c.n_words))

    if not asking or not answering:
        return None
    query = asking[0] if len(asking) == 1 else best(asking, (*names.QUESTIONS, *names.ASKED, *names.TITLES), "q")
    answers = [c for c in answering if c is not query]
    return Pair(query, best(answers, (*names.ANSWERS, *names.ARTICLES), "a"), "the text beside") if answers else None


def is_faq(pair: Pair, label: Sequence[str], columns: Mapping[str, Column]) -> bool:
    """Whether the pair is what the file is about: where there is no label, or only a topic beside what asks.

    Few short values that are not called a topic are a label: whether a passage answers a question.
    """
    if not label:
        return True
    beside = columns[label[0]]
    if not beside.is_named(names.LABELS) and len(beside.counts) <= _FEW and beside.n_words <= _SHORT:
        return False
    return pair.sure and (beside is pair.document or not beside.is_named(names.SURE_LABELS))


def search(
    source: Source,
    given: Mapping[str, Sequence[str]],
    columns: Mapping[str, Column],
    pair: Pair | None = None,
    label: Sequence[str] = (),
) -> Columns:
    """Questions and what answers them; group, domain and id only where the user says so."""
    foreign = [f"--{part}" for part in ("text", "label", "time") if part in given and tuple(given[part]) != (NONE,)]
    if foreign:
        raise HarnessError(f"{listed(foreign)}: no meaning for a search, which --query and --document name.")
    query, *documents = (*given.get("query", ("",)), *given.get("document", ()))
    beside: dict[str, Any] = {
        part: given[part][0] for part in ("group", "domain", "id") if given.get(part, (NONE,))[0] != NONE
    }
    if pair is None and not (query and documents):
        free = [c for name, c in columns.items() if name not in beside.values()]
        pair = pair_of([c for c in free if c.name not in documents[1:]], query or None, next(iter(documents), None))
        if pair is None:
            raise unknown("document" if query else "query", source)
    why = {}
    if pair is not None:
        why = {"query": pair.how, "document": pair.how}
        query, documents = query or pair.query.name, documents or [pair.document.name]
    if query in documents:
        raise HarnessError(f"{source.place}: --query and --document are the same column {query!r}; expected two.")
    why |= {part: "as you said" for part in ("query", "document", "group", "domain", "id") if part in given}
    used = {query, *documents, *beside.values()}
    unused = [shown_name(name) for name in columns if name not in used]
    notes = [f"not used: {listed(unused[:6])}"] if unused else []
    if label and label[0] not in documents:
        notes.append(f"to sort the texts into the values of {label[0]!r} instead: --label {shlex.quote(label[0])}")
    shape = {"query": _shape(columns[query], source), "document": _shape(columns[documents[0]], source)}
    told = {part: f"{reason} ({shape[part]})" if part in shape else reason for part, reason in why.items()}
    return Columns(tuple(documents), query=query, **beside, why=told, notes=tuple(notes))


def _shape(column: Column, source: Source) -> str:
    return f"{len(column.counts):,} different on {column.n:,} {source.unit}s, {_words(column)}"


def _words(column: Column) -> str:
    return f"{plural(round(column.n_words), 'word')} each"


def could_be_searched(
    source: Source, text: Sequence[str], label: Column, columns: Mapping[str, Column], pair: Pair | None
) -> tuple[str, ...]:
    """A line where the file may be a FAQ. HarnessError where what is named as label holds texts."""
    named = next((columns[name] for name in text if name != label.name), label)
    advice = _searched(named, label)
    if label.n_words > _CLASS_WORDS or fmean(map(len, label.counts or [""])) > LONGEST_NAME:
        raise HarnessError(
            f"{source.place}: the values of {label.name!r} are texts ({_words(label)}), "
            f"not names of classes. To find them by {named.name!r}: harness init {shlex.quote(source.place)} {advice}. "
            "To predict which it is, add a column with a short name for each and give that as --label."
        )
    if label.is_named(names.ANSWERS) and not label.is_named(names.SURE_LABELS) and label.n_words > 2:
        return (f"{label.name!r} looks like answers: to search for them instead of predicting them: {advice}",)
    if pair is not None and pair.sure and not {pair.query.name, pair.document.name} <= set(text):
        advice = _searched(pair.query, pair.document)
        return (f"to find {pair.document.name!r} by {pair.query.name!r} instead: {advice}",)
    return ()


def _searched(query: Column, document: Column) -> str:
    return f"--query {shlex.quote(query.name)} --document {shlex.quote(document.name)}"


def unknown(part: str, source: Source, pair: Pair | None = None) -> HarnessError:
    """The error where no column is like this part: which there are, and what to type; no value of any."""
    looks = {
        "label": "a label (few values, each on several rows; not people, places, times or sides of a split)",
        "text": "a text (long, mostly distinct)",
        "query": "a question (a text that asks for what another column holds)",
        "document": "an answer (a text that is to be found)",
        "text_a": "a text that is compared with another (long, mostly distinct)",
        "text_b": "a text that is compared with another (long, mostly distinct)",
    }
    columns = list(map(Column, source.columns, source.columns.values()))
    seen = [f"{shown_name(c.name)} ({plural(len(set(c.values)), 'value')})" for c in columns[:20]]
    odd = "".join(f" {line[0].upper()}{line[1:]}." for line in source.not_used())
    command = f"harness init {shlex.quote(source.place)}"
    how = ""
    if part == "label":
        labels = [c for c in columns if c.is_named(names.LABELS) and c.n]
        if not source.sizes and any(c.distinct == 1 and c.n_words <= 6 for c in labels):
            odd += " With one row a class, tests need a file of their own: harness init train.csv test.csv."
        if pair:
            how = _searched(pair.query, pair.document)
        elif sum(c.n_words >= 2.5 and c.distinct > 0.2 for c in columns) > 1:
            how = "--query COLUMN --document COLUMN"
    if part == "label" and (scales := [c.name for c in columns if is_scale(c)]):
        odd += f" To predict the number {scales[0]!r}: {command} --score {shlex.quote(scales[0])}."
    search = f". To find one text by another: {command} {how}" if how else ""
    return HarnessError(
        f"{source.place}: no column looks like {looks[part]}. There are: {', '.join(seen) or 'none'}.{odd} "
        f"Say which it is: {command} --{part.replace('_', '-')} COLUMN{search}"
    )
