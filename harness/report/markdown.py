"""The report as Markdown: the same bytes for the same run."""

from harness.report import blocks, page
from harness.report.model import Verdict, View
from harness.report.table import Table
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
        case Table():
            notes = [f"{mark} {escape(text)}".strip() for mark, text in block.notes]
            return [escape(f"{block.caption} {block.explains}".strip()), table(block), *notes]
        case blocks.Text(text):
            return [escape(text)]
        case blocks.Items(items):
            return ["\n".join(f"- {escape(item)}" for item in items)]
        case blocks.Facts(facts):
            return ["\n".join(f"- {escape(name)}: {escape(value)}" for name, value in facts)]
        case blocks.Code(text):
            return [fenced(text)]
        case blocks.Curves():
            return []  # the table before them says the same
        case blocks.Chart():
            return [escape(text) for text in (block.description, block.remark) if text]


def _verdict(verdict: Verdict) -> list[str]:
    parts = [f"**{escape(verdict.headline)}** {escape(verdict.why)}".strip()]
    for lines in (verdict.rivals, verdict.costs):
        if lines:
            parts.append("\n".join(f"- {escape(line)}" for line in lines))
    return parts + [escape(text) for text in verdict.remarks]


def table(block: Table) -> str:
    """A table in GitHub's format; sections become a first column, and their meanings a list below."""
    titled = any(section.title for section in block.sections)
    headers = ([block.grouped_by] if titled else []) + [
        escape(f"{column.title} {column.unit}".strip()) for column in block.columns
    ]
    rows = [
        ([escape(section.title)] if titled else []) + [escape(cell.line) for cell in row]
        for section in block.sections
        for row in section.rows
    ]
    align = (["left"] if titled else []) + ["right" if column.is_number else "left" for column in block.columns]
    text = markdown.table(headers, rows, align)
    meanings = [f"- {escape(s.title)}: {escape(s.meaning)}" for s in block.sections if s.meaning]
    return text + ("\n\n" + "\n".join(meanings) if meanings else "")
