"""One synthetic run and its view for all tests of the report."""

from pathlib import Path

import pytest

from harness import report
from tests.fakes import synthetic_run as fake_run
from tests.fakes.runs import FakeRun


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> FakeRun:
    return fake_run.make(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def view(run: FakeRun) -> report.View:
    return report.build(run)


@pytest.fixture(scope="session")
def page_text(view: report.View) -> str:
    from harness.report import html

    return html.render(view)


@pytest.fixture(scope="session")
def golden() -> Path:
    return Path(__file__).parent / "golden"
