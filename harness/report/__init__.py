"""From a run folder to what a person reads: tables, Markdown, a page, a CSV file."""

from pathlib import Path

from harness.core import disk
from harness.report import html, markdown, results_csv
from harness.report.console import summary
from harness.report.model import View
from harness.report.results_csv import TEXTS, rows
from harness.report.source import AnyRun
from harness.report.view import build

__all__ = ["TEXTS", "AnyRun", "View", "build", "rows", "summary", "write"]


def write(run: AnyRun, view: View | None = None) -> dict[str, Path]:
    """Write `report.md`, `index.html` and `results.csv` into the run folder; each whole or not at all.

    `view` saves building it twice where the caller has it.
    """
    view = build(run) if view is None else view
    texts = {
        "report.md": markdown.render(view),
        "index.html": html.render(view),
        "results.csv": results_csv.render(view),
    }
    return {name: _replace(Path(run.path) / name, text) for name, text in texts.items()}


def _replace(path: Path, text: str) -> Path:
    part = path.with_name(f"{path.name}.part")
    data = text.encode()
    with disk.writing(path, len(data)):
        part.write_bytes(data)
        return part.replace(path)
