"""The report of a synthetic run, byte for byte. `UPDATE_GOLDEN=1 pytest tests/report` accepts a change."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import report
from harness.report import View, html, markdown
from tests.fakes import synthetic_run as fake_run
from tests.fakes.runs import FakeRun


@pytest.mark.parametrize(("name", "render"), [("report.md", markdown.render), ("index.html", html.render)])
def test_report_is_the_golden_one(name: str, render: Callable[[View], str], view: View, golden: Path) -> None:
    """Every change of what a reader sees is seen by a reviewer."""
    text = render(view)
    if os.environ.get("UPDATE_GOLDEN"):
        (golden / name).write_text(text, encoding="utf-8", newline="\n")
    assert text == (golden / name).read_text(encoding="utf-8"), f"{name} changed; see the docstring of this file"


def test_two_renderings_of_a_run_have_the_same_bytes(run: FakeRun, view: View) -> None:
    """A report says nothing of when it was made, and draws the same resamples each time."""
    again = report.build(run)
    assert again == view
    assert markdown.render(again) == markdown.render(view)
    assert html.render(again) == html.render(view)


def test_the_time_that_the_report_itself_took_is_not_in_it(run: FakeRun, view: View) -> None:
    """It is known only after the first rendering, so it would change the second."""
    slower = fake_run.make(run.path)
    slower.manifest["phases"]["report_s"] = 99.0
    assert report.build(slower) == view
