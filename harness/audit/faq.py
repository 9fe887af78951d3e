"""Two columns of which one asks and the other answers: a FAQ, titles and their articles, requests and replies."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.audit.column import Column, is_number
from harness.tasks.sources import names

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
