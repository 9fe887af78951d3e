"""What stands in the columns of bundles, and what is said where a bundle or a part of it does not apply."""

import copy

import pytest

from harness import report
from harness.core.address import Address
from harness.report import View, bundles, comparison_table, details, markdown, repeats
from harness.report.model import Result
from harness.report.source import Group, Source
from harness.report.table import Cell, Table
from harness.results import RunCell
from harness.results.manifest import Bundle
from tests.fakes.runs import FakeRun, of_bundles


def cell_of(table: Table, encoder: str, title: str) -> Cell:
    """The entry of the first row of an encoder under this heading."""
    place = [column.title for column in table.columns].index(title)
    return next(row[place] for section in table.sections for row in section.rows if row[0].text == encoder)


@pytest.fixture
def tables(view: View) -> tuple[Table, ...]:
    return tuple(map(comparison_table.comparison, view.tasks))


def test_a_drop_names_its_condition_and_of_how_many_it_is_the_worst(tables: tuple[Table, ...]) -> None:
    """Repeats of one condition count once; beside it stands what reaches the encoder unchanged."""
    sentiment, headlines = tables
    typos = cell_of(sentiment, "minilm", "misspellings")
    assert (typos.more, typos.aside) == ("keyboard@5", "worst of 2, ids same 2.0 %")
    assert typos.line.endswith("keyboard@5, worst of 2, ids same 2.0 %")
    assert cell_of(headlines, "minilm", "long-texts").aside == "worst of 3, ids same 0 %"


def test_slices_and_shifts_change_no_ids(tables: tuple[Table, ...]) -> None:
    """Nor is a condition that is alone in its bundle the worst of anything."""
    assert cell_of(tables[0], "minilm", "domain-shift").aside == ""
    assert cell_of(tables[0], "minilm", "rare-terms").aside == ""


def test_unknown_ids_are_not_shown(run: FakeRun) -> None:
    """Rows without an encoder have no tokens."""
    without = copy.deepcopy(run)
    for cell in without.lines:
        cell.setdefault("facts", {})["ids_unchanged"] = {}
    table = comparison_table.comparison(report.build(without).tasks[0])
    assert cell_of(table, "minilm", "misspellings").aside == "worst of 2"


def test_a_row_with_fewer_members_says_why(tables: tuple[Table, ...]) -> None:
    """tfidf reads no tokens, and one of mpnet's conditions has not run: both are the worst of 2."""
    table = tables[1]
    tfidf, mpnet = (cell_of(table, name, "long-texts") for name in ("tfidf", "mpnet"))
    assert (tfidf.aside, mpnet.aside) == ("worst of 2", "worst of 2, ids same 0 %")
    assert dict(table.notes)[tfidf.note] == "max-length does not apply to rows without an encoder"
    assert dict(table.notes)[mpnet.note] == "1 of 3 conditions without a result"
    assert cell_of(table, "minilm", "long-texts").note == ""


@pytest.mark.parametrize(
    ("row", "own", "said"),
    [
        (("tfidf", "–", "–"), [], "max-length does not apply to rows without an encoder"),
        (("a", "mean", "probe"), ["max-length@64"], "max-length@128 is not planned for this row"),
        (("a", "mean", "probe"), [], "max-length@64 and max-length@128 are not planned for this row"),
    ],
)
def test_a_row_with_no_part_of_what_others_have_says_why(
    row: tuple[str, str, str], own: list[str], said: str, run: FakeRun
) -> None:
    """An exclusion of the suite is not called `does not apply`."""
    others = [_reading(("b", "mean", "probe"), name) for name in ("max-length@64", "max-length@128")]
    mine = [_reading(row, name) for name in own]
    manifest = of_bundles({"long-texts": Bundle(1, ())})
    (found,) = bundles.of_row(
        manifest, "t", row, [_waiting(group, run) for group in mine], bundles.members([*others, *mine])
    )
    assert (found.lacks, found.n_members, found.n_in_task) == (said, len(own), 2)
    assert found.why_not == ("has not run, or what it is compared with has not" if own else said)


def _reading(row: tuple[str, str, str], name: str) -> Group:
    cell = RunCell(Address("t", *row, name), "reading", component="max-length", bundles=("long-texts",))
    return Group((cell,))


def _waiting(group: Group, run: FakeRun) -> Result:
    return repeats.result(Source(run), (), group)


def test_bundles_that_apply_to_no_row_are_one_note(tables: tuple[Table, ...]) -> None:
    """Their columns would hold dashes alone; the reasons stand under the table."""
    titles = [[column.title for column in table.columns] for table in tables]
    assert "long-texts" not in titles[0]
    assert not {"misspellings", "domain-shift", "rare-terms"} & set(titles[1])
    assert dict(tables[0].notes)[""] == (
        "No column: long-texts does not apply: the median text has 21 tokens (applies over 128)."
    )
    assert dict(tables[1].notes)[""] == (
        "No column: misspellings was not measured here; domain-shift does not apply: the task has no domains; "
        "rare-terms was not measured here."
    )


def test_the_note_on_columns_has_no_mark(page_text: str, view: View) -> None:
    assert "<sup></sup>" not in page_text
    assert "\n\nNo column: long-texts" in markdown.render(view)


def test_conditions_say_what_was_done_to_the_items(view: View) -> None:
    """Edits of a perturbation, and items of a slice that found no partner."""
    meanings = {section.title: section.meaning for section in details.conditions(view.tasks[0]).sections}
    assert meanings["keyboard@3"].endswith("in misspellings; 3 repeats together; 2.1 edits a text")
    assert meanings["rare-words"].endswith("in rare-terms; 12 items without a match left out")
    assert meanings["domain[tweets>movies]"].endswith("in domain-shift")
