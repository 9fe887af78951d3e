"""The audit of a search in words. No text of the data is in them: column names, numbers and row numbers only."""

from harness.audit import section
from harness.audit.search import SearchAudit
from harness.audit.section import Section
from harness.wording.numbers import count, fixed, percent, plural


def sections(found: SearchAudit) -> tuple[Section, ...]:
    """The whole audit, in the order in which it is read."""
    return (
        section.columns(found),
        _pairs(found),
        _copies(found),
        _lengths(found),
        section.spelling(found, len(found.source.numbers) - found.empty.get("question", 0)),
        _baselines(found),
        _suite(found),
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


def _copies(found: SearchAudit) -> Section:
    pairs, lines = found.pairs, list[str]()
    if found.source.is_tables:
        lines += found.info.notes
    elif pairs.n_again:
        lines.append(f"{plural(pairs.n_again, 'row')} repeat question and answer of an earlier one; one is kept")
    if pairs.n_several:
        have = plural(pairs.n_several, "question has", "questions have")
        lines.append(f"{have} more than one answer: each of them counts as right")
    if pairs.n_near:
        are, count_ = (
            plural(pairs.n_near, "answer is", "answers are"),
            "it counts" if pairs.n_near == 1 else "they count",
        )
        but_for = "another but for case, digits and punctuation"
        lines.append(f"{are} {but_for}: {count_} as a document of its own, and is hard to tell apart")
    if pairs.n_same:
        lines.append(f"{plural(pairs.n_same, 'row')} have their question as answer: any encoder finds that")
    return Section("Copies", tuple(lines) or ("no pair stands twice, and each question has one answer",))


def _lengths(found: SearchAudit) -> Section:
    asked, read = found.question_lengths, found.lengths
    n_documents = found.info.n_test if found.source.is_tables else len(found.pairs.per_answer)
    sampled = section.of(asked.n_texts, found.pairs.n_questions), section.of(read.n_texts, n_documents)
    questions = section.tokens("tokens of the questions", asked, sampled[0])[:2]
    return Section("Lengths", (*questions, *section.tokens("tokens of the answers", read, sampled[1])))


def _baselines(found: SearchAudit) -> Section:
    lines = (
        f"{plural(found.n_judged, 'question')} search the same {plural(found.n_test, 'document')} as in the suite; "
        "nothing is trained; percent, with 95 % intervals",
        f"chance: a random order of them scores {fixed(100 * found.chance, 1)} nDCG@10",
    )
    return Section("What an encoder has to beat", lines, section.scores(found))


def _suite(found: SearchAudit) -> Section:
    size = f"{count(found.n_test)} of {count(found.info.n_test)} documents, {count(found.n_judged)} of "
    size += plural(found.info.n_scored, "question")
    items = f"{plural(found.n_judged, 'question')} in {plural(len(found.group_sizes), 'cluster')}"
    lines = section.suite(found, size, items)
    if found.source.sizes:
        lines.append("sides: a search trains nothing; what is searched are the answers of the test side")
    return Section("The suite", tuple(lines))
