"""Robustness profiles: what is left of a row under each kind of stress."""

from dataclasses import replace
from typing import Any

import pytest

from harness.report import page, profile
from harness.report.model import Drop, Result, Row, Task, View
from harness.stats import Interval


def lost(row: Row, component: str, loss: float, kind: str = "perturbation", changed: float = 1.0) -> Result:
    """A result that costs so much of .4 that the row has above chance; the interval is a tenth to each side."""
    drop = Drop("clean", 0.9, Interval(loss, loss - 0.04, loss + 0.04), 0.4, None)
    made = replace(row.clean, kind=kind, component=component, drop=drop, ids_unchanged=1 - changed)
    return replace(made, address=replace(made.address, condition=f"{component}@{loss:g}"))


def task_of(view: View, *asked: tuple[Any, ...]) -> Task:
    task = view.tasks[0]
    row = replace(next(row for row in task.rows if row.label == "tfidf"), rank=1)
    return replace(task, rows=(replace(row, results=tuple(lost(row, *one) for one in asked)),))


def left(task: Task) -> dict[str, tuple[str, float]]:
    return {stress: (r.condition, kept.value) for stress, (r, kept) in profile.of_row(task.rows[0]).items()}


def test_it_shows_the_worst_condition_of_each_stress(view: View) -> None:
    """Which of them a condition is, it says itself."""
    task = task_of(
        view,
        ("keyboard", 0.1),
        ("ocr", 0.3),
        ("truncate", 0.2),
        ("max-length", 0.1, "reading"),
        ("domain", 0.0, "shift"),
        ("rare-words", -0.1, "slice"),
        ("unknown-names", -0.2),
        ("segmentation", 0.4),
        ("of-a-lost-plugin", 0.4),
    )
    assert left(task) == {
        "misspellings": ("ocr@0.3", pytest.approx(0.25)),
        "long texts": ("truncate@0.2", pytest.approx(0.5)),
        "domain shift": ("domain@0", pytest.approx(1.0)),
        "rare terms": ("rare-words@-0.1", pytest.approx(1.25)),
        "form": ("segmentation@0.4", pytest.approx(0.0)),
    }
    figure, _ = profile.profiles(task)
    (drawing,) = figure.drawings
    assert "misspellings 25 % (ocr@0.3), long texts 50 % (truncate@0.2), domain shift 100 %" in drawing.words
    assert "rare terms 125 % (rare-words@-0.1), form ≤ 0 % (segmentation@0.4)" in drawing.words


def test_bars_and_intervals_end_with_the_drawing(view: View) -> None:
    figure, _ = profile.profiles(task_of(view, ("keyboard", 0.6), ("rare-words", -0.2, "slice"), ("truncate", 0.1)))
    (drawing,) = figure.drawings
    end, rules = drawing.space.plot[0], drawing.layers[0]["data"]["values"]
    ends = [(rule["x"], rule["x2"]) for rule in rules]
    assert ends[::3] == [(0, end)] * 3  # the tracks
    assert ends[1::3] == [(0, 0), (0, pytest.approx(0.75 * end)), (0, end)]
    assert ends[2::3] == [(0, 0), (pytest.approx(0.65 * end), pytest.approx(0.85 * end)), (end, end)]


def test_what_an_encoder_does_not_see_is_no_robustness(view: View) -> None:
    """What changes few texts counts where nothing else does."""
    task = task_of(view, ("lowercase", 0.0, "perturbation", 0.0), ("keyboard", 0.3, "perturbation", 0.1), ("ocr", 0.1))
    assert left(task) == {"misspellings": ("ocr@0.1", pytest.approx(0.75))}
    assert list(left(task_of(view, ("keyboard", 0.3, "perturbation", 0.1)))) == ["misspellings"]


def test_a_single_stress_is_no_profile(view: View) -> None:
    assert profile.profiles(task_of(view, ("keyboard", 0.1), ("ocr", 0.1))) == (None, ())
    assert profile.profiles(replace(view.tasks[0], rows=())) == (None, ())


def test_a_stress_that_a_row_lacks_keeps_its_line(view: View) -> None:
    """So that the bars of two rows stand on the same lines."""
    both = task_of(view, ("keyboard", 0.1), ("max-length", 0.1, "reading"))
    other = replace(both.rows[0], encoder="other", label="other", results=both.rows[0].results[:1])
    figure, _ = profile.profiles(replace(both, rows=(*both.rows, other)))
    for drawing in figure.drawings:
        lines = [text["text"] for text in drawing.layers[1]["data"]["values"] if text["align"] == "right"]
        assert lines == ["misspellings", "long texts"]
    assert "long texts" not in figure.drawings[1].words


def test_more_rows_than_are_drawn_have_their_profiles_in_words(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best are drawn, in the order of the tables; the others are folded away."""
    monkeypatch.setattr(profile, "DRAWN", 8)
    figure, others = profile.profiles(view.tasks[0])
    assert (len(figure.drawings), len(figure.words), len(others)) == (8, 8, 1)
    scores = [float(words.partition(". Left")[0].rpartition(" ")[2]) for words in (*figure.words, *others)]
    assert scores == sorted(scores, reverse=True)
    (robust,) = [section for section in page.sections(view) if section.anchor == "robustness"]
    folded = {part.title: part.is_folded for part in robust.parts}
    assert folded["sentiment"] is False
    assert folded["sentiment: profiles of the other rows"] is True


def test_two_rows_of_one_mean_are_seen_apart(view: View) -> None:
    """Equal in the middle of what they lose, unlike in where."""
    one, other = (left(task_of(view, ("keyboard", a), ("rare-words", b, "slice"))) for a, b in ((0.1, 0.3), (0.3, 0.1)))
    assert sum(kept for _, kept in one.values()) == pytest.approx(sum(kept for _, kept in other.values()))
    assert one["misspellings"][1] > other["misspellings"][1]
    assert one["rare terms"][1] < other["rare terms"][1]
