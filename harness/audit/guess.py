"""Which column is what: guessed from names and values, and why, unless the user says it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from harness.audit import belongs, names
from harness.audit.column import Column, is_number
from harness.audit.faq import Pair, pair_of
from harness.audit.source import Source
from harness.core.errors import DataError, HarnessError
from harness.report.numbers import listed, percent, plural
from harness.report.words import LONGEST_CLASS
from harness.tasks.checks import MANY_CLASSES
from harness.tasks.sources.cells import Bad
from harness.tasks.sources.table import Table, check_columns, shown_name
from harness.tasks.sources.times import times_of

#: What an option says for a column that is not to be used.
NONE = "none"
#: Class names of more words on average are texts.
_CLASS_WORDS = 12
_N_TRIED = 500


@dataclass(frozen=True)
class Columns:
    """What each column is taken for; None where there is none. `why` says it in words, by part.

    With a `query` it is a search, whose documents are `text`, and nothing is a label. `notes` say what else it could
    be.
    """

    text: tuple[str, ...]
    label: str | None = None
    group: str | None = None
    time: str | None = None
    domain: str | None = None
    id: str | None = None
    query: str | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    #: Whether the user named the time, which makes it the split rule.
    split_by_time: bool = False

    @property
    def kind(self) -> str:
        """That of the task."""
        return "classification" if self.query is None else "retrieval"


def guess(source: Source, given: Mapping[str, Sequence[str]]) -> Columns:
    """The columns by part; `given` holds the user's own word, by part (`none`: no such column).

    HarnessError where neither text and label nor question and answer can be told, with the columns there are and
    what to type.
    """
    named = tuple(name for names in given.values() for name in names if name != NONE)
    check_columns(named, list(source.columns), source.place)
    all_columns = {name: Column(name, values) for name, values in source.columns.items()}
    if given.keys() & {"query", "document"}:
        return _search(source, given, all_columns)
    left = {name: column for name, column in all_columns.items() if name not in named}
    found: dict[str, tuple[str, ...]] = {}
    why: dict[str, str] = {}
    pair = None
    for part in ("time", "id", "text", "label", "group", "domain"):
        if part == "text":
            pair = pair_of(list(left.values()))
        if part in given:
            found[part], why[part] = tuple(n for n in given[part] if n != NONE), "as you said"
            continue
        label = all_columns[found["label"][0]] if found.get("label") else None
        found[part], why[part] = _GUESSES[part](list(left.values()), source, label)
        for name in found[part]:
            del left[name]
        if part == "label" and pair and "text" not in given and _is_faq(pair, found["label"], all_columns):
            return _search(source, given, all_columns, pair, found["label"])
    for part in ("text", "label"):
        if not found[part]:
            raise _unknown(part, source, pair)
    notes = _could_be_searched(source, found, all_columns, pair)
    if source.sizes and "group" not in given and found["group"]:  # the sides are as they are meant
        (name,), found["group"] = found["group"], ()
        told = f"{name}: {why['group']}; not a group, as the sides are given"
        notes += (f"{told}. --group {shlex.quote(name)} takes those of the test side out of train",)
    one = {part: names[0] if names else None for part, names in found.items() if part != "text"}
    kept = {part: reason for part, reason in why.items() if found[part]}
    by_time = "time" in given and bool(found["time"])
    return Columns(found["text"], **one, why=kept, notes=notes, split_by_time=by_time)


def _is_faq(pair: Pair, label: Sequence[str], columns: Mapping[str, Column]) -> bool:
    """Whether the pair is what the file is about: where there is no label, or only a topic beside what asks."""
    if not label:
        return True
    beside = columns[label[0]]
    return pair.sure and (beside is pair.document or not beside.is_named(names.SURE_LABELS))


def _search(
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
    if pair is None and not (query and documents):
        beside = {part: given[part] for part in ("group", "domain", "id") if part in given}
        free = [c for name, c in columns.items() if name not in {n for ns in beside.values() for n in ns}]
        pair = pair_of([c for c in free if c.name not in documents[1:]], query or None, next(iter(documents), None))
        if pair is None:
            part = "document" if query else "query"
            raise _unknown(part, source)
    why = {}
    if pair is not None:
        why = {"query": pair.how, "document": pair.how}
        query, documents = query or pair.query.name, documents or [pair.document.name]
    if query in documents:
        raise HarnessError(f"{source.place}: --query and --document are the same column {query!r}; expected two.")
    why |= {part: "as you said" for part in ("query", "document", "group", "domain", "id") if part in given}
    one = {part: next((n for n in given.get(part, ()) if n != NONE), None) for part in ("group", "domain", "id")}
    used = {query, *documents, *filter(None, one.values())}
    unused = [shown_name(name) for name in columns if name not in used]
    notes = [f"not used: {listed(unused[:6])}"] if unused else []
    if label and label[0] not in documents:
        notes.append(f"to sort the texts into the values of {label[0]!r} instead: --label {shlex.quote(label[0])}")
    shape = {"query": _shape(columns[query], source), "document": _shape(columns[documents[0]], source)}
    told = {part: f"{reason} ({shape[part]})" if part in shape else reason for part, reason in why.items()}
    return Columns(tuple(documents), query=query, **one, why=told, notes=tuple(notes))


def _shape(column: Column, source: Source) -> str:
    each = f"{plural(round(column.n_words), 'word')} each"
    return f"{len(column.counts):,} different on {column.n:,} {source.unit}s, {each}"


def _could_be_searched(
    source: Source, found: Mapping[str, Sequence[str]], columns: Mapping[str, Column], pair: Pair | None
) -> tuple[str, ...]:
    """A line where the file may be a FAQ. HarnessError where what is named as label holds texts."""
    label = columns[found["label"][0]]
    named = next((c for c in (columns[name] for name in found["text"]) if c.name != label.name), label)
    advice = f"--query {shlex.quote(named.name)} --document {shlex.quote(label.name)}"
    each = f"{plural(round(label.n_words), 'word')} each"
    if label.n_words > _CLASS_WORDS or fmean(map(len, label.counts or [""])) > LONGEST_CLASS:
        raise HarnessError(
            f"{source.place}: the values of {label.name!r} are texts ({each}), "
            f"not names of classes. To find them by {named.name!r}: harness init {shlex.quote(source.place)} {advice}. "
            "To predict which it is, add a column with a short name for each and give that as --label."
        )
    is_answer = label.is_named(names.ANSWERS) and not label.is_named(names.SURE_LABELS) and label.n_words > 2
    if is_answer:
        return (f"{label.name!r} looks like answers: to search for them instead of predicting them: {advice}",)
    if pair is not None and pair.sure and not {pair.query.name, pair.document.name} <= set(found["text"]):
        return (f"to find {pair.document.name!r} by {pair.query.name!r} instead: {_searched(pair)}",)
    return ()


def _searched(pair: Pair) -> str:
    return f"--query {shlex.quote(pair.query.name)} --document {shlex.quote(pair.document.name)}"


def _text(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    """The longest of the columns that are mostly distinct, and titles beside it; else what is called a text."""
    long = [c for c in columns if _is_long(c) and not c.is_named(names.TITLES)]
    titles = [
        c for c in columns if c.is_named(names.TITLES) and len(c.counts) >= min(20, 0.2 * c.n) and c.n_words >= 1.2
    ]
    how = "long, mostly distinct"
    if not long and not titles:
        how, long = "by its name", [c for c in columns if _is_called_text(c)]
        if not long:
            return (), ""
    long.sort(key=lambda c: (not c.is_named(names.TEXTS) or c.is_named(names.NOTES), -c.n_words))
    chosen = [c for c in columns if c in [*long[:1], *titles]]
    n_words = plural(round(sum(c.n_words for c in chosen)), "word")
    shape = f"{percent(fmean(c.distinct for c in chosen))} distinct, {n_words} a {source.unit}"
    others = f"; not used: {listed([repr(c.name) for c in long[1:4]])}" if long[1:] else ""
    return tuple(c.name for c in chosen), f"{how} ({shape}){others}"


def _is_long(column: Column) -> bool:
    """Mostly distinct, and of some words: fewer where it is called a text."""
    least = 1.2 if _is_called_text(column) else 2.5
    return column.lacking <= 0.5 and column.distinct >= 0.2 and column.n_words >= least


def _is_called_text(column: Column) -> bool:
    """Whether its whole name says so: `text`, `review_text`, not `text_id`, nor `document`, which may be a number."""
    if not column.parts or column.is_named((*names.IDS, *names.GROUPS)) or all(map(is_number, column.counts)):
        return False
    return len(column.counts) > 1 and set(column.parts) <= set(names.TEXTS)


def _label(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    """A column of few values that repeat: by its name, else words before flags and numbers, few before many."""
    fitting = [c for c in columns if _is_label(c) and not _is_beside(c)]
    if not fitting:
        return (), ""
    best = min(fitting, key=lambda c: (c.rank(names.LABELS), c.is_named(names.UNLIKELY), _is_plain(c), len(c.counts)))
    named = ", by its name" if best.is_named(names.LABELS) else ""
    others = [f"{c.name!r} ({len(c.counts)})" for c in fitting if c is not best][:4]
    also = f"; could be too: {listed(others)}" if others else ""
    return (best.name,), f"{len(best.counts)} values that repeat{named}{also}"


def _is_label(column: Column) -> bool:
    counts = column.counts
    if len(counts) < 2 or column.n_words > 6 or column.lacking > 0.5:
        return False
    if any("." in value and is_number(value) and not float(value).is_integer() for value in counts):
        return False
    return len(counts) <= column.n / 5 and (len(counts) <= MANY_CLASSES or column.is_named(names.LABELS))


def _is_beside(column: Column) -> bool:
    """Whether it tells people, places or sides of a split: not what is predicted, and a label's values are shown."""
    named = column.is_named(names.BESIDE) and not column.is_named(names.LABELS)
    return named or belongs.is_of_people(column)


def _is_plain(column: Column) -> bool:
    return all(is_number(value) or value.lower() in names.FLAGS for value in column.counts)


def _time(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    """A column whose values are times; numbers are, where the name says so."""
    fitting = [c for c in columns if c.n and c.lacking <= belongs.LACKING and len(c.counts) > 2 and _are_times(c)]
    best = min(fitting, key=lambda c: c.rank(names.TIMES), default=None)
    return ((best.name,), "its values are times") if best else ((), "")


def _are_times(column: Column) -> bool:
    some = list(column.counts)[:_N_TRIED]
    if not any(map(str.isdigit, some[0])) or (is_number(some[0]) and not column.is_named(names.TIMES)):
        return False
    bad: Bad = []
    try:
        times_of(Table("", "row", {column.name: some}, list(range(len(some)))), column.name, bad)
    except DataError:
        return False
    return len(bad) <= 0.02 * len(some)


def _id(columns: list[Column], source: Source, _: Column | None) -> tuple[tuple[str, ...], str]:
    fitting = [c for c in columns if c.is_named(names.IDS) and c.n == len(c.counts) == len(c.values)]
    fitting = [c for c in fitting if not any(" " in value for value in c.counts)]
    return ((fitting[0].name,), "another on every row, by its name") if fitting else ((), "")


def _group(columns: list[Column], source: Source, label: Column | None) -> tuple[tuple[str, ...], str]:
    return belongs.group(columns)


def _domain(columns: list[Column], source: Source, label: Column | None) -> tuple[tuple[str, ...], str]:
    return belongs.domain(columns, label)


_GUESSES = {"time": _time, "id": _id, "text": _text, "label": _label, "group": _group, "domain": _domain}


def _unknown(part: str, source: Source, pair: Pair | None = None) -> HarnessError:
    looks = {
        "label": "a label (few values, each on several rows; not people, places, times or sides of a split)",
        "text": "a text (long, mostly distinct)",
        "query": "a question (a text that asks for what another column holds)",
        "document": "an answer (a text that is to be found)",
    }
    seen = [
        f"{shown_name(name)} ({plural(len(set(values)), 'value')})"
        for name, values in list(source.columns.items())[:20]
    ]
    odd = "".join(f" {line[0].upper()}{line[1:]}." for line in source.not_used())
    command = f"harness init {shlex.quote(source.place)}"
    search = "" if pair is None or part != "label" else f". To find one text by another: {command} {_searched(pair)}"
    texts = [c for c in map(Column, source.columns, source.columns.values()) if c.n_words >= 2.5 and c.distinct > 0.2]
    if pair is None and part == "label" and len(texts) > 1:
        search = f". To find one text by another: {command} --query COLUMN --document COLUMN"
    return HarnessError(
        f"{source.place}: no column looks like {looks[part]}. There are: {', '.join(seen) or 'none'}.{odd} "
        f"Say which it is: {command} --{part} COLUMN{search}"
    )
