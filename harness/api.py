"""What a notebook uses: `harness.run("suite.yaml")`, `harness.load("reports/quick")`."""

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from harness import report, tasks
from harness.catalogue import catalogue
from harness.core.errors import MissingFileError
from harness.core.memory import no_collection
from harness.core.registry import nearest
from harness.index import served
from harness.report import funnel
from harness.results import Run
from harness.runner import run as runner
from harness.suite import Suite
from harness.suite import load as load_suite

if TYPE_CHECKING:
    import pandas as pd


def shipped() -> dict[str, Path]:
    """The shipped suites by name: from the wheel, or from the checkout."""
    places = [
        Path(str(resources.files("harness"))) / "_suites",
        Path(str(resources.files("harness"))).parent / "suites",
    ]
    found = {file.stem: file for place in places for file in place.glob("*.yaml")}
    return dict(sorted(found.items()))


def suite(name: str | Path, overrides: Sequence[str] = ()) -> Suite:
    """A suite by path, or a shipped one by name. SuiteError with everything that is wrong in it."""
    path, known = Path(name), shipped()
    if not path.is_file():
        path = known.get(str(name), path)
    if not path.is_file():
        hint = f"{nearest(str(name), known)} Shipped: {', '.join(known)}.".strip()
        raise MissingFileError(f"{name}: no such suite file. {hint}")
    return load_suite(path, catalogue(), overrides, tasks.faults)


def run(
    name: str | Path,
    out: str | Path | None = None,
    *,
    overrides: Sequence[str] = (),
    only: Mapping[str, str] | None = None,
) -> Run:
    """Run a suite and write its report; `out` defaults to `reports/<suite name>`. Resumes what is there."""
    loaded = suite(name, overrides)
    path = Path(out) if out is not None else Path("reports") / loaded.name
    runner.refuse_foreign(loaded, path)  # before the report there is written again
    command = f"harness.run({str(name)!r}, {str(path)!r}, overrides={list(overrides)!r}, only={dict(only or {})!r})"
    try:
        options = runner.Options(only=only or {}, command=command, stages=funnel.stages(loaded), refuse=served.check)
        return runner.run(loaded, path, options)
    finally:
        if (path / "run.json").exists():
            write_report(path)


def write_report(path: str | Path) -> dict[str, Path]:
    """Write report.md, index.html and results.csv of a stored run; returns where they are."""
    return report.write(Run(path))


def load(path: str | Path) -> "pd.DataFrame":
    """The cells of a run as a tidy frame: a row a cell, the address in columns, scores and drops beside it.

    Where a condition has several repeats, one more row (repeat `pooled`) says what the page says of them together. All
    columns but those of text hold floats, NaN for no value.
    """
    import pandas as pd

    with no_collection():
        frame = pd.DataFrame(report.rows(report.build(Run(path))))
    return frame.astype({name: float for name in frame.columns if name not in report.TEXTS})
