"""Whether a file is searched: which columns ask and answer, what else it could be, what to type where it is open."""

import shlex
from collections.abc import Mapping, Sequence
from statistics import fmean

from harness.audit.column import Column, Columns
from harness.audit.faq import Pair, pair_of
from harness.audit.source import Source
from harness.core.errors import LONGEST_NAME, HarnessError
from harness.tasks.sources import names
from harness.tasks.sources.table import shown_name
from harness.wording.numbers import listed, plural

#: What an option says for a column that is not to be used.
NONE = "none"
#: Class names of more words on average are texts.
_CLASS_WORDS = 12
#: So many values of so many words beside a question and what answers it are a label.
_FEW, _SHORT = 5, 2


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
    if pair is None and not (query and documents):
        beside = {part: given[part] for part in ("group", "domain", "id") if part in given}
        free = [c for name, c in columns.items() if name not in {n for ns in beside.values() for n in ns}]
        pair = pair_of([c for c in free if c.name not in documents[1:]], query or None, next(iter(documents), None))
        if pair is None:
            part = "document" if query else "query"
            raise unknown(part, source)
    why = {}
    if pair is not None:
        why = {"query": pair.how, "document": pair.how}
        query, documents = query or pair.query.name, documents or [pair.document.name]
    if query in documents:
        raise HarnessError(f"{source.place}: --query and --document are the same column {query!r}; expected two.")
    why |= {part: "as you said" for part in ("query", "document", "group", "domain", "id") if part in given}
    group, domain, id_ = (
        next((n for n in given.get(part, ()) if n != NONE), None) for part in ("group", "domain", "id")
    )
    used = {query, *documents, *filter(None, (group, domain, id_))}
    unused = [shown_name(name) for name in columns if name not in used]
    notes = [f"not used: {listed(unused[:6])}"] if unused else []
    if label and label[0] not in documents:
        notes.append(f"to sort the texts into the values of {label[0]!r} instead: --label {shlex.quote(label[0])}")
    shape = {"query": _shape(columns[query], source), "document": _shape(columns[documents[0]], source)}
    told = {part: f"{reason} ({shape[part]})" if part in shape else reason for part, reason in why.items()}
    return Columns(tuple(documents), query=query, group=group, domain=domain, id=id_, why=told, notes=tuple(notes))


def _shape(column: Column, source: Source) -> str:
    each = f"{plural(round(column.n_words), 'word')} each"
    return f"{len(column.counts):,} different on {column.n:,} {source.unit}s, {each}"


def could_be_searched(
    source: Source, found: Mapping[str, Sequence[str]], columns: Mapping[str, Column], pair: Pair | None
) -> tuple[str, ...]:
    """A line where the file may be a FAQ. HarnessError where what is named as label holds texts."""
    label = columns[found["label"][0]]
    named = next((c for c in (columns[name] for name in found["text"]) if c.name != label.name), label)
    advice = f"--query {shlex.quote(named.name)} --document {shlex.quote(label.name)}"
    each = f"{plural(round(label.n_words), 'word')} each"
    if label.n_words > _CLASS_WORDS or fmean(map(len, label.counts or [""])) > LONGEST_NAME:
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
    seen = [
        f"{shown_name(name)} ({plural(len(set(values)), 'value')})"
        for name, values in list(source.columns.items())[:20]
    ]
    odd = "".join(f" {line[0].upper()}{line[1:]}." for line in source.not_used())
    command = f"harness init {shlex.quote(source.place)}"
    search = "" if pair is None or part != "label" else f". To find one text by another: {command} {_searched(pair)}"
    texts = [c for c in map(Column, source.columns, source.columns.values()) if c.n_words >= 2.5 and c.distinct > 0.2]
    alone = [c for c in map(Column, source.columns, source.columns.values()) if c.is_named(names.LABELS) and c.n]
    if part == "label" and any(c.distinct == 1 and c.n_words <= 6 for c in alone) and not source.sizes:
        odd += " With one row a class, tests need a file of their own: harness init train.csv test.csv."
    if pair is None and part == "label" and len(texts) > 1:
        search = f". To find one text by another: {command} --query COLUMN --document COLUMN"
    return HarnessError(
        f"{source.place}: no column looks like {looks[part]}. There are: {', '.join(seen) or 'none'}.{odd} "
        f"Say which it is: {command} --{part.replace('_', '-')} COLUMN{search}"
    )
