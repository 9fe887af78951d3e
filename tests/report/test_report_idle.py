"""Conditions that change few of the texts: what is said of them, and what a bundle shows instead."""

from dataclasses import replace
from typing import Any

import pytest

from harness.core.address import Address
from harness.report import bundles, comparison_table, details, notes
from harness.report.model import FEW_CHANGED, Bundle, Result, Task
from harness.report.source import Group
from harness.report.table import Footnotes
from harness.results import RunCell
from harness.results.manifest import About, LeftOut
from harness.results.manifest import Bundle as Bundled
from tests.fakes.runs import of_bundles
from tests.report.test_report_bundles import cell_of

ROW = ("minilm", "mean", "probe")


@pytest.fixture
def typos(view: Any) -> dict[str, Result]:
    """The typing errors of one row."""
    row = next(row for row in view.tasks[0].rows if row.names == ROW)
    return {r.condition: r for r in row.results if r.kind == "perturbation"}


def bundle_of(results: list[Result], lines: list[dict[str, str]] | None = None) -> Bundle:
    left_out = tuple(LeftOut(**line) for line in lines or ())
    manifest = of_bundles({"misspellings": Bundled(1, ())}, left_out)
    cells = [RunCell(Address("t", *ROW, r.condition), r.kind, bundles=("misspellings",)) for r in results]
    groups = [Group((cell,)) for cell in cells]
    (found,) = bundles.of_row(manifest, "t", ROW, results, bundles.members(groups))
    return found


def changed(result: Result, **facts: Any) -> Result:
    """The result with other facts."""
    known = {name: facts.pop(name) for name in ("ids_unchanged",) if name in facts}
    return replace(result, facts=replace(result.facts, **facts), **known)


def test_the_share_changed_is_of_what_reaches_the_encoder(typos: dict[str, Result]) -> None:
    """Where tokens are not known it is that of the texts; a slice, a shift, the clean texts have none."""
    one = changed(typos["keyboard@3"], ids_unchanged=0.7, texts_changed=0.9)
    assert one.share_changed == pytest.approx(0.3)
    assert changed(one, ids_unchanged=None).share_changed == 0.9
    assert replace(one, kind="reading").share_changed == pytest.approx(0.3)
    for kind in ("slice", "shift", "clean", "control", "oracle"):
        assert (replace(one, kind=kind).share_changed, replace(one, kind=kind).is_idle) == (None, False)


@pytest.mark.parametrize(("unchanged", "idle"), [(1.0, True), (0.81, True), (1 - FEW_CHANGED, False), (0.0, False)])
def test_below_a_fifth_a_condition_is_idle(typos: dict[str, Result], unchanged: float, idle: bool) -> None:
    assert changed(typos["keyboard@3"], ids_unchanged=unchanged).is_idle is idle


def test_a_bundle_shows_its_worst_among_those_that_change_texts(typos: dict[str, Result]) -> None:
    """Although the other one lost more."""
    small, large = typos["keyboard@3"], changed(typos["keyboard@5"], ids_unchanged=0.97)
    assert small.drop is not None
    assert large.drop is not None
    assert large.drop.loss.value > small.drop.loss.value
    found = bundle_of([small, large])
    assert (found.worst, found.n_measured, found.n_idle) == (small, 2, 1)


def test_the_cell_of_such_a_bundle_says_what_was_left_aside(view: Any, typos: dict[str, Result]) -> None:
    found = bundle_of([typos["keyboard@3"], changed(typos["keyboard@5"], ids_unchanged=0.97)])
    marks = Footnotes()
    cell = comparison_table.bundle_cell(found, view.tasks[0].measure, marks)
    assert cell.more == "keyboard@3"
    assert cell.aside.startswith("worst of 1")
    assert dict(marks.notes)[cell.note] == "1 of 2 conditions changes under 20 % of texts: left aside"


def test_where_all_members_are_idle_the_worst_is_shown_with_its_share(view: Any, typos: dict[str, Result]) -> None:
    found = bundle_of(
        [changed(typos["keyboard@3"], ids_unchanged=0.97), changed(typos["keyboard@5"], ids_unchanged=0.95)]
    )
    marks = Footnotes()
    cell = comparison_table.bundle_cell(found, view.tasks[0].measure, marks)
    assert (cell.more, found.n_idle) == ("keyboard@5", 0)
    assert dict(marks.notes)[cell.note] == "keyboard@5 changes 5.0 % of texts: a small drop shows nothing"


def test_the_table_of_conditions_says_the_share(view: Any) -> None:
    task = with_idle(view.tasks[0], "keyboard@3")
    by_title = {section.title: section for section in details.conditions(task).sections}
    drops = {title: [row[3].aside for row in section.rows] for title, section in by_title.items()}
    assert "changes 3.0 % of texts" in drops["keyboard@3"]
    assert set(drops["keyboard@5"]) == {""}


def with_idle(task: Task, condition: str) -> Task:
    def idle(result: Result) -> Result:
        return changed(result, ids_unchanged=0.97) if result.condition == condition else result

    return replace(task, rows=tuple(replace(row, results=tuple(map(idle, row.results))) for row in task.rows))


def test_a_bundle_says_which_member_the_task_has_not(typos: dict[str, Result]) -> None:
    lines = [
        {"task": "t", "what": "rare-words", "why": "rare-words is for English", "bundle": "misspellings"},
        {"task": "u", "what": "rare-words", "why": "of another task", "bundle": "misspellings"},
        {"task": "t", "what": "domain", "why": "of another bundle", "bundle": "domain-shift"},
    ]
    assert bundle_of(list(typos.values()), lines).lacks == "without rare-words: rare-words is for English"


def test_texts_that_nothing_was_edited_in_are_not_called_compared(typos: dict[str, Result]) -> None:
    skipped = [replace(r, drop=None, status="skipped") for r in typos.values()]
    assert bundle_of(skipped).why_not == "found nothing to edit in these texts"
    assert bundle_of([replace(r, kind="slice") for r in skipped]).why_not == "found nothing to compare in these texts"


def test_no_condition_of_the_synthetic_run_is_idle(view: Any) -> None:
    """So that the page of other tests says nothing of it."""
    table = comparison_table.comparison(view.tasks[0])
    assert cell_of(table, "minilm", "misspellings").note == ""


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ({"language": "ru", "language_guessed": True}, "Russian (guessed; `language:` in the task sets it)"),
        ({"language": "en", "language_guessed": False}, "English"),
        ({"language": None, "language_guessed": True}, "not known (`language:` in the task says it)"),
        ({}, None),
    ],
)
def test_the_data_of_a_task_say_its_language(view: Any, task: dict[str, Any], said: str | None) -> None:
    """But for runs from before it was known."""
    facts = notes.facts_of(About("classification", ("accuracy",), 9, **task), (), view.tasks[0].measure)
    assert facts.get("language") == said
