"""What is written into a run folder, from a real one."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import report
from harness.core.errors import HarnessError
from harness.report import View, html, markdown, page
from harness.results import Run
from harness.wording import markdown as wording
from tests.fakes import synthetic_run as fake_run


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The synthetic run, written and read back by the room that keeps run folders."""
    made = fake_run.make(tmp_path_factory.mktemp("stored"))
    return made.written()


def test_a_stored_run_gives_the_same_report(stored: Run, view: View) -> None:
    """Nothing a report needs is lost on the way through the disk."""
    assert markdown.render(report.build(stored)) == markdown.render(view)


def test_three_files_are_written_whole(stored: Run) -> None:
    """And nothing is left beside them; writing again gives the same bytes."""
    files = report.write(stored)
    assert list(files) == ["report.md", "index.html", "results.csv"]
    before = {name: path.read_bytes() for name, path in files.items()}
    assert all(before.values())
    assert {name: path.read_bytes() for name, path in report.write(stored).items()} == before
    assert not list(Path(stored.path).glob("*.part"))


def test_results_have_a_row_a_planned_cell(stored: Run) -> None:
    """Done, failed or waiting: what was planned is a row."""
    path = report.write(stored)["results.csv"]
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    single = [_address(row) for row in table if row["repeat"] != "pooled"]
    assert sorted(single) == sorted(_address(entry["address"]) for entry in stored.manifest["plan"])
    assert {row["status"] for row in table} == {"done", "failed", "not run"}
    typos = next(r for r in table if r["encoder"] == "minilm" and r["condition"] == "keyboard@5")
    assert typos["against"] == "clean"
    assert float(typos["drop_low"]) <= float(typos["drop"]) <= float(typos["drop_high"])
    assert float(typos["reference"]) - float(typos["value"]) == pytest.approx(float(typos["drop"]), abs=1e-5)
    failed = next(r for r in table if r["status"] == "failed")
    assert (failed["reason"], failed["value"]) == ("out-of-memory", "")


def _address(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("task", "encoder", "pooler", "mode", "condition", "repeat"))


def test_a_task_that_could_not_be_read_has_its_rows(tmp_path: Path) -> None:
    """Its failed cells stand in the table of results with their reason, beside those of the other tasks."""
    run = fake_run.make(tmp_path)
    for encoder, condition in (("minilm", "clean"), ("minilm", "keyboard@3"), ("tfidf", "clean")):
        entry = _failed("lost-task", encoder, "bad-data", condition)
        run.manifest["plan"].append(entry)
        run.lines.append(entry)
    table = report.rows(report.build(run))
    planned = [_address(entry["address"]) for entry in run.manifest["plan"]]
    assert sorted(_address(row) for row in table if row["repeat"] != "pooled") == sorted(planned)
    lost = [row for row in table if row["task"] == "lost-task"]
    assert [(row["encoder"], row["condition"]) for row in lost] == [
        ("minilm", "clean"),
        ("minilm", "keyboard@3"),
        ("tfidf", "clean"),
    ]
    assert {(row["status"], row["reason"], row["metric"], row["value"]) for row in lost} == {
        ("failed", "bad-data", None, None)
    }
    assert all(row.keys() == table[0].keys() for row in lost)


def test_a_task_that_has_not_been_read_yet_says_so(tmp_path: Path) -> None:
    run = fake_run.make(tmp_path)
    run.manifest["plan"].append({**_failed("later", "minilm", "", "clean"), "status": None, "key": "later"})
    text = markdown.render(report.build(run))
    assert "No verdict: the task has not been read yet." in text


def _failed(task: str, encoder: str, reason: str, condition: str = "clean") -> dict[str, Any]:
    """A plan entry and cell in one: what could not be loaded has no key."""
    address = {"task": task, "encoder": encoder, "pooler": "–", "mode": "probe", "condition": condition, "repeat": "–"}
    missing = {"kind": "clean", "against": None, "bundles": [], "key": None, "status": "failed"}
    return {**missing, "address": address, "reason": reason, "message": "not there\nTraceback …\n  File x"}


def test_summary_is_a_small_table_a_task(view: View) -> None:
    """Every row of every task with its score, or why it has none."""
    text = report.summary(view, width=200)
    for row in view.tasks[0].rows:
        assert row.label in text
    assert "failed: out-of-memory" in text
    assert view.tasks[0].verdict.headline in text


def test_a_narrow_terminal_wraps_names_and_no_column_is_empty(view: View) -> None:
    """Tables as wide as they need, at most; a column that says nothing of any row is left out."""
    untimed = [replace(row, speed=None) for row in view.tasks[0].rows]
    narrow = report.summary(replace(view, tasks=(replace(view.tasks[0], rows=tuple(untimed)),)), width=95)
    table = [line for line in narrow.split("\n\n")[-1].splitlines() if line]
    assert "p50 ms" not in narrow
    assert "p50 ms" in report.summary(view)
    assert max(map(len, table)) <= 95
    assert len(table) > len(untimed) + 2


def test_an_empty_run_has_a_report(tmp_path: Path) -> None:
    """Nothing has run yet: the page says so instead of failing."""
    run = fake_run.make(tmp_path)
    run.lines, run.timing_lines = [], []
    text = (report.write(run)["report.md"]).read_text(encoding="utf-8")
    assert "0 done, 0 failed, 189 not run yet" in text
    assert "No verdict" in text


def test_a_manifest_without_optional_parts_has_a_report(tmp_path: Path) -> None:
    """What a run did not record is left out, not guessed."""
    run = fake_run.make(tmp_path)
    keep = ("suite", "plan", "encoders", "tasks", "complete", "environment", "harness")
    run.manifest = json.loads(json.dumps({name: run.manifest[name] for name in keep}))
    text = markdown.render(report.build(run))
    assert "## Verdict" in text
    assert "### Bundles" not in text


def test_what_could_not_be_loaded_is_named_with_its_reason(tmp_path: Path) -> None:
    """A missing encoder is a row that failed, a missing task a verdict that says so, a failed timing a line."""
    run = fake_run.make(tmp_path)
    for task, encoder, reason in (("sentiment", "gone", "missing-file"), ("lost-task", "minilm", "bad-data")):
        entry = _failed(task, encoder, reason)
        run.manifest["plan"].append(entry)
        run.lines.append(entry)
    run.manifest["timing_failures"] = [{"what": "time-minilm-1", "reason": "killed", "message": "signal 9"}]
    text = markdown.render(report.build(run))
    assert "| gone / – / probe " in text
    assert "failed: missing-file" in text
    assert "No verdict: the task could not be read (bad-data: not there)." in text
    assert "signal 9" in text
    assert "Traceback …" not in text


def test_a_probe_that_did_not_converge_is_named(tmp_path: Path) -> None:
    run = fake_run.make(tmp_path)
    clean = next(c for c in run.lines if c["address"]["encoder"] == "mpnet" and c["address"]["condition"] == "clean")
    clean["facts"]["converged"] = False
    assert "The probe did not converge for mpnet / cls" in markdown.render(report.build(run))


def test_a_metric_of_another_version_is_refused_with_its_name(tmp_path: Path) -> None:
    run = fake_run.make(tmp_path)
    run.manifest["tasks"]["sentiment"]["metrics"] = ["acuracy"]
    with pytest.raises(HarnessError, match=r"no metric 'acuracy'.*Did you mean 'accuracy'"):
        report.build(run)


def test_a_restricted_run_says_what_it_shows(tmp_path: Path) -> None:
    """On the page, in Markdown and in the terminal, also where every cell of it is done."""
    run = fake_run.make(tmp_path)
    run.manifest["only"] = {"encoder": "mini*", "condition": "clean"}
    view = report.build(run)
    said = "This page shows only cells that match encoder=mini* and condition=clean, and what they are compared with."
    assert said in html.render(view)
    assert wording.escape(said) in markdown.render(view)
    assert said in report.summary(view)
    assert page.banner(replace(view, complete=True, n_done=view.n_planned, n_failed=0)) == said


def test_few_clusters_are_a_caveat(tmp_path: Path) -> None:
    """19 clusters are too few for the bootstrap, 20 just do."""
    run = fake_run.make(tmp_path)
    clean = [c for c in run.lines if c["address"]["condition"] == "clean" and c["status"] == "done"]
    for n, is_said in ((20, False), (19, True)):
        for cell in clean:
            cell["n_clusters"] = n
        said = f"The test items are in {n} clusters, fewer than about 20: the intervals are too narrow."
        assert (said in markdown.render(report.build(run))) == is_said


def test_what_belongs_to_one_run_is_labelled_so(view: View) -> None:
    """A folder may be filled by several runs, but time and cache hits are the latest one's."""
    text = markdown.render(view)
    assert "time spent (latest run into this folder)" in text
    assert "vectors from cache (latest run into this folder)" in text


def test_rows_that_have_not_run_stand_on_one_line_of_the_console(view: View) -> None:
    task = view.tasks[0]
    waiting = [replace(task.rows[0], label=f"late {i}", clean=None, rank=None) for i in range(5)]
    said = report.summary(replace(view, tasks=(replace(task, rows=(*task.rows, *waiting)),)))
    assert "5 rows not run yet: late 0, late 1, late 2 and 2 more" in said.splitlines()
    assert said.count("late 0") == 1
    alone = report.summary(replace(view, tasks=(replace(task, rows=(waiting[0],)),)))
    assert "1 row not run yet: late 0" in alone
