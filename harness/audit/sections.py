"""The audit in words. No text of the data is in them: class names, column names, numbers and row numbers only."""

from harness.audit import section
from harness.audit.audit import Audit, Leak
from harness.audit.found import Found
from harness.audit.search import SearchAudit
from harness.audit.section import Section
from harness.tasks.checks import alike_note, lists_note
from harness.wording.numbers import count, fixed, listed, percent, plural
from harness.wording.visible import class_name

_ALIKE = {"nearly the same text": "the same text but for case, digits and punctuation"}
#: Rows of the table of classes, and texts whose row numbers are told.
_N_CLASSES, _N_SHOWN = 20, 10


def sections(found: Found) -> tuple[Section, ...]:
    """The whole audit, in the order in which it is read."""
    if isinstance(found, SearchAudit):
        return _of_search(found)
    assert isinstance(found, Audit)
    return (
        section.columns(found),
        _numbers(found) if found.numbers else _classes(found),
        _copies(found),
        _leaks(found),
        _lengths(found),
        section.spelling(found, _n_texts(found) * (1 if found.second is None else 2)),
        _baselines(found),
        _suite(found),
    )


def _item(audit: Audit) -> str:
    return "text" if audit.second is None else "pair"


def _n_texts(audit: Audit) -> int:
    return len(audit.source.numbers) - audit.empty["text" if audit.second is None else "text_a"]


def _classes(audit: Audit) -> Section:
    classes, sizes, n_labelled = audit.classes, list(audit.classes.values()), sum(audit.classes.values())
    is_several = audit.columns.separator is not None
    if is_several:  # shares are of all rows: a row has several, or none
        n_labelled = len(audit.source.numbers)
    one, many = ("label", "labels") if is_several else ("class", "classes")
    first, *lacking = section.rows(audit)
    shape = f"{plural(len(classes), one, many)}: the largest has {plural(sizes[0], 'row')}, the smallest "
    shape += count(sizes[-1])
    lines = [*([first, shape] if audit.source.sizes else [f"{first}, {shape}"]), *lacking]
    if (least := audit.spec.get("min_class")) is not None:
        small = [n for n in sizes if n < least]
        lines.append(
            f"{plural(len(small), 'class', 'classes')} of fewer than {least} rows ({plural(sum(small), 'row')}) left "
            "out: too few to learn and to judge (min_class in the suite, which can merge them into one instead)"
        )
    lines += [] if is_several else [*alike_note(classes), *lists_note(classes)]
    rows = [(class_name(c, i), count(n), percent(n / n_labelled)) for i, (c, n) in enumerate(classes.items(), 1)]
    if len(rows) > _N_CLASSES:
        rows[_N_CLASSES - 5 : -4] = [(f"… {len(rows) - _N_CLASSES + 1} more", "", "")]
    return Section(f"Rows and {many}", tuple(lines), ((one, "rows", "share"), *rows))


def _numbers(audit: Audit) -> Section:
    told = audit.numbers
    rounded = [f"{told[round(share * (len(told) - 1))]:g}" for share in (0, 0.25, 0.5, 0.75, 1)]
    spread = f"from {rounded[0]} to {rounded[4]}, {count(len(set(told)))} different; half lie between {rounded[1]} and "
    return Section("Rows and scores", (*section.rows(audit), f"{spread}{rounded[3]}, the median is {rounded[2]}"))


def _copies(audit: Audit) -> Section:
    found, unit, item = audit.copies, audit.source.unit, _item(audit)
    lines = [f"no {item} stands twice"]
    if found.n_repeated:
        repeat = plural(found.n_repeated, f"{unit} repeats", f"{unit}s repeat")
        lines = [f"{repeat} the {item} of an earlier one ({plural(found.n_texts_repeated, item)}); one copy is kept"]
    if found.conflicts:
        shown = "; ".join(map(_some, found.conflicts[:_N_SHOWN]))
        more = f"; and {len(found.conflicts) - _N_SHOWN} more" if len(found.conflicts) > _N_SHOWN else ""
        n_texts, told = plural(len(found.conflicts), item), "score" if audit.numbers else "label"
        lines.append(f"{n_texts} under more than one {told}; all copies are left out: {unit}s {shown}{more}")
    return Section("Copies", tuple(lines))


def _some(rows: tuple[int | str, ...]) -> str:
    """Row numbers, five at most."""
    return ", ".join(map(str, rows[:5])) + (" …" if len(rows) > 5 else "")


def _leaks(audit: Audit) -> Section:
    unit = audit.source.unit
    first = f"If rows were split at random, this share of the test {unit}s would have its like in train:"
    if audit.source.sizes:
        others = listed([side for side in audit.source.sizes if side != "test"]).replace(" and ", " or ")
        first = f"Of the test {unit}s as they are given, this share has its like in {others}:"
    lines = [first]
    for what, leak in audit.leaks.items():
        name = _ALIKE.get(what, what).replace("text", _item(audit))
        lines.append(f"{name}: {percent(leak.share)}. {_prevented(what, leak, audit)}")
    if audit.columns.group is None and not audit.source.sizes:
        lines.append(
            "no column tells what rows belong together (a customer, a document); if one does, name it with --group"
        )
    return Section("What would leak from train to test", tuple(lines))


def _prevented(what: str, leak: Leak, audit: Audit) -> str:
    n_left, n_test = count(leak.n_left), plural(audit.info.n_test, f"test {_item(audit)}")
    if not leak.share and not leak.n_left:
        return "Nothing to do"
    if not leak.n_left:
        how = "such rows leave train" if audit.source.sizes else "such rows are kept on one side, or leave train"
        return f"None in the suite's split: {how}"
    have = "has" if leak.n_left == 1 else "have"
    return f"In the suite's split {n_left} of {n_test} still {have} one: no rule keeps them apart"


def _lengths(audit: Audit) -> Section:
    if audit.second is None:
        return section.lengths(audit, ("tokens", audit.lengths, _n_texts(audit)))
    first, second = f"tokens of {audit.columns.text[0]}", f"tokens of {audit.columns.text_b}"
    n_second = len(audit.source.numbers) - audit.empty["text_b"]
    return section.lengths(audit, (first, audit.lengths, _n_texts(audit)), (second, audit.second, n_second))


def _baselines(audit: Audit) -> Section:
    is_compared = audit.numbers and audit.second is not None
    learnt = "how alike it finds the texts" if is_compared else f"trained on {count(audit.n_train)}"
    items = plural(audit.n_test, f"test {_item(audit)}")
    lines = [f"{learnt}, judged on the same {items} as the suite; percent, with 95 % intervals"]
    if audit.n_thin:
        lines.append(f"{plural(audit.n_thin, 'class has', 'classes have')} fewer than 5 test texts in it")
    return Section("What an encoder has to beat", tuple(lines), section.scores(audit))


def _suite(audit: Audit) -> Section:
    info = audit.info
    size = f"train {count(audit.n_train)} of {count(info.n_train)} {_item(audit)}s, test {count(audit.n_test)} of "
    items = plural(audit.n_test, f"test {_item(audit)}")
    if audit.second is not None:
        items += f" in {plural(len(audit.group_sizes), 'cluster')}"
    lines = section.suite(audit, size + count(info.n_test), items)
    if audit.second is not None or audit.columns.split_by_time or audit.source.sizes:
        lines += info.notes
    return Section("The suite", tuple(lines))


def _of_search(found: SearchAudit) -> tuple[Section, ...]:
    return (
        section.columns(found),
        _pairs(found),
        _search_copies(found),
        _search_lengths(found),
        section.spelling(found, len(found.source.numbers) - found.empty.get("question", 0)),
        _search_baselines(found),
        _search_suite(found),
    )


def _pairs(found: SearchAudit) -> Section:
    pairs, sizes = found.pairs, found.pairs.per_answer
    each = f"{count(sizes[-1])} to {count(sizes[0])} questions each, median {fixed(sizes[len(sizes) // 2], 0)}"
    if sizes[0] == sizes[-1]:
        each = f"{plural(sizes[0], 'question')} each"
    n_clusters = len(found.group_sizes)
    first, alike = section.rows(found), "questions of one answer are found, or not, together"
    if found.source.is_tables:
        n_pairs = plural(len(found.source.numbers), "pair")
        first = [f"{plural(found.info.n_test, 'document')}, {n_pairs} of a question and what answers it"]
        alike = "near copies of a question are found, or not, together"
    lines = [
        *first,
        f"{plural(pairs.n_questions, 'different question')}, {plural(len(sizes), 'different answer')}: {each}",
        f"{alike}: {plural(found.n_judged, 'question')} in the suite are {plural(n_clusters, 'cluster')}, by which "
        "intervals and the gate go",
    ]
    if n_clusters < 30:
        lines.append(f"with {plural(n_clusters, 'cluster')} hardly any difference can be told from chance")
    table = [("questions of an answer", "answers", "share")]
    for name, low, high in (("1", 1, 1), ("2 to 5", 2, 5), ("6 to 10", 6, 10), ("11 and more", 11, sizes[0])):
        if n := sum(low <= size <= high for size in sizes):
            table.append((name, count(n), percent(n / len(sizes))))
    return Section("Questions and answers", tuple(lines), tuple(table))


def _search_copies(found: SearchAudit) -> Section:
    pairs, lines = found.pairs, list[str]()
    if found.source.is_tables:
        lines += found.info.notes
    elif pairs.n_again:
        lines.append(f"{plural(pairs.n_again, 'row')} repeat question and answer of an earlier one; one is kept")
    if pairs.n_several:
        have = plural(pairs.n_several, "question has", "questions have")
        lines.append(f"{have} more than one answer: each of them counts as right")
    if pairs.n_near:
        are = f"{plural(pairs.n_near, 'answer is', 'answers are')} another but for case, digits and punctuation"
        they_count = "it counts" if pairs.n_near == 1 else "they count"
        lines.append(f"{are}: {they_count} as a document of its own, and is hard to tell apart")
    if pairs.n_same:
        lines.append(f"{plural(pairs.n_same, 'row')} have their question as answer: any encoder finds that")
    return Section("Copies", tuple(lines) or ("no pair stands twice, and each question has one answer",))


def _search_lengths(found: SearchAudit) -> Section:
    n_documents = found.info.n_test if found.source.is_tables else len(found.pairs.per_answer)
    asked = ("tokens of the questions", found.question_lengths, found.pairs.n_questions)
    return section.lengths(found, asked, ("tokens of the answers", found.lengths, n_documents))


def _search_baselines(found: SearchAudit) -> Section:
    lines = (
        f"{plural(found.n_judged, 'question')} search the same {plural(found.n_test, 'document')} as in the suite; "
        "nothing is trained; percent, with 95 % intervals",
        f"chance: a random order of them scores {fixed(100 * found.chance, 1)} nDCG@10",
    )
    return Section("What an encoder has to beat", lines, section.scores(found))


def _search_suite(found: SearchAudit) -> Section:
    size = f"{count(found.n_test)} of {count(found.info.n_test)} documents, {count(found.n_judged)} of "
    size += plural(found.info.n_scored, "question")
    items = f"{plural(found.n_judged, 'question')} in {plural(len(found.group_sizes), 'cluster')}"
    lines = section.suite(found, size, items)
    if found.source.sizes:
        lines.append("sides: a search trains nothing; what is searched are the answers of the test side")
    return Section("The suite", tuple(lines))
