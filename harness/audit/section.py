"""What the audits of all kinds of tasks say the same way; and how it is shown, so that no data becomes markup."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

from harness.audit.found import Found
from harness.audit.texts import REFERENCE, Lengths
from harness.conditions import RATES
from harness.core.languages import NAMES
from harness.stats import Interval
from harness.wording.markdown import escape, table
from harness.wording.numbers import bounds, count, fixed, listed, percent, plural
from harness.wording.visible import visible

_PARTS = ("query", "document", "text", "text_a", "text_b", "label", "score", "group", "time", "domain", "id")

#: What is said of an encoding that other Latin letters may have too.
_DOUBT = {"cp1252": " (of letters beyond those of Western Europe it is another, such as cp1250: save it as UTF-8)"}

#: Columns of a terminal that lines are broken for: what it has, within these.
_LEAST, _MOST = 40, 100


@dataclass(frozen=True)
class Section:
    """A heading, lines, and perhaps a table: its header, then its rows."""

    title: str
    lines: tuple[str, ...]
    table: tuple[tuple[str, ...], ...] = ()


def columns(found: Found) -> Section:
    """What each column is taken for, and why; the language, the encoding, files that lie beside."""
    taken, source = found.columns, found.source
    lines = []
    for part, reason in sorted(taken.why.items(), key=lambda item: _PARTS.index(item[0])):
        names = taken.text if part in ("text", "document", "text_a") else (getattr(taken, part),)
        lines.append(f"{part}: {listed(list(names))} – {reason}")
    lines += taken.notes
    if taken.time and not taken.split_by_time and not source.sizes:
        lines.append(f"the split is by a hash, not by time; --time {taken.time} trains on the past, tests on the rest")
    lines.append(_language(found))
    if source.encoding:
        lines.append(f"the file is not UTF-8: read as {source.encoding}{_DOUBT.get(source.encoding, '')}")
    lines += [*source.notes, *source.not_used()]
    return Section("What the columns are taken for", tuple(lines))


def _language(found: Found) -> str:
    code = found.info.language
    if code is None:
        return "language: not known – the test texts are few, short or of several languages (`language:` in the suite)"
    where = "" if code == "en" else ", and said in the suite"
    return f"language: {NAMES[code]} – guessed from the test texts{where}"


def rows(found: Found) -> list[str]:
    """How many rows there are, by side where there are sides, and those that lack something."""
    sizes = found.source.sizes
    sides = f": {listed([f'{count(n)} to {side}' for side, n in sizes.items()])}" if sizes else ""
    return [f"{plural(len(found.source.numbers), 'row')}{sides}"] + [
        f"{plural(n, 'row')} without {part}, left out (drop_empty in the suite)" for part, n in found.empty.items() if n
    ]


def lengths(found: Found, *read: tuple[str, Lengths, int]) -> Section:
    """How many tokens texts have, by what they are and how many there are; how many are cut; what length to read."""
    lines = []
    for what, one, n_texts in read:
        typical = f"median {fixed(one.median, 0)}, 95 % have at most {fixed(one.p95, 0)}"
        lines += [
            f"{what} by {REFERENCE}{_of(one.n_texts, n_texts)}: {typical}, the longest {count(one.longest)}",
            f"cut: {', '.join(f'{percent(share)} at {limit}' for limit, share in one.cut)} tokens",
        ]
    best, usual = found.longest.recommended, found.longest.read
    why = "; shorter texts cost no more for it" if best <= usual else " unless the suite says otherwise"
    return Section("Lengths", (*lines, f"recommended max_length: {best} ({REFERENCE} reads {usual}{why})"))


def spelling(found: Found, n_texts: int) -> Section:
    """How misspelt the texts are, of which there are `n_texts`."""
    seen, language = found.spelling, found.info.language
    lines = [
        f"{percent(seen.share) if seen.n_misspelt else 'none'} of the words of four letters or more, addresses left out"
        f"{_of(seen.n_texts, n_texts)}, are known misspellings: {seen.severity} (1 to 5 misspell "
        f"{', '.join(f'{100 * rate:.0f}' for rate in RATES[1:])} % of them)",
        "a lower bound: the dictionary knows what people often get wrong in English, hardly any slip of a finger",
    ]
    if language not in (None, "en"):
        lines = [f"not looked up: the dictionary is of English, these texts are {NAMES[language]}"]
    elif not seen.n_words:
        lines = ["no words of Latin letters to look up"]
    return Section("Spelling", tuple(lines))


def _of(n: int, n_texts: int) -> str:
    """Says that this was found on a sample; nothing where all texts were looked at."""
    return f" (in {count(n)} of {plural(n_texts, 'text')}, drawn at random)" if n < n_texts else ""


def scores(found: Found) -> tuple[tuple[str, ...], ...]:
    """The rows without an encoder as a table: percent, with 95 % intervals."""
    metrics = next(iter(found.scores.values()))
    return (("", *metrics), *((name, *map(_score, row.values())) for name, row in found.scores.items()))


def points(share: float) -> str:
    """A share as points of a score."""
    return fixed(100 * share, 1)


def _score(value: Interval) -> str:
    return f"{points(value.value)} {bounds(100 * value.low, 100 * value.high)}".strip()


def suite(found: Found, size: str, items: str) -> list[str]:
    """What the suite does with it: `size` in words, the conditions, what the gate sees; `items` are what it judges."""
    said = f"gate: with {items}, a true loss of {points(found.visible)} points on texts as they are"
    if (rare := found.visible_rare) is not None:
        said += f" (under rare-terms, with {count(found.n_rare)} of them, of {points(rare)})"
    said += " fails four of five builds"
    if (together := found.visible_together) is not None:
        said += f"; where texts of one {found.columns.group} get worse together, a loss of {points(together)}"
    minutes = max(1, round(found.samples.minutes))
    return [
        f"{size}: about {minutes} min of encoding on two cores",
        f"conditions: {listed(found.bundles) or 'none'}",
        *(f"left out: {name} ({reason})" for name, reason in found.left_out.items() if reason),
        f"{said}; the margin is {points(found.margin)}",
    ]


def plain(sections: Sequence[Section]) -> str:
    """For a terminal."""
    width = max(_LEAST, min(_MOST, shutil.get_terminal_size().columns))
    parts = []
    for section in sections:
        lines = [visible(section.title)]
        lines += [fill(visible(line), width, initial_indent="  ", subsequent_indent="    ") for line in section.lines]
        if section.table:
            lines += [f"  {line}" for line in _table(section.table, "simple").split("\n")]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def markdown(title: str, sections: Sequence[Section]) -> str:
    """A document with a heading a section."""
    parts = [f"# {_shown(title)}"]
    for section in sections:
        parts += [f"## {_shown(section.title)}", "\n".join(f"- {_shown(line)}" for line in section.lines)]
        if section.table:
            parts.append(_table([[_shown(cell) for cell in row] for row in section.table], "github"))
    return "\n\n".join(parts) + "\n"


def _shown(text: str) -> str:
    return escape(visible(text))


def _table(rows: Sequence[Sequence[str]], form: str) -> str:
    align = ["left"] + ["right"] * (len(rows[0]) - 1)
    body = [[visible(cell) for cell in row] for row in rows[1:]]
    return table(rows[0], body, align, form)
