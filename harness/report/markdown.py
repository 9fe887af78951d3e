"""The report as Markdown: the same bytes for the same run."""

from collections.abc import Iterable

from harness.core.data import Piece
from harness.report import blocks, page, robustness
from harness.report.model import Verdict, View
from harness.report.robustness_model import Flip, Flips
from harness.report.table import Column, Table
from harness.wording import markdown
from harness.wording.markdown import escape, fenced


def render(view: View) -> str:
    """The whole report. Text from outside is escaped, so that it cannot become markup."""
    warning = page.banner(view)
    parts = [f"# {escape(view.title)}", *([f"> **{escape(warning)}**"] if warning else [])]
    for section in page.sections(view):
        parts.append(f"## {escape(section.title)}")
        for part in section.parts:
            parts += [f"### {escape(part.title)}"] if part.title else []
            parts += [text for block in part.blocks for text in _block(block)]
    return "\n\n".join(parts) + "\n"


def _block(block: blocks.Block) -> list[str]:
    match block:
        case Verdict():
            return _verdict(block)
        case Flips():
            return [text for name, flips in block.conditions for text in (f"**{escape(name)}**", _flips(flips))]
        case Table():
            notes = [f"{mark} {escape(text)}".strip() for mark, text in block.notes]
            return [escape(f"{block.caption} {block.explains}".strip()), table(block), *notes]
        case str():
            return [escape(block)]
        case tuple():
            return [_items(block)]
        case dict():
            return ["\n".join(f"- {escape(name)}: {escape(value)}" for name, value in block.items())]
        case blocks.Code(text):
            return [fenced(text)]
        case blocks.Figure():
            return [_items(block.words)] if len(block.words) > 1 else list(map(escape, block.words))


def _verdict(verdict: Verdict) -> list[str]:
    said = f"**{escape(verdict.headline)}** {escape(verdict.why)}".strip()
    return [said, *(_items(lines) for lines in (verdict.rivals, verdict.costs) if lines), *map(escape, verdict.remarks)]


def _flips(flips: Iterable[Flip]) -> str:
    """An item a text, with edits as `git diff --word-diff` writes them, and what became of it."""
    lines = (
        [*(f"{role or 'text'}: {_diff(pieces)}" for role, pieces in one.texts), robustness.flipped(one)]
        for one in flips
    )
    return "\n".join("- " + "\n  ".join(map(escape, own)) for own in lines)


def _diff(pieces: Iterable[Piece]) -> str:
    changed = (
        one if isinstance(one, str) else (one[0] and f"[-{one[0]}-]") + (one[1] and f"{{+{one[1]}+}}") for one in pieces
    )
    return "".join(changed)


def _items(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escape(line)}" for line in lines)


def table(block: Table) -> str:
    """A table in GitHub's format; sections become a first column, and their meanings a list below."""
    titled = any(section.title for section in block.sections)
    columns = [Column(block.grouped_by, is_number=False)] * titled + block.columns
    headers = [escape(f"{column.title} {column.unit}".strip()) for column in columns]
    rows = [
        [escape(text) for text in ([section.title] * titled + [cell.line for cell in row])]
        for section in block.sections
        for row in section.rows
    ]
    text = markdown.table(headers, rows, ["right" if column.is_number else "left" for column in columns])
    meanings = [f"- {escape(s.title)}: {escape(s.meaning)}" for s in block.sections if s.meaning]
    return text + ("\n\n" + "\n".join(meanings) if meanings else "")
