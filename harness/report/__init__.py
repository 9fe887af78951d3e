"""From a run folder to what a person reads: tables, Markdown, a page, a CSV file."""

from pathlib import Path

from harness.core.files import whole_file
from harness.report import html, markdown, results_csv
from harness.report.console import summary
from harness.report.model import View
from harness.report.results_csv import TEXTS, rows
from harness.report.view import build
from harness.results import AnyRun

__all__ = ["TEXTS", "View", "build", "rows", "summary", "write"]


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
    return {name: whole_file(Path(run.path) / name, text) for name, text in texts.items()}
