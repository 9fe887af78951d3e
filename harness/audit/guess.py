"""Which column is what: guessed from names and values, and why, unless the user says it.

A text and its label, or a number that is told of it; or two texts that are compared (two sentences, a premise and a
hypothesis), and what is told of them.
"""

import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from harness.audit import parts
from harness.audit.asked import could_be_searched, is_faq, pair_of, search, unknown
from harness.audit.column import NONE, Column, Columns, is_number, is_scale, separator_of
from harness.audit.parts import Given, Taken
from harness.audit.source import Source
from harness.audit.tables import columns_of
from harness.core.errors import DataError, HarnessError
from harness.tasks.sources import names
from harness.tasks.sources.table import check_columns
from harness.wording.numbers import count, plural

_HEADERLESS = "The first row looks like data; if it is the header, say --header."
#: What tells one side of a pair from the other in its name; digits do too.
_SIDES = ("a", "b", "first", "second", "left", "right", "premise", "hypothesis")
#: Texts that are no twins by name are compared where they are so alike in length, and in words: in as large a share of
#: the words of the shorter one, and that many times as large as of other rows. One that has nearly all words of the
#: other is the same text, cleaned.
_RATIO, _SHARED, _MORE, _CLEANED = 1.5, 0.2, 1.5, 0.85
_N_ROWS, _FEWEST = 400, 20


def guess(source: Source, given: Given) -> Columns:
    """The columns by part; `given` holds the user's own word, by part (`none`: no such column).

    HarnessError where neither text and label nor question and answer can be told, with the columns there are and
    what to type.
    """
    if source.is_tables:
        return columns_of(source, given)
    named = tuple(name for names in given.values() for name in names if name != NONE)
    if source.header_unsure and not named:
        raise DataError(
            f"{source.place}: the first row may be a header or data: no column of it has a usual name. "
            f"Say which it is: add --header or --no-header to the command."
        )
    check_columns(named, list(source.columns), source.place, "" if source.header else _HEADERLESS)
    columns = {name: Column(name, values) for name, values in source.columns.items()}
    if given.keys() & {"query", "document"}:
        return search(source, given, columns)
    if pairs := compared(source, given, columns):
        return pairs
    return _of_one_text(Taken(source, given, columns), columns)


def _of_one_text(taken: Taken, columns: Mapping[str, Column]) -> Columns:
    """A text and its label, several of them, or a number; or a search, where the file is a FAQ."""
    source, given = taken.source, taken.given
    taken.look_for("time")
    taken.look_for("id")
    pair = pair_of(list(taken.left.values()))
    text, score = taken.look_for("text"), _given_score(taken)
    label = () if score else taken.look_for("label")
    if pair and not given.keys() & {"text", "label", "score"} and is_faq(pair, label, columns):
        return search(source, given, columns, pair, label)
    several = _several(taken, columns, label)
    label = several or label
    if text and not label:
        score = score or _guessed_score(taken)
    if not text or not (label or score):
        raise unknown("label" if text else "text", source, pair)
    told = columns[(*label, *score)[0]]
    taken.look_for("group")
    domain = taken.look_for("domain", told)
    notes = could_be_searched(source, text, told, columns, pair) if label else ()
    if not domain and "domain" not in given:
        notes += parts.could_be_domain(list(taken.left.values()), told)
    if not several:
        return taken.columns(text, notes)
    separator = str(separator_of(told))
    leave = f"for each combination as a class of its own leave `kind` and `separator: {separator!r}` out of the suite"
    return taken.columns(text, (*notes, leave), separator=separator)


def _several(taken: Taken, columns: Mapping[str, Column], label: tuple[str, ...]) -> tuple[str, ...]:
    """The column of several labels: that of the label, or where there is none the first that looks so."""
    choice = [columns[name] for name in label] or list(taken.left.values()) if "score" not in taken.found else []
    if "label" in taken.given and not label:
        return ()
    found = next((column for column in choice if separator_of(column) is not None), None)
    if found is None:
        return ()
    n_labels = len({part.strip() for value in found.counts for part in value.split(separator_of(found))} - {""})
    how = f"{n_labels} labels, several on a row with {separator_of(found)!r} between"
    taken.found["label"], taken.why["label"] = (found.name,), how
    taken.left.pop(found.name, None)
    return (found.name,)


def compared(source: Source, given: Given, columns: Mapping[str, Column]) -> Columns | None:
    """Two texts a row, and a class or a number; None where the file is not like that and nobody said that it is."""
    said = {part: columns[names[0]] for part, names in given.items() if names[0] != NONE}
    is_said = bool(said.keys() & {"text_a", "text_b", "score"})
    if (said.keys() & {"text_a", "text_b"} and "text" in said) or {"label", "score"} <= said.keys():
        raise HarnessError("--text-a and --text-b name two texts, and one of --label and --score what is told of them.")
    if "text" in said:
        return None
    taken = Taken(source, given, columns)
    texts = _texts(source, said, list(taken.left.values()), is_said)
    if texts is None:
        return None
    one, other, how = texts
    taken.why |= {part: "as you said" if part in said else how for part in ("text_a", "text_b")}
    for column in (one, other):
        taken.left.pop(column.name, None)
    for part in ("time", "id"):
        found = taken.look_for(part)
    if "id" not in given and found and _is_of_one_text(columns[found[0]], columns):
        taken.found["id"] = ()
    target = _target(source, given, said, list(taken.left.values()))
    if target is None:
        if is_said:
            raise unknown("label", source)
        return None
    part, column, taken.why[part], notes = target
    taken.left.pop(column.name, None)
    for beside in ("group", "domain"):
        taken.look_for(beside, column if part == "label" else None)
    return taken.columns((one.name,), notes, text_b=other.name, **{part: column.name})


def _texts(
    source: Source, said: Mapping[str, Column], left: list[Column], is_said: bool
) -> tuple[Column, Column, str] | None:
    """The columns that are compared, and how one knows; None where none are alike and none are said to be."""
    long, one, other = [c for c in left if parts.is_long(c)], said.get("text_a"), said.get("text_b")
    named = one or other
    if one and other:
        return one, other, ""
    if named:
        found = _beside(long, named)
        if found is None:
            raise unknown("text_b" if one else "text_a", source)
        return (named, found, f"beside {named.name!r}") if one else (found, named, f"beside {named.name!r}")
    pair, how = _twins(long), "by their names"
    if not pair or (not is_said and any(parts.is_called_text(c) for c in long if c not in pair)):
        pair, how = None if pair_of(left) else _of_like_words(long), "two texts of like words"
    if pair:
        n_words, n_others = (round(c.n_words) for c in pair)
        return (*pair, f"{how} ({n_words} and {plural(n_others, 'word')} each)")
    return None


def _is_of_one_text(column: Column, columns: Mapping[str, Column]) -> bool:
    """Whether an id is that of one text, as another column has that of the other."""
    return any(_twins([column, other]) for other in columns.values() if other is not column)


def _target(
    source: Source, given: Given, said: Mapping[str, Column], left: list[Column]
) -> tuple[str, Column, str, tuple[str, ...]] | None:
    """`score` or `label`, its column, why, and what else it could be; None where there is neither."""
    for part in ("score", "label"):
        if part in said:
            return part, said[part], "as you said", ()
    score = None if "score" in given else _score(left)
    named, why = ((), "") if "label" in given else parts.label_of(left, source, None)
    label = next((c for c in left if c.name in named), None)
    notes: tuple[str, ...] = ()
    if score is not None:
        if label is not None and label is not score:
            notes = (f"to predict {label.name!r} instead: --label {shlex.quote(label.name)}",)
        return "score", score, _spread(score), notes
    if label is None:
        return None
    if len(label.counts) > 2 and all(map(is_number, label.counts)):
        notes = (f"where its numbers say how alike the texts are: --score {shlex.quote(label.name)}",)
    return "label", label, why, notes


def _twins(texts: Sequence[Column]) -> tuple[Column, Column] | None:
    """The two whose names differ in a number or a side alone: `sentence1`, `sentence2`; None where more do."""
    alike: dict[tuple[str, ...], list[Column]] = defaultdict(list)
    for column in texts:
        alike[tuple(part for part in column.parts if part not in _SIDES)].append(column)
    pairs = [found for _, found in sorted(alike.items(), key=lambda item: len(item[0])) if len(found) == 2]
    return (pairs[0][0], pairs[0][1]) if pairs else None


def _of_like_words(texts: Sequence[Column]) -> tuple[Column, Column] | None:
    """The only two texts, where they are as long as each other and say much the same on each row; else None."""
    if len(texts) != 2 or any(c.is_named((*names.TITLES, *names.NOTES)) for c in texts):
        return None
    one, other = texts
    shorter, longer = sorted((one.n_words, other.n_words))
    rows = [(_words(a), _words(b)) for a, b in zip(one.values, other.values, strict=True)]
    rows = [(a, b) for a, b in rows if a and b][:_N_ROWS]
    if longer > _RATIO * shorter or len(rows) < _FEWEST:
        return None
    half = len(rows) // 2
    within = _shared(rows)
    apart = _shared([(a, rows[i - half][1]) for i, (a, _) in enumerate(rows)])
    return (one, other) if max(_SHARED, _MORE * apart) <= within <= _CLEANED else None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())


def _shared(rows: Sequence[tuple[frozenset[str], frozenset[str]]]) -> float:
    return fmean(len(a & b) / min(len(a), len(b)) for a, b in rows)


def _beside(texts: Sequence[Column], one: Column) -> Column | None:
    """What the text `one`, which the user named, is compared with: its twin, else the longest of the others."""
    others = [c for c in texts if c is not one]
    found = [c for c in others if _twins([one, c])]
    return max(found or others, key=lambda c: c.n_words, default=None)


def _score(columns: Sequence[Column]) -> Column | None:
    """Numbers that say how alike texts are: by their name, or with fractions where nothing is called a label."""
    fitting = [c for c in columns if is_scale(c)]
    called = [c for c in fitting if c.is_named(names.SCORES)]
    if not called and any(c.is_named(names.LABELS) and parts.is_label(c) for c in columns):
        return None
    return min(called or fitting, key=lambda c: c.rank(names.SCORES), default=None)


def _spread(score: Column) -> str:
    values = sorted(map(float, score.counts))
    return f"{count(len(values))} different numbers, {values[0]:g} to {values[-1]:g}"


def _given_score(taken: Taken) -> tuple[str, ...]:
    """The number of one text, where the user names it."""
    named = tuple(name for name in taken.given.get("score", ()) if name != NONE)
    if named:
        taken.found["score"], taken.why["score"] = named, "as you said"
    return named


def _guessed_score(taken: Taken) -> tuple[str, ...]:
    """The number of one text where nothing is a label, by its name; none where the user speaks of labels or scores."""
    score = None if taken.given.keys() & {"label", "score"} else _score(list(taken.left.values()))
    if score is None or not score.is_named((*names.SCORES, *names.LABELS)):
        return ()
    taken.found["score"], taken.why["score"] = (score.name,), _spread(score)
    del taken.left[score.name]
    return (score.name,)
