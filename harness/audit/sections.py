"""The audit in words. No text of the data is in them: class names, column names, numbers and row numbers only."""

from dataclasses import dataclass

from harness.audit.audit import Audit
from harness.audit.copies import Leak
from harness.audit.lengths import REFERENCE
from harness.conditions.perturbations.keyboard import RATES
from harness.core.languages import NAMES
from harness.report.numbers import bounds, count, fixed, listed, percent, plural
from harness.stats import Interval
from harness.tasks.alike import alike_note, lists_note

_ALIKE = {"nearly the same text": "the same text but for case, digits and punctuation"}
#: Rows of the table of classes, and texts whose row numbers are told.
_N_CLASSES, _N_SHOWN = 20, 10


@dataclass(frozen=True)
class Section:
    """A heading, lines, and perhaps a table: its header, then its rows."""

    title: str
    lines: tuple[str, ...]
    table: tuple[tuple[str, ...], ...] = ()


def sections(audit: Audit) -> tuple[Section, ...]:
    """The whole audit, in the order in which it is read."""
    return (
        _columns(audit),
        _classes(audit),
        _copies(audit),
        _leaks(audit),
        _lengths(audit),
        _spelling(audit),
        _floor(audit),
        _suite(audit),
    )


def _columns(audit: Audit) -> Section:
    columns = audit.columns
    lines = []
    for part, reason in sorted(columns.why.items(), key=lambda item: _PARTS.index(item[0])):
        names = columns.text if part == "text" else (getattr(columns, part),)
        lines.append(f"{part}: {listed(list(names))} – {reason}")
    if columns.time and not columns.split_by_time:
        lines.append(
            f"the split is by a hash, not by time; --time {columns.time} trains on the past, tests on the rest"
        )
    lines.append(_language(audit))
    if audit.source.encoding:
        lines.append(f"the file is not UTF-8: read as {audit.source.encoding}{_DOUBT.get(audit.source.encoding, '')}")
    lines += [*audit.source.notes, *audit.source.not_used()]
    return Section("What the columns are taken for", tuple(lines))


#: What is said of an encoding that other Latin letters may have too.
_DOUBT = {"cp1252": " (of letters beyond those of Western Europe it is another, such as cp1250: save it as UTF-8)"}


def _language(audit: Audit) -> str:
    code = audit.info.language
    if code is None:
        return "language: not known – the test texts are few, short or of several languages (`language:` in the suite)"
    where = "" if code == "en" else ", and said in the suite"
    return f"language: {NAMES[code]} – guessed from the test texts{where}"


_PARTS = ("text", "label", "group", "time", "domain", "id")


def _classes(audit: Audit) -> Section:
    classes, n_labelled = audit.classes, sum(audit.classes.values())
    names = list(classes)
    lines = [
        f"{plural(len(audit.source.numbers), 'row')}, {plural(len(classes), 'class', 'classes')}: the largest has "
        f"{plural(classes[names[0]], 'row')}, the smallest {count(classes[names[-1]])}"
    ]
    lines += [
        f"{plural(n, 'row')} without {part}, left out (drop_empty in the suite)" for part, n in audit.empty.items() if n
    ]
    if (least := audit.spec.get("min_class")) is not None:
        small = [n for n in classes.values() if n < least]
        lines.append(
            f"{plural(len(small), 'class', 'classes')} of fewer than {least} rows ({plural(sum(small), 'row')}) left "
            "out: too few to learn and to judge (min_class in the suite, which can merge them into one instead)"
        )
    lines += (*alike_note(classes), *lists_note(classes))
    shown = names if len(names) <= _N_CLASSES else [*names[: _N_CLASSES - 5], None, *names[-4:]]
    table = [("class", "rows", "share")]
    for name in shown:
        row = (
            (f"… {len(names) - _N_CLASSES + 1} more", "", "")
            if name is None
            else _class(name, classes[name], n_labelled)
        )
        table.append(row)
    return Section("Rows and classes", tuple(lines), tuple(table))


def _class(name: str, n: int, n_all: int) -> tuple[str, str, str]:
    return name, count(n), percent(n / n_all)


def _copies(audit: Audit) -> Section:
    found, unit = audit.copies, audit.source.unit
    lines = ["no text stands twice"]
    if found.n_repeated:
        n_texts = plural(found.n_texts_repeated, "text")
        repeat = "repeats" if found.n_repeated == 1 else "repeat"
        lines = [f"{plural(found.n_repeated, unit)} {repeat} the text of an earlier one ({n_texts}); one copy is kept"]
    if found.conflicts:
        shown = "; ".join(map(_some, found.conflicts[:_N_SHOWN]))
        more = f"; and {len(found.conflicts) - _N_SHOWN} more" if len(found.conflicts) > _N_SHOWN else ""
        n_texts = plural(len(found.conflicts), "text")
        lines.append(f"{n_texts} under more than one label; all copies are left out: {unit}s {shown}{more}")
    return Section("Copies", tuple(lines))


def _some(rows: tuple[int, ...]) -> str:
    """Row numbers, five at most."""
    return ", ".join(map(str, rows[:5])) + (" …" if len(rows) > 5 else "")


def _leaks(audit: Audit) -> Section:
    lines = [
        f"If rows were split at random, this share of the test {audit.source.unit}s would have its like in train:",
        *(
            f"{_ALIKE.get(what, what)}: {percent(leak.share)}. {_prevented(what, leak, audit)}"
            for what, leak in audit.leaks.items()
        ),
    ]
    if audit.columns.group is None:
        lines.append(
            "no column tells what rows belong together (a customer, a document); if one does, name it with --group"
        )
    return Section("What would leak from train to test", tuple(lines))


def _prevented(what: str, leak: Leak, audit: Audit) -> str:
    n_left, n_test = count(leak.n_left), plural(audit.info.n_test, "test text")
    if not leak.share and not leak.n_left:
        return "Nothing to do"
    if not leak.n_left:
        how = "such rows are kept on one side, or leave train"
        return f"None in the suite's split: {how}"
    have = "has" if leak.n_left == 1 else "have"
    return f"In the suite's split {n_left} of {n_test} still {have} one: no rule keeps them apart"


def _lengths(audit: Audit) -> Section:
    found = audit.lengths
    sampled = _of(found.n_texts, audit)
    cut = [f"{percent(share)} at {limit}" for limit, share in found.cut]
    typical = f"median {fixed(found.median, 0)}, 95 % have at most {fixed(found.p95, 0)}"
    advice = f"recommended max_length: {found.recommended}"
    if found.recommended <= found.read:
        advice += f" ({REFERENCE} reads {found.read}; shorter texts cost no more for it)"
    else:
        advice += f" ({REFERENCE} reads {found.read} unless the suite says otherwise)"
    return Section(
        "Lengths",
        (
            f"tokens by {REFERENCE}{sampled}: {typical}, the longest {count(found.longest)}",
            f"cut: {', '.join(cut)} tokens",
            advice,
        ),
    )


def _spelling(audit: Audit) -> Section:
    found, language = audit.spelling, audit.info.language
    if language not in (None, "en"):
        return Section("Spelling", (f"not looked up: the dictionary is of English, these texts are {NAMES[language]}",))
    if not found.n_words:
        return Section("Spelling", ("no words of Latin letters to look up",))
    scale = ", ".join(f"{100 * rate:.0f}" for rate in RATES[1:])
    share = percent(found.share) if found.n_misspelt else "none"
    words = f"the words of four letters or more, addresses left out{_of(found.n_texts, audit)},"
    return Section(
        "Spelling",
        (
            f"{share} of {words} are known misspellings: {found.severity} (1 to 5 misspell {scale} % of them)",
            "a lower bound: the dictionary knows what people often get wrong in English, hardly any slip of a finger",
        ),
    )


def _of(n: int, audit: Audit) -> str:
    """Says that this was found on a sample; nothing where all texts were looked at."""
    n_rows = len(audit.source.numbers) - audit.empty["text"]
    return f" (in {count(n)} of {plural(n_rows, 'text')}, drawn at random)" if n < n_rows else ""


def _floor(audit: Audit) -> Section:
    table = [("", "accuracy", "macro F1")]
    table += [(score.name, _score(score.accuracy), _score(score.macro_f1)) for score in audit.scores]
    lines = [
        f"trained on {count(audit.n_train)}, judged on the same {plural(audit.n_test, 'test text')} as the "
        "suite; percent, with 95 % intervals"
    ]
    if audit.n_thin:
        lines.append(f"{plural(audit.n_thin, 'class', 'classes')} have fewer than 5 test texts in it")
    return Section("What an encoder has to beat", tuple(lines), tuple(table))


def _score(found: Interval) -> str:
    return f"{fixed(100 * found.value, 1)} {bounds(100 * found.low, 100 * found.high)}".strip()


def _suite(audit: Audit) -> Section:
    chosen, info = audit.samples, audit.info
    minutes = max(1, round(chosen.minutes))
    test = f"test {count(audit.n_test)} of {count(info.n_test)}"
    lines = [
        f"train {count(audit.n_train)} of {count(info.n_train)} texts, {test}: about {minutes} min of encoding on two "
        "cores",
        f"conditions: {listed(audit.bundles) or 'none'}",
        *(f"left out: {name} ({reason})" for name, reason in audit.left_out.items() if reason),
        _gate(audit),
    ]
    if audit.columns.split_by_time or audit.source.n_train is not None:
        lines += info.notes
    return Section("The suite", tuple(lines))


def _gate(audit: Audit) -> str:
    """What the gate can see of a loss, and what it lets pass."""
    seen, rare, together = (
        fixed(100 * (loss or 0), 1) for loss in (audit.visible, audit.visible_rare, audit.visible_together)
    )
    said = f"gate: with {plural(audit.n_test, 'test text')}, a true loss of {seen} points on texts as they are"
    if audit.visible_rare is not None:
        said += f" (under rare-terms, with {count(audit.n_rare)} of them, of {rare})"
    said += " fails four of five builds"
    if audit.visible_together is not None:
        said += f"; where texts of one {audit.columns.group} get worse together, a loss of {together}"
    return f"{said}; the margin is {fixed(100 * audit.margin, 1)}"
